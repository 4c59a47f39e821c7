"""答案：一张真假表，两次矩阵乘法"""

import numpy as np


def group_stats(labels, values, n_groups):
    """不写循环的分组统计"""
    values = values.astype(float)  # 换类型会拷贝，原来的不动
    member = (labels == np.arange(n_groups)[:, None]).astype(float)  # (K, N)
    n = member.sum(axis=1)  # (K,)
    divisor = np.maximum(n, 1)  # 空的类别按 1 来除
    mean = member @ values / divisor  # (K, N) @ (N,) -> (K,)
    squares = (values - mean[:, None]) ** 2  # (N,) 减 (K, 1) -> (K, N)
    std = np.sqrt((member * squares).sum(axis=1) / divisor)
    return np.stack([n, mean, std], axis=1)
