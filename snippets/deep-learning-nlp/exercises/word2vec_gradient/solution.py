"""答案：误差是 σ(s) 减答案"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    """损失 (B,)、v 的梯度 (B, d)、u 的梯度 (B, 1+K, d)"""
    scores = (u @ v[:, :, None])[..., 0]
    loss = -F.logsigmoid(scores[:, 0]) - F.logsigmoid(-scores[:, 1:]).sum(dim=1)
    error = torch.sigmoid(scores)
    error[:, 0] -= 1
    return loss, (error[:, None] @ u)[:, 0], error[:, :, None] * v[:, None]
