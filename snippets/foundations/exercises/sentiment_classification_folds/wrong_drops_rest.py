"""组数除不尽时，丢掉了余下的组"""

import numpy as np


def group_folds(groups, k, seed=0):
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    pairs = []
    size = len(names) // k
    for part in names[: size * k].reshape(k, size):
        inside = np.isin(groups, part)
        pairs.append((np.flatnonzero(~inside), np.flatnonzero(inside)))
    return pairs
