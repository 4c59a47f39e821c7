def discounted_mean(values, decay):
    # 方向反了：最早的数权重最大
    weights = [decay**age for age in range(len(values))]
    return sum(w * x for w, x in zip(weights, values, strict=True)) / sum(weights)
