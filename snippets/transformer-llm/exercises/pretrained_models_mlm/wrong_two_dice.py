def mask_tokens(ids, rng, vocab_size, n_special, rate=0.15):
    """错：每种情形各掷一次骰子，随机的那一种成了两成里的九成"""
    inputs, labels = list(ids), [IGNORE] * len(ids)
    for t, i in enumerate(ids):
        if i < n_special or rng.random() >= rate:
            continue
        labels[t] = i
        dice = rng.random()
        if dice < 0.8:
            inputs[t] = MASK
        elif rng.random() < 0.9:
            inputs[t] = rng.randrange(n_special, vocab_size)
    return inputs, labels
