"""假邻居也用了 log σ(s)：把随手抽来的词也往近处拉"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    scores = (u @ v[:, :, None])[..., 0]
    loss = -F.logsigmoid(scores).sum(dim=1)
    error = torch.sigmoid(scores)
    error[:, 0] -= 1
    return loss, (error[:, None] @ u)[:, 0], error[:, :, None] * v[:, None]
