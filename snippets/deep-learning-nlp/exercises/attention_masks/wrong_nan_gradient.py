"""事后把 NaN 换成 0：输出好了，梯度仍是 NaN"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    visible = (torch.arange(T_k) < lengths[:, None])[:, None].expand(-1, T_q, -1)
    if causal:
        visible = visible & torch.ones(T_q, T_k, dtype=torch.bool).tril()
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    scores = scores + torch.zeros_like(scores).masked_fill(~visible, -torch.inf)
    weights = scores.softmax(dim=-1).nan_to_num(0)
    return weights @ v, weights
