"""误差忘了减 1：真邻居被推远"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    scores = (u @ v[:, :, None])[..., 0]
    loss = -F.logsigmoid(scores[:, 0]) - F.logsigmoid(-scores[:, 1:]).sum(dim=1)
    error = torch.sigmoid(scores)
    return loss, (error[:, None] @ u)[:, 0], error[:, :, None] * v[:, None]
