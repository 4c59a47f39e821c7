"""打乱的是行：同一组的行分到了两边"""

import numpy as np


def group_folds(groups, k, seed=0):
    names = np.random.default_rng(seed).permutation(len(groups))
    pairs = []
    for part in np.array_split(names, k):
        inside = np.isin(np.arange(len(groups)), part)
        pairs.append((np.flatnonzero(~inside), np.flatnonzero(inside)))
    return pairs
