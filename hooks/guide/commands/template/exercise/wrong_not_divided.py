def discounted_mean(values, decay):
    # 忘了除以权重之和
    return sum(decay**age * x for age, x in enumerate(reversed(values)))
