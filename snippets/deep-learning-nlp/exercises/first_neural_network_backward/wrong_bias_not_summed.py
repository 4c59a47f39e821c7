"""偏置的梯度没有沿批相加"""

import numpy as np


def backward(params, x, y, decay):
    h, p = forward(params, x)
    d_logits = p.copy()
    d_logits[np.arange(len(y)), y] -= 1
    d_logits /= len(y)
    d_h = d_logits @ params["W2"].T
    d_z = d_h * (1 - h**2)
    return {
        "W1": x.T @ d_z + decay * params["W1"],
        "b1": d_z,
        "W2": h.T @ d_logits + decay * params["W2"],
        "b2": d_logits,
    }
