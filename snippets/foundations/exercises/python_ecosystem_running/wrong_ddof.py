"""标准差除以了 n - 1"""

import math


def running_stats(batches):
    """一遍读完，只留个数、平均与离差平方和"""
    n, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        m = len(batch)
        if m == 0:
            continue
        batch_mean = batch.mean()
        gap = batch_mean - mean
        squares += ((batch - batch_mean) ** 2).sum() + gap**2 * n * m / (n + m)
        mean += gap * m / (n + m)
        n += m
    return n, float(mean), math.sqrt(squares / max(n - 1, 1))
