"""只在因果为真时多遮了查询：第二句末尾的几行成了全 0"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    T_q, T_k = q.shape[-2], k.shape[-2]
    keys = (torch.arange(T_k) < lengths[:, None])[:, None]
    visible = keys.expand(-1, T_q, -1)
    if causal:
        past = torch.ones(T_q, T_k, dtype=torch.bool).tril()
        visible = visible & past & keys.transpose(-2, -1)
    blind = ~visible.any(dim=-1, keepdim=True)
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    scores = scores.masked_fill(~(visible | blind), -torch.inf)
    weights = scores.softmax(dim=-1).masked_fill(~visible, 0)
    return weights @ v, weights
