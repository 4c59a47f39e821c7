"""标准差除以了 n - 1"""

import numpy as np


def group_stats(labels, values, n_groups):
    values = values.astype(float)
    member = (labels == np.arange(n_groups)[:, None]).astype(float)
    n = member.sum(axis=1)
    mean = member @ values / np.maximum(n, 1)
    squares = (values - mean[:, None]) ** 2
    std = np.sqrt((member * squares).sum(axis=1) / np.maximum(n - 1, 1))
    return np.stack([n, mean, std], axis=1)
