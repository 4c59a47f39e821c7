"""练习二：逻辑回归的损失与梯度

补全 loss_and_gradient 与 descend。z = X @ w + b，好评的概率是 1 / (1 + e^(-z))。
损失是平均交叉熵加 lam/2 · |w|²，偏置 b 不罚。要求：

- 梯度与有限差分一致；分数大到几千也不能溢出成 inf 或 nan
- descend 从 w = 0、b = 0 出发，走 steps 步普通的梯度下降
"""

import numpy as np


def loss_and_gradient(w, b, X, y, lam):
    """X (n, V)，y (n,) 是 0 或 1，w (V,)，b 与 lam 是数

    返回损失（一个数）、对 w 的梯度 (V,)、对 b 的梯度（一个数）
    """
    raise NotImplementedError


def descend(X, y, lam, lr, steps):
    """返回走完 steps 步之后的 w (V,) 与 b"""
    raise NotImplementedError


# 以下是检查，不用改
rng = np.random.default_rng(0)
X, w, b = rng.normal(size=(7, 3)), np.array([0.5, -1.0, 2.0]), 0.3
y = np.array([0, 1, 1, 0, 1, 0, 0])
zero, dw, db = loss_and_gradient(np.zeros(3), 0.0, X, y, 0.0)
assert np.isclose(zero, np.log(2)), (
    f"全 0 时概率都是一半，损失应为 ln 2 = 0.693，却是 {float(zero):.3f}：取平均了吗？"
)
assert np.shape(dw) == (3,), f"对 w 的梯度的形状是 {np.shape(dw)}，应为 (3,)"
assert np.isclose(db, 0.5 - y.mean()), (
    f"全 0 时对 b 的梯度是 {float(db):.3f}，应为 0.5 − {y.mean():.3f}："
    "它是“概率减去答案”的平均，注意正负"
)
for lam in [0.0, 0.7]:
    loss, dw, db = loss_and_gradient(w, b, X, y, lam)
    for j in range(3):
        e = np.eye(3)[j] * 1e-6
        up, *_ = loss_and_gradient(w + e, b, X, y, lam)
        down, *_ = loss_and_gradient(w - e, b, X, y, lam)
        slope = (up - down) / 2e-6
        assert np.isclose(dw[j], slope, atol=1e-6), (
            f"lam 为 {lam} 时，w 的第 {j + 1} 个梯度是 {dw[j]:.4f}，量出来是 {slope:.4f}："
            + ("惩罚 lam/2·|w|² 的导数是 lam·w" if lam else "应为 X.T @ (概率 − 答案) / n")
        )
    up, *_ = loss_and_gradient(w, b + 1e-6, X, y, lam)
    down, *_ = loss_and_gradient(w, b - 1e-6, X, y, lam)
    slope = (up - down) / 2e-6
    assert np.isclose(db, slope, atol=1e-6), (
        f"lam 为 {lam} 时，b 的梯度是 {float(db):.4f}，量出来是 {float(slope):.4f}"
    )
plain, *_ = loss_and_gradient(w, b, X, y, 0.0)
heavy, *_ = loss_and_gradient(w, b, X, y, 0.7)
assert np.isclose(heavy - plain, 0.35 * w @ w), (
    f"惩罚让损失多了 {float(heavy - plain):.3f}，应为 0.7/2·|w|² = {0.35 * w @ w:.3f}："
    "偏置不罚，除以 2 别忘了"
)
with np.errstate(all="ignore"):
    loss, dw, db = loss_and_gradient(1000 * w, b, X, y, 0.0)
assert np.isfinite(loss) and np.isfinite(dw).all() and np.isfinite(db), (
    "分数到几千时出现了 inf 或 nan：用 np.logaddexp(0, z) − y·z，不要对概率取 log"
)
z = X @ (1000 * w)
assert np.isclose(loss, np.mean(np.maximum(z, 0) - y * z)), (
    f"分数到几千时损失是 {float(loss):.1f}，应为 {np.mean(np.maximum(z, 0) - y * z):.1f}："
    "把概率截到 0 与 1 之内，错得离谱的评论就罚得太轻"
)
w_end, b_end = descend(X, y, 0.1, 0.5, 1)
_, dw, db = loss_and_gradient(np.zeros(3), 0.0, X, y, 0.1)
assert np.allclose(w_end, -0.5 * dw) and np.isclose(b_end, -0.5 * db), (
    "走一步应为 −学习率·梯度：方向反了，或者 w 与 b 没有同时走"
)
w_end, b_end = descend(X, y, 0.1, 0.5, 500)
_, dw, db = loss_and_gradient(w_end, b_end, X, y, 0.1)
assert np.abs(dw).max() < 1e-6 and abs(db) < 1e-6, (
    "五百步之后梯度应接近 0：每一步都要用新的 w 与 b 重新求梯度"
)

print("全部通过")
