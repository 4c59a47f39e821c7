"""答案：六行"""

import numpy as np


def softmax(scores):
    """把最后一个轴变成和为 1 的正数，形状不变"""
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def attention(q, k, v):
    """缩放点积注意力，返回输出 (..., T_q, d_v) 与权重 (..., T_q, T_k)"""
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(k.shape[-1])
    weights = softmax(scores)
    return weights @ v, weights
