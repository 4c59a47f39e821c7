"""softmax 之后清零再除以和：分数相差很大时，看得见的权重早已是 0"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    visible = (torch.arange(T_k) < lengths[:, None])[:, None].expand(-1, T_q, -1)
    if causal:
        visible = visible & torch.ones(T_q, T_k, dtype=torch.bool).tril()
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    weights = scores.softmax(dim=-1).masked_fill(~visible, 0)
    total = weights.sum(dim=-1, keepdim=True)
    weights = weights / total.masked_fill(total == 0, 1)
    return weights @ v, weights
