"""返回的次序反了：先权重，后输出"""

import numpy as np


def softmax(scores):
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def attention(q, k, v):
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(k.shape[-1])
    weights = softmax(scores)
    return weights, weights @ v
