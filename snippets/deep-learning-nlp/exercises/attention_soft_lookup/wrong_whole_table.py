"""对整张表求和：所有查询的权重加起来才是 1"""

import numpy as np


def softmax(scores):
    exp = np.exp(scores - scores.max())
    return exp / exp.sum()


def attention(q, k, v):
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(k.shape[-1])
    weights = softmax(scores)
    return weights @ v, weights
