"""假邻居的损失取了平均"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    scores = (u @ v[:, :, None])[..., 0]
    loss = -F.logsigmoid(scores[:, 0]) - F.logsigmoid(-scores[:, 1:]).mean(dim=1)
    error = torch.sigmoid(scores)
    error[:, 0] -= 1
    return loss, (error[:, None] @ u)[:, 0], error[:, :, None] * v[:, None]
