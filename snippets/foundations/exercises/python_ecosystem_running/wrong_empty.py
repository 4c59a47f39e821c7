"""没有照顾空的批：0 个数的平均是 NaN"""

import math


def running_stats(batches):
    """一遍读完，只留个数、平均与离差平方和"""
    n, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        m = len(batch)
        batch_mean = batch.mean()
        gap = batch_mean - mean
        squares += ((batch - batch_mean) ** 2).sum() + gap**2 * n * m / (n + m)
        mean += gap * m / (n + m)
        n += m
    return n, float(mean), math.sqrt(squares / n)
