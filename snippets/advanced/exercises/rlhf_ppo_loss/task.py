"""PPO 更新一步要算的损失

`taken_log_probs`：`logits[t]` 是看过第 0 到第 t 个词元之后，给下一个词元的分数，每行是一个列表；
`ids` 是整条的编号，前 start 个是提示。返回写下 ids[start]、ids[start + 1]…… 各自的对数概率。

`ppo_loss`：各列表是每个词元的数，`mask` 为 0 处是补齐的。比值 ρ = π / π_旧，目标是
min(ρA, clip(ρ, 1 − eps, 1 + eps) A) 的平均，价值的误差是 (value − return)² 的平均，
平均只在 mask 为 1 处取。损失是“0.5 × 价值的误差 − 目标”。
"""

import math


def taken_log_probs(logits, ids, start):
    """返回长 len(ids) − start 的列表"""
    raise NotImplementedError


def ppo_loss(log_new, log_old, advantages, values, returns, mask, eps=0.2):
    """六个一样长的列表，返回一个数"""
    raise NotImplementedError


# 以下是检查，不用改
def close(a, b):
    return len(a) == len(b) and all(abs(x - y) < 1e-9 for x, y in zip(a, b))


def shown(xs):
    return [round(x, 3) for x in xs]


# 词表只有 3 个词元；每行分数取 ln，softmax 之后的概率就是括号里的数
logits = [[math.log(c) for c in row] for row in ([2, 1, 1], [1, 8, 1], [1, 1, 2], [6, 3, 1])]
ids = [0, 1, 2, 0]
got = taken_log_probs(logits, ids, 2)
want = [math.log(0.1), math.log(0.25)]
assert len(got) == 2, f"提示有 2 个词元，后面写了 2 个，应返回 2 个数，实际是 {len(got)} 个：提示不算"
assert close(got, want), (
    f"应是 ln 0.1 与 ln 0.25，即 {shown(want)}，实际是 {shown(got)}："
    "第 t 个词元的概率在 logits[t − 1] 里，要错开一位；先减去 ln Σe^分数，才是对数概率"
)
got = taken_log_probs([[row[0] + 5, row[1] + 5, row[2] + 5] for row in logits], ids, 2)
assert close(got, want), f"每个分数同加 5，概率不变，应还是 {shown(want)}，实际是 {shown(got)}：少了归一化"
got = taken_log_probs(logits, ids, 1)
want = [math.log(0.25), math.log(0.1), math.log(0.25)]
assert close(got, want), f"提示只有 1 个词元时，应是 {shown(want)}，实际是 {shown(got)}：start 没有用对"
try:
    got = taken_log_probs([[2000.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [0, 0], 1)
except (OverflowError, ValueError) as error:
    raise AssertionError("分数大到 2000 时溢出了：先减去这一行最大的分数，再取指数") from error
assert close(got, [0.0]), f"分数高出 2000，概率就是 1，对数概率应是 0，实际是 {got}"

zero, one = [0.0, 0.0], [1, 1]
half = math.log(1.5), math.log(0.5)
got = ppo_loss([-1.0, -2.0], [-1.0, -2.0], [1.0, 3.0], zero, zero, one)
assert abs(got + 2) < 1e-9, (
    f"新旧一样时 ρ 是 1，目标就是优势的平均 2；优化器往小处走，损失应是 −2，实际是 {got:.3f}"
)
got = ppo_loss([-1.0 + math.log(1.1), -2.0], [-1.0, -2.0], [1.0, 0.0], zero, zero, one)
assert abs(got + 0.55) < 1e-9, (
    f"第一个词元的概率变成 1.1 倍，还没到 1.2：目标平均 0.55，损失应是 −0.55，实际是 {got:.3f}：ρ = e^(新 − 旧)"
)
got = ppo_loss([-1.0 + half[0], -2.0], [-1.0, -2.0], [1.0, 0.0], zero, zero, one)
assert abs(got + 0.6) < 1e-9, f"好的到了 1.5 倍，裁到 1.2，损失应是 −0.6，实际是 {got:.3f}"
got = ppo_loss([-1.0 + half[0], -2.0], [-1.0, -2.0], [-1.0, 0.0], zero, zero, one)
assert abs(got - 0.75) < 1e-9, (
    f"坏的到了 1.5 倍，不裁（要压回去），损失应是 0.75，实际是 {got:.3f}：取两者的较小者"
)
got = ppo_loss([-1.0 + half[1], -2.0], [-1.0, -2.0], [-1.0, 0.0], zero, zero, one)
assert abs(got - 0.4) < 1e-9, f"坏的减到一半，裁到 0.8，损失应是 0.4，实际是 {got:.3f}"
got = ppo_loss([-1.0 + half[1], -2.0], [-1.0, -2.0], [1.0, 0.0], zero, zero, one)
assert abs(got + 0.25) < 1e-9, (
    f"好的减到一半，不裁（要加回来），损失应是 −0.25，实际是 {got:.3f}：取两者的较小者"
)
got = ppo_loss([-1.0 + half[0], -2.0], [-1.0, -2.0], [3.0, 0.0], zero, zero, one)
assert abs(got + 1.8) < 1e-9, f"优势是 3 时，裁的是 ρ，不是 ρA：损失应是 −1.8，实际是 {got:.3f}"
got = ppo_loss([-1.0, -2.0], [-1.0, -2.0], zero, [0.5, 1.0], [1.5, -1.0], one)
assert abs(got - 1.25) < 1e-9, (
    f"预期错了 1 与 2，平方的平均 2.5，乘 0.5，损失应是 1.25，实际是 {got:.3f}"
)
got = ppo_loss([-1.0, 0.0], [-1.0, 0.0], [2.0, 7.0], [0.0, 9.0], [1.0, 0.0], [1, 0])
assert abs(got + 1.5) < 1e-9, (
    f"第二格是补齐的，只看第一格：0.5 × 1 − 2 = −1.5，实际是 {got:.3f}：平均只在 mask 为 1 处取，除以真词元的个数"
)
print("全部通过")
