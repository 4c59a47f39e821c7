"""因果掩码连自己也遮住：第一个词没有东西可看"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    visible = (torch.arange(T_k) < lengths[:, None])[:, None].expand(-1, T_q, -1)
    if causal:
        past = torch.ones(T_q, T_k, dtype=torch.bool).tril(diagonal=-1)
        visible = visible & past
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    weights = scores.masked_fill(~visible, -torch.inf).softmax(dim=-1)
    return weights @ v, weights
