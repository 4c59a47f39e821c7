def monthly_cost(tokens, api_price, hour_price, speed, load):
    hours = 30 * 24
    cards = int(tokens / (speed * load * 3600 * hours)) + 1
    return tokens / 1e6 * api_price, cards * hours * hour_price, cards
