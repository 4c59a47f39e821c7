def monthly_cost(tokens, api_price, hour_price, speed, load):
    hours = 30 * 24
    cards = max(1, math.ceil(tokens / (speed * load * 3600 * hours)))
    return tokens / 1e6 * api_price, cards * hours * hour_price, cards


def break_even(hour_price, speed, load):
    return hour_price / (speed * 3600) * 1e6
