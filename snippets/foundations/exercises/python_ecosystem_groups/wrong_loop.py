"""一个样本一个样本地循环"""

import numpy as np


def group_stats(labels, values, n_groups):
    """结果对，可是没有用上广播"""
    table = np.zeros((n_groups, 3))
    for label, value in zip(labels, values):
        table[label, 0] += 1
        table[label, 1] += value
    divisor = np.maximum(table[:, 0], 1)
    table[:, 1] /= divisor
    for label, value in zip(labels, values):
        table[label, 2] += (value - table[label, 1]) ** 2
    table[:, 2] = np.sqrt(table[:, 2] / divisor)
    return table
