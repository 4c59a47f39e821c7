def discounted_mean(values, decay):
    weights = [decay**age for age in range(len(values))]
    newest_first = reversed(values)
    return sum(w * x for w, x in zip(weights, newest_first, strict=True)) / sum(weights)
