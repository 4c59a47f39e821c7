"""奇异值全乘在左边：两边不一样长"""

import numpy as np


def compress(delta, tolerance):
    """delta (m, n) -> B (m, r) 与 A (r, n)"""
    U, S, Vt = np.linalg.svd(delta, full_matrices=False)
    r = 1
    while r < len(S) and np.sqrt((S[r:] ** 2).sum() / (S**2).sum()) > tolerance:
        r += 1
    return U[:, :r] * S[:r], Vt[:r]
