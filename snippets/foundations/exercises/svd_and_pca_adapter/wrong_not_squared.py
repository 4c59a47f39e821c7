"""用了奇异值之和，没有平方"""

import numpy as np


def compress(delta, tolerance):
    """delta (m, n) -> B (m, r) 与 A (r, n)"""
    U, S, Vt = np.linalg.svd(delta, full_matrices=False)
    r = 1
    while r < len(S) and S[r:].sum() / S.sum() > tolerance:
        r += 1
    half = np.sqrt(S[:r])
    return U[:, :r] * half, half[:, None] * Vt[:r]
