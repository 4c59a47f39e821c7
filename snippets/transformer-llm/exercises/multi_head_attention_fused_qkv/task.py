"""一个大矩阵里的 Q、K、V

很多实现把 `W_q`、`W_k`、`W_v` 合成一个大矩阵，只乘一次。
GPT-2 的 `c_attn` 存成 (d_model, 3 · d_model)；`nn.MultiheadAttention` 的
`in_proj_weight` 存的是转置，(3 · d_model, d_model)。乘出来的排法一样，
都是 (B, T, 3 · d_model)。
乘完的最后一维依次是全部的 Q、全部的 K、全部的 V，每一份里面一个头接一个头。

写出 `split_qkv`，切成三份、每份切成头；再写出 `merge_heads`，把头拼回去。
"""

import torch
import torch.nn.functional as F
from torch import nn


def split_qkv(qkv, n_head):
    """qkv (B, T, 3 · d_model) -> q、k、v，各 (B, n_head, T, d_k)"""
    raise NotImplementedError


def merge_heads(out):
    """out (B, n_head, T, d_k) -> (B, T, n_head · d_k)，同一个位置的各个头首尾相接"""
    raise NotImplementedError


# 以下是检查，不用改
# 每个数写着自己的来历：百位 1、2、3 是 Q、K、V，十位是位置，个位是第几维
row = torch.tensor([100, 101, 102, 103, 200, 201, 202, 203, 300, 301, 302, 303])
marked = (row + 10 * torch.arange(3)[:, None]).expand(2, 3, 12)  # d_model = 4
parts = split_qkv(marked, 2)
assert len(parts) == 3, f"split_qkv 返回了 {len(parts)} 样东西，应为 q、k、v 三个"
for name, hundred, part in zip("qkv", [1, 2, 3], parts):
    assert part.shape == (2, 2, 3, 2), (
        f"{name} 的形状是 {list(part.shape)}，应为 [2, 2, 3, 2]，"
        "也就是 (B, n_head, T, d_k)"
    )
    found = sorted(set((part // 100).flatten().tolist()))
    assert found == [hundred], (
        f"{name} 里的数百位是 {found}，应全是 {hundred}（1、2、3 是 Q、K、V）："
        "最后一维依次是全部的 Q、K、V，先切成三份，再在每份里切头"
    )
    places = (part // 10 % 10)[0, :, :, 0].tolist()
    assert places == [[0, 1, 2]] * 2, (
        f"{name} 的每个头里，各行应依次来自位置 0、1、2，实际是 {places}："
        "view 只是重新断行，要用 transpose 把头换到位置前面"
    )
    dims = (part % 10)[0, :, 0].tolist()
    assert dims == [[0, 1], [2, 3]], (
        f"{name} 的头 1 应拿第 0、1 维，头 2 应拿第 2、3 维，实际是 {dims}"
    )
assert merge_heads(parts[0]).shape == (2, 3, 4), (
    f"merge_heads 的形状是 {list(merge_heads(parts[0]).shape)}，应为 [2, 3, 4]"
)
assert merge_heads(parts[0]).equal(marked[..., :4]), (
    f"把 q 的头拼回去，第 1 行应为 [100, 101, 102, 103]，"
    f"实际是 {merge_heads(parts[0])[0, 0].tolist()}：先把位置换回头的前面，再合并"
)

torch.manual_seed(0)
official = nn.MultiheadAttention(12, 3, batch_first=True)
x = torch.randn(2, 5, 12)
q, k, v = split_qkv(F.linear(x, official.in_proj_weight, official.in_proj_bias), 3)
mine = official.out_proj(merge_heads(F.scaled_dot_product_attention(q, k, v)))
difference = (mine - official(x, x, x)[0]).abs().max().item()
assert difference < 1e-5, (
    f"与 nn.MultiheadAttention 最多差 {difference:.2g}，应几乎为 0"
)
print("全部通过")
