"""遮错了轴：遮的是查询，不是键"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    real = (torch.arange(T_q) < lengths[:, None])[:, :, None]
    visible = real.expand(-1, -1, T_k)
    if causal:
        visible = visible & torch.ones(T_q, T_k, dtype=torch.bool).tril()
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    weights = scores.masked_fill(~visible, -1e4).softmax(dim=-1)
    return weights @ v, weights
