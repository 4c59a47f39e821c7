def need_gb(layers, embedding, bits, cache_bytes, tokens, users, group=128):
    return (layers * bits / 8 + embedding * 2 + cache_bytes * tokens * users) / 1e9
