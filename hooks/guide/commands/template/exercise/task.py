"""带折扣的平均

越早的数越不重要：最后一个数的权重是 1，往前每一个乘一次 decay。
写出这样的加权平均。values 至少有一个数，decay 在 0 与 1 之间（含 1）。
"""


def discounted_mean(values, decay):
    """n 个数与折扣 -> 一个数"""
    raise NotImplementedError


# 以下是检查，不用改
result = discounted_mean([5.0], 0.5)
assert abs(result - 5.0) < 1e-9, f"只有一个数，平均就是它自己 5.0，实际是 {result}"
result = discounted_mean([4.0, 4.0], 0.5)
assert abs(result - 4.0) < 1e-9, f"两个数一样，平均还是 4.0，实际是 {result}：除以权重之和了吗？"
result = discounted_mean([8.0, 0.0, 0.0], 0.5)
assert abs(result - 8 / 7) < 1e-9, f"最早的数权重应是 0.25，结果 2 ÷ 1.75 ≈ 1.143，实际是 {result}：方向反了吗？"
result = discounted_mean([1.0, 2.0, 6.0], 1.0)
assert abs(result - 3.0) < 1e-9, f"decay 是 1 就是普通的平均 3.0，实际是 {result}"
print("全部通过")
