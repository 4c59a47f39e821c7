"""平方的平均减平均的平方：数一大，舍入误差就吃掉了方差"""

import numpy as np


def group_stats(labels, values, n_groups):
    values = values.astype(float)
    member = (labels == np.arange(n_groups)[:, None]).astype(float)
    n = member.sum(axis=1)
    divisor = np.maximum(n, 1)
    mean = member @ values / divisor
    variance = member @ values**2 / divisor - mean**2
    return np.stack([n, mean, np.sqrt(np.maximum(variance, 0))], axis=1)
