"""每折都取“除得的商进一”个组，最后一折可能什么也不剩"""

import numpy as np


def group_folds(groups, k, seed=0):
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    size = -(-len(names) // k)
    pairs = []
    for i in range(k):
        inside = np.isin(groups, names[i * size : (i + 1) * size])
        pairs.append((np.flatnonzero(~inside), np.flatnonzero(inside)))
    return pairs
