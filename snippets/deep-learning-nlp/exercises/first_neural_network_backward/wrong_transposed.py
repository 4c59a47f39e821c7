"""转置反了"""

import numpy as np


def backward(params, x, y, decay):
    h, p = forward(params, x)
    d_logits = p.copy()
    d_logits[np.arange(len(y)), y] -= 1
    d_logits /= len(y)
    d_h = d_logits @ params["W2"].T
    d_z = d_h * (1 - h**2)
    return {
        "W1": d_z.T @ x + decay * params["W1"].T,
        "b1": d_z.sum(axis=0),
        "W2": d_logits.T @ h + decay * params["W2"].T,
        "b2": d_logits.sum(axis=0),
    }
