"""沿第一个轴求和：一维时碰巧是对的，二维以上列的和才是 1"""

import numpy as np


def softmax(scores):
    exp = np.exp(scores - scores.max(axis=0, keepdims=True))
    return exp / exp.sum(axis=0, keepdims=True)


def attention(q, k, v):
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(k.shape[-1])
    weights = softmax(scores)
    return weights @ v, weights
