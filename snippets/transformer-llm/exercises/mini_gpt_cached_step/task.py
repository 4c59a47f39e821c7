"""写带缓存的一步注意力

一次只来一个新位置。`step` 把它的键与值接到缓存后面，用它的查询看缓存里的全部，
返回这一个位置的输出与新的缓存。q、k 已经旋转过，不用再管位置。
"""

import math

import torch
import torch.nn.functional as F


def step(q, k, v, cache):
    """q、k、v 都是 (B, H, 1, d)；cache 是 None 或 (键, 值)，各 (B, H, t, d)

    返回 (输出 (B, H, 1, d), 新的缓存)；不许改动传进来的缓存
    不许调用 scaled_dot_product_attention
    """
    raise NotImplementedError


# 以下是检查，不用改
torch.manual_seed(0)
B, H, T, d = 2, 3, 6, 5
q, k, v = torch.randn(3, B, H, T, d)
right = F.scaled_dot_product_attention(q, k, v, is_causal=True)
cache = None
for t in range(T):
    at = slice(t, t + 1)
    before = None if cache is None else [part.clone() for part in cache]
    old = cache
    out, cache = step(q[:, :, at], k[:, :, at], v[:, :, at], cache)
    assert out.shape == (B, H, 1, d), (
        f"第 {t + 1} 步的输出是 {list(out.shape)}，应为 {[B, H, 1, d]}：只有新位置有输出"
    )
    length = cache[0].shape[2]
    assert cache[0].shape == cache[1].shape == (B, H, t + 1, d), (
        f"第 {t + 1} 步之后缓存里应有 {t + 1} 个位置，键是 {list(cache[0].shape)}、"
        f"值是 {list(cache[1].shape)}：键与值都接在位置那一维（第 2 维）后面"
    )
    if old is not None:
        assert all(map(torch.equal, old, before)), "传进来的缓存被改动了：用 torch.cat 造新的"
    assert torch.equal(cache[0], k[:, :, : t + 1]), (
        f"第 {t + 1} 步之后，缓存的键与按次序排的不同：新的接在后面，键那一格放的是键"
    )
    assert torch.equal(cache[1], v[:, :, : t + 1]), (
        f"第 {t + 1} 步之后，缓存的值与按次序排的不同：新的接在后面，值那一格放的是值"
    )
    gap = (out - right[:, :, at]).abs().max().item()
    assert gap < 1e-5, (
        f"第 {t + 1} 步的输出与整段因果注意力差 {gap:.2g}："
        "看的是接上之后的全部键与值吗？缩放是 √d 吗？softmax 在最后一维吗？"
    )
print("全部通过")
