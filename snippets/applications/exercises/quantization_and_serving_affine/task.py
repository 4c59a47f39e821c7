"""非对称的 int8 量化与还原

写出 `quantize` 与 `dequantize`：把浮点数变成 −128 到 127 的整数，再变回来。
区间由数据的最小值与最大值定，并且总要把 0 包含进去；一组数共用一个比例与一个零点。

例如 `quantize(np.array([-0.55, 0.0, 0.8, 2.0]))` 的比例约是 0.01、零点是 −73，
四个整数是 `[-128, -73, 7, 127]`。
"""

import numpy as np


def quantize(x):
    """返回 (q, scale, zero_point)：q 是与 x 同形状的 int8，zero_point 是整数

    x 是浮点数组；全是 0 时比例取任意正数，还原后仍要是 0
    """
    raise NotImplementedError


def dequantize(q, scale, zero_point):
    """返回还原的浮点数组，x ≈ scale · (q − zero_point)"""
    raise NotImplementedError


# 以下是检查，不用改
x = np.array([-0.55, 0.0, 0.8, 2.0])
q, scale, zero_point = quantize(x)
assert q.dtype == np.int8, f"q 的类型是 {q.dtype}，应为 int8"
assert abs(scale - 0.01) < 1e-6, (
    f"比例是 {scale:.5f}，应为 0.01：区间长 2.55，分成 255 格；256 个整数之间只有 255 格"
)
assert zero_point == -73, (
    f"零点是 {zero_point}，应为 −73：最小值 −0.55 要落在 −128，0 就在它上面 55 格"
)
assert q.tolist() == [-128, -73, 7, 127], (
    f"整数是 {q.tolist()}，应为 [-128, -73, 7, 127]：先除以比例、取整，再加零点"
)
back = dequantize(q, scale, zero_point)
assert np.abs(back - x).max() < 1e-6, (
    f"还原成 {back.round(2).tolist()}，应为 {x.tolist()}："
    "q 是 int8，直接减零点会溢出，先转成更宽的类型"
)
x = np.linspace(-1, 3, 1000)
q, scale, zero_point = quantize(x)
error = np.abs(dequantize(q, scale, zero_point) - x).max()
assert error <= scale * 0.51, (
    f"误差最大是 {error / scale:.2f} 个比例，应不超过半个：是截断还是四舍五入？"
)
for name, x in [("全是正数", np.array([3.0, 5.0, 5.1])), ("全是负数", np.array([-9.0, -2.0]))]:
    q, scale, zero_point = quantize(x)
    assert -128 <= zero_point <= 127, (
        f"{name}时零点是 {zero_point}，超出了 int8：区间要把 0 包含进去"
    )
    zero = dequantize(np.array([zero_point], dtype=np.int8), scale, zero_point)[0]
    assert zero == 0, f"{name}时零点还原成 {zero}，应恰好是 0"
    error = np.abs(dequantize(q, scale, zero_point) - x).max()
    assert error <= scale * 0.51, (
        f"{name}时误差是 {error / scale:.1f} 个比例：区间把 0 包含进去了吗，整数有没有绕回另一头？"
    )
x = np.array([-1.0, 1.0])  # 两头都恰好在半格上，取整后可能多出 1
q, scale, zero_point = quantize(x)
error = np.abs(dequantize(q, scale, zero_point) - x).max()
assert error <= scale * 1.01, (
    f"[-1, 1] 还原成 {dequantize(q, scale, zero_point).round(3).tolist()}："
    "取整再加零点可能得到 128，转 int8 之前要截断"
)
q, scale, zero_point = quantize(np.zeros(3))
assert np.isfinite(scale) and scale > 0, f"全是 0 时比例是 {scale}，应是正数：别除以 0"
assert (dequantize(q, scale, zero_point) == 0).all(), "全是 0 的数还原后应仍是 0"
x = np.full(3, 0.7)
error = np.abs(dequantize(*quantize(x)) - x).max()
assert error < 0.01, f"三个 0.7 还原后差了 {error:.2f}：常数张量的区间是 0 到 0.7，不是空的"
table = np.arange(6.0).reshape(2, 3)
assert quantize(table)[0].shape == (2, 3), "形状变了：q 应与 x 同形状"
print("全部通过")
