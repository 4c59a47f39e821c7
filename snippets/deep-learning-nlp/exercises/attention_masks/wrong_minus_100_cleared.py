"""换成 −100 之后再清零：真的分数低于 −100 时，权重全给了被遮住的"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    visible = (torch.arange(T_k) < lengths[:, None])[:, None].expand(-1, T_q, -1)
    if causal:
        visible = visible & torch.ones(T_q, T_k, dtype=torch.bool).tril()
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    weights = scores.masked_fill(~visible, -100).softmax(dim=-1)
    weights = weights.masked_fill(~visible, 0)
    return weights @ v, weights
