def mask_tokens(ids, rng, vocab_size, n_special, rate=0.15):
    """错：原样不动的那一成没有标签"""
    inputs, labels = list(ids), [IGNORE] * len(ids)
    for t, i in enumerate(ids):
        if i < n_special or rng.random() >= rate:
            continue
        dice = rng.random()
        if dice < 0.9:
            labels[t] = i
        if dice < 0.8:
            inputs[t] = MASK
        elif dice < 0.9:
            inputs[t] = rng.randrange(n_special, vocab_size)
    return inputs, labels
