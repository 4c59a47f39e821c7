"""先更新了 v，再用新的 v 算 u 的梯度"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    scores = (u @ v[:, :, None])[..., 0]
    loss = -F.logsigmoid(scores[:, 0]) - F.logsigmoid(-scores[:, 1:]).sum(dim=1)
    error = torch.sigmoid(scores)
    error[:, 0] -= 1
    grad_v = (error[:, None] @ u)[:, 0]
    v = v - 0.1 * grad_v
    return loss, grad_v, error[:, :, None] * v[:, None]
