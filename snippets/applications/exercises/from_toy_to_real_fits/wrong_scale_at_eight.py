def need_gb(layers, embedding, bits, cache_bytes, tokens, users, group=128):
    per_weight = bits / 8 + (2 / group if bits <= 8 else 0)
    return (layers * per_weight + embedding * 2 + cache_bytes * tokens * users) / 1e9
