"""写出 CLIP 的对称损失

一批里第 i 张图配第 i 句话。两组向量先缩放成单位长度，余弦除以温度得到 (N, N) 的表，
每行是“看图选文”，每列是“看文选图”；两个方向的交叉熵各自对 N 取平均，再平均。
温度可以很小，所以指数不能溢出：先减去最大值，或者用 logsumexp。
"""

import math

import numpy as np


def info_nce(images, texts, temperature):
    """images 与 texts 都是 (N, D) 的 NumPy 数组，返回一个 float；不许用 PyTorch"""
    raise NotImplementedError


# 以下是检查，不用改
images = np.array([[1.0, 0.0], [0.6, 0.8]])
texts = np.array([[1.0, 0.0], [0.0, 1.0]])
loss = info_nce(images, texts, 0.5)
assert np.ndim(loss) == 0, f"应返回一个数，现在的形状是 {np.shape(loss)}：忘了取平均吗？"
each = math.log(1 + 2 / math.e)  # 三对，余弦恰好是单位矩阵，温度 1：每对每个方向都是这么多
ratio = info_nce(np.eye(3), np.eye(3), 1.0) / each
for times, reason in [
    (3, "每个方向要对 N 取平均，不是求和"),
    (2, "两个方向加起来之后要除以 2"),
    (6, "每个方向要对 N 取平均，两个方向加起来之后还要除以 2"),
]:
    assert abs(ratio - times) > 1e-3, f"三对应得 {each:.3f}，实际恰好是它的 {times} 倍：{reason}"
by_row, by_column = (0.1269 + 0.5130) / 2, (0.3711 + 0.1839) / 2
assert abs(loss - by_row) > 1e-3, (
    f"得到 {loss:.3f}，这只是每行的平均（看图选文）：还要加上每列的，再除以 2"
)
assert abs(loss - by_column) > 1e-3, (
    f"得到 {loss:.3f}，这只是每列的平均（看文选图）：还要加上每行的，再除以 2"
)
assert loss > 0, f"得到 {loss:.3f}，损失应大于 0：负对数的负号写了吗？"
assert abs(loss - 0.2987) < 1e-3, (
    f"手算的两对应得 0.299，实际是 {loss:.3f}：是除以温度吗？正确的在对角线上吗？"
)

scaled = info_nce(3 * images, np.array([[7.0], [0.5]]) * texts, 0.5)
assert abs(scaled - loss) < 1e-6, (
    f"把向量拉长，损失由 {loss:.3f} 变成 {scaled:.3f}：两组向量都要先除以自己的长度"
)

same = info_nce(np.ones((8, 4)), np.ones((8, 4)), 0.07)
assert abs(same - math.log(8)) < 1e-6, (
    f"八对都一样时，等于从八个里瞎猜，应是 ln 8 = {math.log(8):.3f}，实际 {same:.3f}"
)

rng = np.random.default_rng(0)
a, b = rng.normal(size=(2, 5, 3))
forward, backward = info_nce(a, b, 0.2), info_nce(b, a, 0.2)
assert abs(forward - backward) < 1e-9, (
    f"图与文字对调，损失由 {forward:.4f} 变成 {backward:.4f}，应不变：两个方向没有对称"
)
order = [3, 1, 4, 0, 2]
shuffled = info_nce(a[order], b[order], 0.2)
assert abs(forward - shuffled) < 1e-9, (
    "把五对的次序一起打乱，损失应不变：正确答案是对角线，与排在第几无关"
)

cold = info_nce(images, texts[::-1], 0.001)
assert np.isfinite(cold), f"温度 0.001 时得到 {cold}：e 的 1000 次方溢出了，先减去最大值"
assert abs(cold - 600) < 1, (
    f"配错的两对，温度 0.001 时损失应约为 600，实际 {cold:.1f}：别为了防溢出把分数截断"
)
print("全部通过")
