"""先算 σ 再取 log：分数一大就是 log 0"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    scores = (u @ v[:, :, None])[..., 0]
    chance = torch.sigmoid(scores)
    loss = -chance[:, 0].log() - (1 - chance[:, 1:]).log().sum(dim=1)
    error = torch.sigmoid(scores)
    error[:, 0] -= 1
    return loss, (error[:, None] @ u)[:, 0], error[:, :, None] * v[:, None]
