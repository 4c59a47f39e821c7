"""损失在批上求了和"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    scores = (u @ v[:, :, None])[..., 0]
    loss = (-F.logsigmoid(scores[:, 0]) - F.logsigmoid(-scores[:, 1:]).sum(dim=1)).sum()
    error = torch.sigmoid(scores)
    error[:, 0] -= 1
    return loss, (error[:, None] @ u)[:, 0], error[:, :, None] * v[:, None]
