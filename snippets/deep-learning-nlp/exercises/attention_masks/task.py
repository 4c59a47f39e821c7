"""练习二：把两种掩码合在一起

补全 masked_attention。一批句子长短不一，后面用填充补齐；可能还要求不看未来。要求：

- 填充的词（键）谁也不能看；causal 为 True 时，每个词只能看自己和左边
- 不许看的位置权重正好是 0，其余的和为 1；分数大到几千也一样
- 一句话长度为 0 时它没有词可看：输出与权重都是 0，前向与梯度里都没有 NaN
- float16 也能用；写完运行这个文件，看到“全部通过”就对了
"""

import torch
from torch.nn.functional import scaled_dot_product_attention


def masked_attention(q, k, v, lengths, causal=False):
    """带填充掩码与因果掩码的缩放点积注意力

    q (B, T_q, d_k)，k (B, T_k, d_k)，v (B, T_k, d_v)，lengths (B,) 是每句真实的词数
    返回输出 (B, T_q, d_v) 与权重 (B, T_q, T_k)；causal 时 T_q 等于 T_k
    """
    raise NotImplementedError


# 以下是检查，不用改
def attend(*inputs, **options):
    """调用 masked_attention，把框架的报错说成一句话"""
    try:
        return masked_attention(*inputs, **options)
    except (RuntimeError, TypeError) as error:
        reason = str(error)
        if not reason:
            raise  # 还没有写
        if "bool" in reason.lower() or "bitwise" in reason:
            raise AssertionError(
                "掩码要是布尔型：torch.ones 造出来的是小数，要写 dtype=torch.bool "
                f"或在后面加 .bool()；两个掩码用 & 合起来，不用 and（{error}）"
            ) from error
        if isinstance(error, TypeError):
            raise
        raise AssertionError(
            "PyTorch 报错了：多半是掩码的形状广播不上（应能成为 (B, T_q, T_k)），"
            f"或这个精度装不下你用的大负数（{error}）"
        ) from error


torch.manual_seed(0)
q, k, v = torch.randn(2, 3, 8), torch.randn(2, 5, 8), torch.randn(2, 5, 4)
lengths = torch.tensor([5, 2])
out, weights = attend(q, k, v, lengths)
assert weights.shape == (2, 3, 5), (
    f"权重的形状是 {tuple(weights.shape)}，应为 (2, 3, 5)"
)
empty = [i + 1 for i in range(3) if not weights[1, i].nan_to_num(0).any()]
assert not empty, (
    f"第二句的第 {empty[0]} 个查询一个词也看不到：填充遮的是键（最后一个轴），"
    "查询那一行不遮，它的输出算损失时跳过就行"
)
assert (weights[1, :, :2] > 0).all(), (
    "第二句的前 2 个词应该看得到，权重却是 0：掩码的真假反了吗？"
)
assert (weights[1, :, 2:] == 0).all(), (
    f"第二句只有 2 个词，第 3 个键却得到权重 {weights[1, 0, 2].item():.2g}："
    "要遮的是键（最后一个轴），而且换成 −∞，不是 0，也不是 −100"
)
sums = weights.sum(dim=-1)
assert torch.allclose(sums, torch.ones(2, 3)), (
    f"第二句每行的权重和是 {sums[1, 0].item():.2f}，应为 1："
    "要在 softmax 之前遮，之后再清零就不再是平均了"
)
visible = (torch.arange(5) < lengths[:, None])[:, None]
expected = scaled_dot_product_attention(q, k, v, attn_mask=visible)
assert torch.allclose(out, expected, atol=1e-6), "只有填充掩码时，输出与 PyTorch 的不同"

x = torch.randn(2, 5, 8)
out, weights = attend(x, x, x, torch.tensor([5, 5]), causal=True)
assert not weights.isnan().any(), (
    "因果掩码之下第一行是 NaN：每个词至少看得到自己，对角线不能遮"
)
leaked = weights.triu(diagonal=1).abs().max().item()
assert leaked == 0, f"有词看到了未来，权重 {leaked:.2f}：对角线右上方都要遮"
expected = scaled_dot_product_attention(x, x, x, is_causal=True)
assert torch.allclose(out, expected, atol=1e-6), "只有因果掩码时，输出与 PyTorch 的不同"

lengths = torch.tensor([5, 3])
out, weights = attend(x, x, x, lengths, causal=True)
assert (weights[1, :, 3:] == 0).all() and weights.triu(diagonal=1).abs().max() == 0, (
    "两种掩码合在一起时漏了一种：两个条件都满足才可以看，用 & 连起来"
)
last = weights[1, 4].sum().item()
assert abs(last - 1) < 1e-5, (
    f"两种掩码合在一起时，第二句第 5 行的权重和是 {last:.2f}，应为 1："
    "先把两种掩码合成一张，再在 softmax 之前一起遮；填充遮的是键，查询那一行不遮"
)
visible = (torch.arange(5) < lengths[:, None])[:, None] & torch.ones(5, 5).tril().bool()
expected = scaled_dot_product_attention(x, x, x, attn_mask=visible)
assert torch.allclose(out, expected, atol=1e-6), (
    "两种掩码合在一起时，输出与 PyTorch 的不同：softmax 之前两种都遮了吗？"
)

# 分数在 ±4500 上下：4 · 30 · 75 / √4；前两个键的分数低，后两个高，而后两个不许看
q = torch.full((2, 4, 4), 30.0)
k = torch.tensor([-75, -75 + 1 / 60, 75, 75])[:, None].expand(2, 4, 4)
v = torch.tensor([1.0, 2.0, 100.0, 100.0])[:, None].expand(2, 4, 1)
lengths = torch.tensor([4, 2])
for causal in [False, True]:
    out, _ = attend(q, k, v, lengths, causal=causal)
    visible = (torch.arange(4) < lengths[:, None])[:, None].expand(2, 4, 4)
    if causal:
        visible = visible & torch.ones(4, 4).tril().bool()
    expected = scaled_dot_product_attention(q, k, v, attn_mask=visible)
    apart = (out - expected).abs().nan_to_num(torch.inf)
    b, t = divmod(apart.argmax().item(), 4)  # 差得最远的是哪一句、哪一行
    assert torch.allclose(out, expected, atol=1e-2), (
        f"看得见的分数约 −4500、被遮住的 4500，causal 是 {causal} 时，"
        f"第 {b + 1} 句第 {t + 1} 行的输出是 {out[b, t, 0].item():.2f}，"
        f"应为 {expected[b, t, 0].item():.2f}：要在 softmax 之前换成 −∞；"
        "−100 比 −4500 大得多，遮不住，先 softmax 再清零也来不及，重新归一化救不回来"
    )

x = torch.randn(2, 4, 8, requires_grad=True)
out, weights = attend(x, x, x, torch.tensor([4, 0]))
assert not out.isnan().any(), (
    "第二句长度为 0，输出成了 NaN：一整行都是 −∞ 时 softmax 是 0/0，要单独处理这样的行"
)
assert (weights[1] == 0).all() and (out[1] == 0).all(), (
    f"第二句没有词可看，权重却是 {weights[1, 0, 0].item():.2f}，应为 0："
    "有限的大负数会让整行变成平均"
)
out[0].sum().backward()
assert not x.grad.isnan().any(), (
    "输出没有 NaN，梯度里却有：0 乘 NaN 还是 NaN，"
    "要在 softmax 之前就把那一行换成正常的数"
)

half = torch.randn(2, 4, 8, dtype=torch.float16)
out, weights = attend(half, half, half, torch.tensor([4, 2]), causal=True)
assert out.dtype == torch.float16 and not out.isnan().any(), (
    "float16 的输入应得到 float16 的输出"
)
x = half.float()
visible = torch.arange(4) < torch.tensor([4, 2])[:, None, None]
visible = visible & torch.ones(4, 4).tril().bool()
expected = scaled_dot_product_attention(x, x, x, attn_mask=visible)
assert torch.allclose(out.float(), expected, atol=1e-2), (
    "float16 的输出与 float32 的对不上：这个精度装不下太大的负数，遮住要用 −∞"
)

print("全部通过")
