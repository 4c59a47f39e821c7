"""给一批长短不一的句子造掩码

一批句子用填充补到同样的长度 `T`。写出 `make_mask`：
每个词元只能看自己和它左边的真词元，所有的头用同一张掩码。

例如 `make_mask([2], 3)[0, 0]` 的三行应是 `[1, 0, 0]`、`[1, 1, 0]`、`[1, 1, 0]`。
"""

import torch


def make_mask(lengths, T):
    """返回 bool 掩码 (B, 1, T, T)，True 表示可以看

    lengths 是一个列表，第 b 个数是第 b 句的真实长度，填充都在句尾
    """
    raise NotImplementedError


# 以下是检查，不用改
mask = make_mask([4, 2], 4)
assert isinstance(mask, torch.Tensor), "应返回一个张量"
assert mask.dtype == torch.bool, f"掩码的类型是 {mask.dtype}，应为 torch.bool"
assert mask.shape == (2, 1, 4, 4), (
    f"形状是 {list(mask.shape)}，应为 [2, 1, 4, 4]：长为 1 的第 2 个轴留给头去广播"
)
assert mask[0, 0].diagonal().all(), (
    "第 1 句没有填充，却有词元看不见自己：True 应表示可以看，对角线也要算在内"
)
assert not mask[0, 0].triu(diagonal=1).any(), (
    "第 1 句里有词元看见了右边：第 t 行只有第 t 列及其左边可以是 True"
)
assert mask[0, 0].equal(torch.ones(4, 4, dtype=torch.bool).tril()), (
    "第 1 句没有填充，掩码应是完整的下三角，现在左边也有词元被遮住了"
)
assert not mask[1, 0, :, 2:].any(), (
    "第 2 句的第 3、4 个词元是填充，任何一行都不该看它们：填充遮的是列"
)
assert mask[1, 0, 2:, :2].all(), (
    "第 2 句里，填充所在的行看不见前两个真词元了：填充只遮列，不遮行，"
    "否则整行都是 False，有的实现会得到 NaN"
)
assert make_mask([1, 2, 3], 3).shape == (3, 1, 3, 3), (
    "3 句话、每句 3 个词元时形状错了：这时 (B, T) 与 (T, T) 形状一样，别让它们直接广播"
)
short = make_mask([1, 2, 3], 3)[0, 0].int().tolist()
assert short == [[1, 0, 0]] * 3, (
    f"make_mask([1, 2, 3], 3) 的第 1 句是 {short}，应为三行 [1, 0, 0]"
)
padded = make_mask([2], 3)[0, 0].int().tolist()
assert padded == [[1, 0, 0], [1, 1, 0], [1, 1, 0]], (
    f"make_mask([2], 3) 是 {padded}：T 是补齐后的长度，不一定等于最长的一句"
)
print("全部通过")
