def need_gb(layers, embedding, bits, cache_bytes, tokens, users, group=128):
    per_weight = bits / 8 + (2 / group if bits < 8 else 0)
    return (layers * per_weight + embedding * 2 + cache_bytes * tokens * users) / 1e9


def longest(card_gb, layers, embedding, bits, cache_bytes, users, group=128):
    left = card_gb - need_gb(layers, embedding, bits, cache_bytes, 0, users, group)
    return max(0, int(left * 1e9 / (cache_bytes * users)))
