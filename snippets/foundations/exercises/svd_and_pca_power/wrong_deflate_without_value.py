"""减的时候忘了乘特征值"""

import numpy as np


def top_eigen(M, k, steps=3000):
    """对称矩阵 M 的前 k 个特征值与特征向量"""
    rest = M
    values, vectors = [], []
    for _ in range(k):
        v = np.random.default_rng(0).normal(size=len(M))
        for _ in range(steps):
            v = rest @ v
            v = v / np.linalg.norm(v)
        value = v @ rest @ v
        rest = rest - np.outer(v, v)  # 新的一份，不动原来的
        values.append(value)
        vectors.append(v)
    return np.array(values), np.stack(vectors)
