def monthly_cost(tokens, api_price, hour_price, speed, load):
    hours = tokens / (speed * load * 3600)
    return tokens / 1e6 * api_price, hours * hour_price, 1


def break_even(hour_price, speed, load):
    return hour_price / (speed * load * 3600) * 1e6
