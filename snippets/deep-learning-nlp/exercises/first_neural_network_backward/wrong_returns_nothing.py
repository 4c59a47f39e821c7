"""算完了梯度，忘了 return"""

import numpy as np


def backward(params, x, y, decay):
    h, p = forward(params, x)
    d_logits = p.copy()
    d_logits[np.arange(len(y)), y] -= 1
    d_logits /= len(y)
    grads = {"W2": h.T @ d_logits + decay * params["W2"]}
    grads["b2"] = d_logits.sum(axis=0)
    d_z = d_logits @ params["W2"].T * (1 - h**2)
    grads["W1"] = x.T @ d_z + decay * params["W1"]
    grads["b1"] = d_z.sum(axis=0)
