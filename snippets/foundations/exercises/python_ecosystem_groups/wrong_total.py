"""平均除以了全部样本的个数"""

import numpy as np


def group_stats(labels, values, n_groups):
    values = values.astype(float)
    member = (labels == np.arange(n_groups)[:, None]).astype(float)
    n = member.sum(axis=1)
    mean = (member * values).mean(axis=1)
    squares = (values - mean[:, None]) ** 2
    std = np.sqrt((member * squares).sum(axis=1) / np.maximum(n, 1))
    return np.stack([n, mean, std], axis=1)
