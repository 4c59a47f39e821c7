"""累加平方和：数在十亿附近，差不多全是舍入误差"""

import math


def running_stats(batches):
    n, total, squares = 0, 0.0, 0.0
    for batch in batches:
        n += len(batch)
        total += float(batch.sum())
        squares += float((batch**2).sum())
    if n == 0:
        return 0, 0.0, 0.0
    mean = total / n
    return n, mean, math.sqrt(max(squares / n - mean**2, 0.0))
