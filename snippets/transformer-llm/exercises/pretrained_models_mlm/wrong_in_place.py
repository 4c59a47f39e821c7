def mask_tokens(ids, rng, vocab_size, n_special, rate=0.15):
    """错：直接在传进来的列表上换"""
    inputs, labels = ids, [IGNORE] * len(ids)
    for t, i in enumerate(ids):
        if i < n_special or rng.random() >= rate:
            continue
        labels[t] = i
        dice = rng.random()
        if dice < 0.8:
            inputs[t] = MASK
        elif dice < 0.9:
            inputs[t] = rng.randrange(n_special, vocab_size)
    return inputs, labels
