"""练习一：用幂迭代找前 k 个特征方向

补全 top_eigen。要求：

- 只用矩阵乘法，不调用 np.linalg 里的 eig、eigh、svd
- 按特征值的绝对值从大到小返回；特征值可以是负数，正负要对
- 几千步也不溢出；不修改传进来的矩阵
- 写完运行这个文件，看到“全部通过”就对了
"""

from unittest import mock

import numpy as np


def top_eigen(M, k, steps=3000):
    """对称矩阵 M 的前 k 个特征值与特征向量

    M (n, n)，返回特征值 (k,) 与特征向量 (k, n)，每行一个，长度为 1
    """
    raise NotImplementedError


# 以下是检查，不用改
def forbidden(*_, **__):
    """替下 np.linalg 里现成的函数"""
    raise AssertionError("这一题不用 np.linalg 里的 eig、eigh、svd：自己反复相乘")


ready_made = dict.fromkeys(["eig", "eigh", "eigvals", "eigvalsh", "svd"], forbidden)
with np.errstate(all="ignore"), mock.patch.multiple(np.linalg, **ready_made):
    values, vectors = top_eigen(np.array([[2.0, 1.0], [1.0, 2.0]]), 1)
assert np.isfinite(values).all() and np.isfinite(vectors).all(), (
    "得到了 inf 或 nan："
    "每乘一次长度变成 3 倍，几千次就装不下了，每一步都要除以长度，缩回 1"
)
assert np.shape(values) == (1,) and np.shape(vectors) == (1, 2), (
    f"形状是 {np.shape(values)} 与 {np.shape(vectors)}，应为 (1,) 与 (1, 2)："
    "每行一个特征向量"
)
assert np.isclose(np.linalg.norm(vectors[0]), 1), (
    f"特征向量的长度是 {np.linalg.norm(vectors[0]):.2f}，应为 1"
)
assert np.allclose(values, 3), f"最大的特征值是 {values[0]:.2f}，应为 3：用 v @ M @ v"
assert np.isclose(abs(vectors[0].sum()), np.sqrt(2)), (
    f"方向是 {vectors[0].round(2)}，应为 (0.71, 0.71) 或它的反方向"
)

values, _ = top_eigen(np.array([[-2.0, -1.0], [-1.0, -2.0]]), 1)
assert np.allclose(values, -3), (
    f"特征值是 {values[0]:.2f}，应为 −3：长度变成几倍看不出正负，要用 v @ M @ v"
)

rng = np.random.default_rng(0)
Q, _ = np.linalg.qr(rng.normal(size=(5, 5)))  # 五个互相垂直的方向，一列一个
truth = np.array([5.0, -3.0, 2.0, -1.0, 0.5])
M = Q * truth @ Q.T
kept = M.copy()
with np.errstate(all="ignore"):
    values, vectors = top_eigen(M, 4)
assert np.array_equal(M, kept), "传进来的矩阵被改了：减的时候另存一份，不要用 -="
overlap = np.abs(vectors @ vectors.T - np.eye(4)).max()
assert overlap < 1e-4, (
    f"找到的方向不互相垂直（点积差到 {overlap:.2f}）：找完一个，"
    "要从矩阵里减掉 λ v vᵀ，再找下一个；v vᵀ 是 (n, n) 的表，用 np.outer"
)
assert np.allclose(np.abs(values), [5, 3, 2, 1], atol=1e-4), (
    f"特征值是 {np.round(values, 2)}，绝对值应为 5、3、2、1"
)
assert np.allclose(values, truth[:4], atol=1e-4), (
    f"特征值是 {np.round(values, 2)}，应为 5、−3、2、−1："
    "长度变成几倍看不出正负，要用 v @ M @ v"
)
assert np.allclose(vectors @ M, values[:, None] * vectors, atol=1e-4), (
    "M v 不等于 λ v：特征值与特征向量没有配成对"
)

print("全部通过")
