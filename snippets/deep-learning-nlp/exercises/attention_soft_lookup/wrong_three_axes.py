"""轴从前面数：二维、三维都对，四维时转错了轴"""

import numpy as np


def softmax(scores):
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def attention(q, k, v):
    transposed = k.T if k.ndim == 2 else k.swapaxes(1, 2)
    weights = softmax(q @ transposed / np.sqrt(k.shape[-1]))
    return weights @ v, weights
