"""写旋转位置编码：`rotate`

第 i 维（i 从 0 数起）与第 i + d/2 维配成一对，看成平面上的点 (x_i, x_{i+d/2})。
位置 t 的这一对逆时针转 t · 10000^(-2i/d) 弧度：(a, b) 变成
(a cos − b sin, a sin + b cos)。`start` 是第一个位置的编号，接着写新字时用得到。
"""

import math

import torch


def rotate(x, start=0):
    """X (B, H, T, d) -> 同样形状；第 T 那一维依次是位置 start、start + 1、……

    d 是偶数；不许改动传进来的 x
    """
    raise NotImplementedError


# 以下是检查，不用改
def near(a, b):
    """两个张量逐个相差不到十万分之一。"""
    return a.shape == b.shape and bool(((a - b).abs() < 1e-5).all())


torch.manual_seed(0)
x = torch.tensor([[[[1.0, 0.0]] * 3]])  # (1, 1, 3, 2)
kept = x.clone()
out = rotate(x)
assert out is not None, "rotate 没有返回值：是不是忘了 return"
assert torch.equal(x, kept), "传进来的 x 被改动了：算出新的，不要往 x 里写"
assert out.shape == x.shape, f"形状应不变，是 {list(x.shape)}，得到 {list(out.shape)}"
assert near(out[0, 0, 0], x[0, 0, 0]), (
    f"位置 0 转 0 弧度，(1, 0) 应不变，得到 {out[0, 0, 0].numpy().round(3)}：位置从 0 数起"
)
there = out[0, 0, 1].numpy().round(3)
assert near(out[0, 0, 1], torch.tensor([math.cos(1), math.sin(1)])), (
    f"位置 1 转 1 弧度，(1, 0) 应到 [0.54  0.841]，得到 {there}："
    "第二个数是负的，就是转反了；是 0.455，就是用改过的第一个数去算了第二个；"
    "还是 (1, 0)，就是没有沿着 T 那一维数位置"
)
back = rotate(torch.tensor([[[[0.0, 1.0]] * 2]]))[0, 0, 1]
assert near(back, torch.tensor([-math.sin(1), math.cos(1)])), (
    f"(0, 1) 转 1 弧度应到 [-0.841  0.54]，得到 {back.numpy().round(3)}："
    "两个数各有一个正弦项，第一个前面是负号"
)
many = torch.tensor([1.0, 0.0]).expand(2, 3, 3, 2).clone()  # 两批、三个头、三个位置
assert near(rotate(many), out.expand(2, 3, 3, 2)), (
    "每一批、每个头里都放同样的三个位置，转出来却不一样：位置只沿着 T 那一维数，与批、头无关"
)
four = torch.eye(4).reshape(4, 1, 1, 4)  # 四支单位向量，都放在位置 1
out = rotate(four, start=1)[:, 0, 0]
assert not near(out, torch.eye(4)), (
    "start=1 时第一个位置就是 1，应当转动，结果却没有变：位置从 start 数起"
)
with_0 = [i for i in (1, 2, 3) if abs(out[0, i]) > 1e-3]
assert with_0 == [2], (
    f"d = 4 时，只有第 0 维是 1 的向量，转过之后第 {with_0} 维也不是 0，应是第 [2] 维："
    "第 i 维配第 i + d/2 维，不配隔壁那一维"
)
assert near(out.norm(dim=-1), torch.ones(4)), (
    f"四支长度是 1 的向量，转过之后长度是 {out.norm(dim=-1).numpy().round(3)}："
    "同一对的两维要用同一个角度，角度表的排法与配对的办法要一致"
)
first = math.atan2(out[0, 2], out[0, 0])
assert abs(first - 1) < 1e-4, f"第 0 对每步转 1 弧度，得到 {first:.4f}：10000 的 0 次方是 1"
second = math.atan2(out[1, 3], out[1, 1])
assert abs(second - 0.01) < 1e-4, (
    f"d = 4 的第 1 对每步转 10000^(-2/4) = 0.01 弧度，得到 {second:.4f}："
    "指数是 −2i/d，d 是整个向量的维数；两对快慢不同"
)
x = torch.randn(2, 3, 7, 16)
out = rotate(x)
assert near(out.norm(dim=-1), x.norm(dim=-1)), (
    "转过之后向量的长度变了：同一对的两维要用同一个角度，并且用旋转之前的两个数来算"
)
assert near(rotate(x[:, :, 4:], start=4), out[:, :, 4:]), (
    "先转前 4 个、再从 start=4 接着转，应与一次转完相同：位置从 start 数起"
)
q, k = torch.randn(2, 1, 1, 1, 16)
scores = [(rotate(q, i) * rotate(k, j)).sum().item() for i, j in [(5, 3), (45, 43)]]
assert abs(scores[0] - scores[1]) < 1e-4, (
    f"都相距 2，点积却是 {scores[0]:.3f} 与 {scores[1]:.3f}：查询与键转的办法要相同，角度与位置成正比"
)
print("全部通过")
