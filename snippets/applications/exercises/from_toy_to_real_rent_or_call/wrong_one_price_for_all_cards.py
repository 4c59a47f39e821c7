def monthly_cost(tokens, api_price, hour_price, speed, load):
    hours = 30 * 24
    cards = max(1, math.ceil(tokens / (speed * load * 3600 * hours)))
    return tokens / 1e6 * api_price, hours * hour_price, cards
