"""没有换成小数：uint8 的差与平方都绕了回来"""

import numpy as np


def group_stats(labels, values, n_groups):
    out = np.zeros((n_groups, 3))
    for group in range(n_groups):
        mine = values[labels == group]
        n = max(len(mine), 1)
        mean = mine.sum(dtype=values.dtype) / n
        std = np.sqrt(((mine - mean) ** 2).sum() / n)
        out[group] = len(mine), mean, std
    return out
