"""因果在 softmax 之前遮，填充却在之后才清零，也没有重新归一化"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    padded = (torch.arange(T_k) >= lengths[:, None])[:, None].expand(-1, T_q, -1)
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    if not causal:
        blind = padded.all(dim=-1, keepdim=True)
        weights = scores.masked_fill(padded & ~blind, -torch.inf).softmax(dim=-1)
        weights = weights.masked_fill(padded, 0)
        return weights @ v, weights
    future = torch.ones(T_q, T_k, dtype=torch.bool).triu(diagonal=1)
    weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    weights = weights.masked_fill(padded, 0)
    return weights @ v, weights
