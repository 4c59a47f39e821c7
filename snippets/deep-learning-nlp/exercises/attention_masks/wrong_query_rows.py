"""键遮对了，又多遮了查询：填充所在的行一个词也看不到"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    keys = torch.arange(T_k) < lengths[:, None]
    queries = torch.arange(T_q) < lengths[:, None]
    visible = queries[:, :, None] & keys[:, None]
    if causal:
        visible = visible & torch.ones(T_q, T_k, dtype=torch.bool).tril()
    blind = ~visible.any(dim=-1, keepdim=True)
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    scores = scores.masked_fill(~(visible | blind), -torch.inf)
    weights = scores.softmax(dim=-1).masked_fill(~visible, 0)
    return weights @ v, weights
