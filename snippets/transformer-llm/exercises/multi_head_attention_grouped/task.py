"""把多头注意力改成分组查询注意力

`grouped_attention`：H 个查询头，H_kv 个键值头，
相邻的 H / H_kv 个查询头共用一个键值头。
H_kv 等于 H 时就是多头注意力，H_kv 等于 1 时就是多查询注意力。

`pool_heads`：把训练好的 `W_k`（或 `W_v`）从 H 个头并成 H_kv 个，每组取平均。
GQA 论文（Ainslie et al. 2023）就是这样把现成的多头模型改成 GQA 的，再补一点训练。
"""

import math

import torch
import torch.nn.functional as F


def grouped_attention(q, k, v):
    """q (B, H, T_q, d_k)，k 与 v (B, H_kv, T_k, d_k)，返回 (B, H, T_q, d_k)，不用掩码

    不许调用 scaled_dot_product_attention
    """
    raise NotImplementedError


def pool_heads(weight, n_head, n_kv_head):
    """weight 是 nn.Linear 的权重 (n_head · d_k, d_model)，一个头占连着的 d_k 行

    返回 (n_kv_head · d_k, d_model)：相邻的 n_head / n_kv_head 个头取平均
    """
    raise NotImplementedError


# 以下是检查，不用改
torch.manual_seed(0)
q = torch.randn(2, 8, 5, 16)
k, v = torch.randn(2, 2, 8, 7, 16)
out = grouped_attention(q, k, v)
assert out.shape == q.shape, (
    f"8 个查询头、8 个键值头时，输出的形状是 {list(out.shape)}，应为 {list(q.shape)}"
)
difference = (out - F.scaled_dot_product_attention(q, k, v)).abs().max().item()
assert difference < 1e-5, (
    f"键值头与查询头一样多时应等于多头注意力，现在最多差 {difference:.2g}："
    "缩放用的是每个头的 √d_k 吗？softmax 在最后一维吗？"
)

k, v = torch.randn(2, 2, 2, 7, 16)  # 2 个键值头
out = grouped_attention(q, k, v)
assert out.shape == q.shape, (
    f"2 个键值头时，输出的形状是 {list(out.shape)}，应仍为 {list(q.shape)}："
    "查询头一个也不能少"
)
changed = v.clone()
changed[:, 1] += 1
moved = (grouped_attention(q, k, changed) - out).abs().amax(dim=(0, 2, 3)) > 1e-5
moved = moved.nonzero().flatten().tolist()
assert moved == [4, 5, 6, 7], (
    f"改动键值头 1（从 0 数），应只影响查询头 4、5、6、7，实际影响了 {moved}："
    "相邻的查询头为一组，复制时用 repeat_interleave，不是 repeat"
)
for n_kv_head in [1, 2, 4]:
    k, v = torch.randn(2, 2, n_kv_head, 7, 16)
    official = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    difference = (grouped_attention(q, k, v) - official).abs().max().item()
    assert difference < 1e-5, (
        f"{n_kv_head} 个键值头时与官方函数最多差 {difference:.2g}："
        "键和值都按同样的组复制了吗？"
    )
q3, (k, v) = torch.randn(2, 6, 5, 3), torch.randn(2, 2, 3, 7, 3)  # 每个头 3 维
out = grouped_attention(q3, k, v)
assert out.shape == q3.shape, (
    f"d_k = 3 时，输出的形状是 {list(out.shape)}，应为 {list(q3.shape)}"
)
official = F.scaled_dot_product_attention(q3, k, v, enable_gqa=True)
difference = (out - official).abs().max().item()
assert difference < 1e-5, (
    f"6 个查询头、3 个键值头、d_k = 3 时与官方函数最多差 {difference:.2g}："
    "缩放要用 q 最后一维的长度，组的大小要用两种头数相除，别写死"
)

weight = torch.arange(8.0)[:, None].expand(8, 3)  # 4 个头，d_k = 2，第 i 行全是 i
pooled = pool_heads(weight, 4, 2)
assert pooled.shape == (4, 3), (
    f"4 个头并成 2 个（d_k = 2），形状是 {list(pooled.shape)}，应为 [4, 3]"
)
rows = pooled[:, 0].tolist()
assert rows == [1, 2, 5, 6], (
    f"并完的四行应是 [1, 2, 5, 6]，实际是 {rows}："
    "头 0 是第 0、1 行，头 1 是第 2、3 行，"
    "平均要在两个头之间取，同一个头的行不能混"
)
weight = torch.arange(18.0)[:, None].expand(18, 5)  # 6 个头，d_k = 3，并成 2 个
pooled = pool_heads(weight, 6, 2)
assert pooled.shape == (6, 5), (
    f"6 个头并成 2 个（d_k = 3），形状是 {list(pooled.shape)}，应为 [6, 5]"
)
rows = pooled[:, 0].tolist()
assert rows == [3, 4, 5, 12, 13, 14], (
    f"6 个头并成 2 个（d_k = 3）时，六行应是 [3, 4, 5, 12, 13, 14]，实际是 {rows}："
    "先按（组、组内的头、头内的行）切开，再在“组内的头”上取平均"
)
group = torch.randn(2, 1, 2, 12)  # 2 组，每组一个头，d_k = 2
same = group.expand(2, 4, 2, 12).reshape(16, 12)  # 每组复制成 4 个相同的头
assert torch.allclose(pool_heads(same, 8, 2), group.reshape(4, 12), atol=1e-6), (
    "同一组的头本来就相同时，取平均不该改变它们"
)
x = torch.randn(1, 6, 12)
w_q, w_v = torch.randn(2, 16, 12)


def heads(weight, n_head):
    """用 weight 投影 x，切成 n_head 个头"""
    return (x @ weight.T).view(1, 6, n_head, 2).transpose(1, 2)


full = F.scaled_dot_product_attention(heads(w_q, 8), heads(same, 8), heads(same, 8))
pooled = heads(pool_heads(same, 8, 2), 2)
after = grouped_attention(heads(w_q, 8), pooled, pooled)
difference = (after - full).abs().max().item()
assert difference < 1e-5, (
    f"同组的头都相同时，并头前后的输出应一样，现在最多差 {difference:.2g}"
)
print("全部通过")
