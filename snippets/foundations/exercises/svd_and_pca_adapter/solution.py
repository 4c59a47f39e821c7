"""答案：误差早就写在奇异值里，不必一个一个试"""

import numpy as np


def compress(delta, tolerance):
    """delta (m, n) -> B (m, r) 与 A (r, n)"""
    U, S, Vt = np.linalg.svd(delta, full_matrices=False)
    r = 1
    while r < len(S) and np.sqrt((S[r:] ** 2).sum() / (S**2).sum()) > tolerance:
        r += 1
    half = np.sqrt(S[:r])
    return U[:, :r] * half, half[:, None] * Vt[:r]
