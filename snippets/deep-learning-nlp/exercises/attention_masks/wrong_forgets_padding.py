"""因果为真时忘了填充"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    visible = (torch.arange(T_k) < lengths[:, None])[:, None].expand(-1, T_q, -1)
    if causal:
        visible = torch.ones(T_q, T_k, dtype=torch.bool).tril().expand_as(visible)
    blind = ~visible.any(dim=-1, keepdim=True)
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    scores = scores.masked_fill(~(visible | blind), -torch.inf)
    weights = scores.softmax(dim=-1).masked_fill(~visible, 0)
    return weights @ v, weights
