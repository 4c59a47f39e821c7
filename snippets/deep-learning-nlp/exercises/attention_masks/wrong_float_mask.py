"""因果掩码忘了换成布尔型：小数不能用 & 合起来"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    visible = (torch.arange(T_k) < lengths[:, None])[:, None]
    visible = visible.expand(-1, T_q, -1)
    if causal:
        visible = visible & torch.ones(T_q, T_k).tril()
    blind = ~visible.any(dim=-1, keepdim=True)
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    scores = scores.masked_fill(~(visible | blind), -torch.inf)
    weights = scores.softmax(dim=-1).masked_fill(~visible, 0)
    return weights @ v, weights
