"""先算概率再取对数：概率是 0 时溢出"""

import numpy as np


def loss_and_gradient(w, b, X, y, lam):
    z = X @ w + b
    p = 1 / (1 + np.exp(-z))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + lam / 2 * w @ w
    error = 0.5 * (1 + np.tanh(z / 2)) - y
    return loss, X.T @ error / len(y) + lam * w, error.mean()


def descend(X, y, lam, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        _, dw, db = loss_and_gradient(w, b, X, y, lam)
        w, b = w - lr * dw, b - lr * db
    return w, b
