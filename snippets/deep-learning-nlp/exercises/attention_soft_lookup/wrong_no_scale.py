"""忘了除以 √d_k"""

import numpy as np


def softmax(scores):
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def attention(q, k, v):
    weights = softmax(q @ k.swapaxes(-2, -1))
    return weights @ v, weights
