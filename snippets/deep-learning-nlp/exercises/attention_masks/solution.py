"""答案：先合掩码，再遮，最后照顾一个也看不到的行"""

import math

import torch


def masked_attention(q, k, v, lengths, causal=False):
    """带填充掩码与因果掩码的缩放点积注意力"""
    T_q, T_k = q.shape[-2], k.shape[-2]
    visible = (torch.arange(T_k) < lengths[:, None])[:, None]  # (B, 1, T_k)
    visible = visible.expand(-1, T_q, -1)
    if causal:
        visible = visible & torch.ones(T_q, T_k, dtype=torch.bool).tril()
    blind = ~visible.any(dim=-1, keepdim=True)  # (B, T_q, 1) 一个也看不到的行

    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    scores = scores.masked_fill(~(visible | blind), -torch.inf)  # 这样的行先全放开
    weights = scores.softmax(dim=-1).masked_fill(~visible, 0)  # 算完再清零
    return weights @ v, weights
