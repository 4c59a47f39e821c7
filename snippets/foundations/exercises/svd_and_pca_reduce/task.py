"""练习二：写一个能用在新数据上的 PCA

补全 fit、transform、restore 三个函数。要求：

- fit 只看训练数据，记住平均值与方向；新数据用训练数据的平均值
- 用 np.linalg.svd，不调用 scikit-learn；正负号不限
- 写完运行这个文件，看到“全部通过”就对了
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA


def fit(data, k):
    """从训练数据 (样本, 特征) 学出 PCA

    返回平均值 (特征,)、主方向 (k, 特征)、各方向的方差占总方差的比例 (k,)
    """
    raise NotImplementedError


def transform(data, mean, directions):
    """把 (样本, 特征) 换成主方向上的坐标 (样本, k)"""
    raise NotImplementedError


def restore(coordinates, mean, directions):
    """由坐标 (样本, k) 拼回 (样本, 特征)"""
    raise NotImplementedError


# 以下是检查，不用改
scores = np.array([[1.0, 2.0], [2.0, 1.0], [4.0, 5.0], [5.0, 4.0]])
kept = scores.copy()
mean, directions, share = fit(scores, 2)
assert np.array_equal(scores, kept), (
    "传进来的数据被改了：写 data - mean 得到新的一份，不要用 -="
)
assert np.shape(mean) == (2,), (
    f"平均值的形状是 {np.shape(mean)}，应为 (2,)：每一列各求各的，axis=0"
)
assert np.allclose(mean, [3, 3]), f"平均值是 {np.round(mean, 2)}，应为 [3, 3]"
assert directions.shape == (2, 2), (
    f"主方向的形状是 {directions.shape}，应为 (2, 2)："
    "取 Vt 的前 k 行，每行有“特征”那么多个数；U 的列是样本那一边的方向"
)
assert not np.allclose(share, np.array([np.sqrt(18), np.sqrt(2)]) / np.sqrt(32)), (
    "比例是 0.75 与 0.25：用了奇异值本身，方差要用它的平方"
)
assert np.isclose(np.sum(share), 1), (
    f"全部方向的比例是 {np.round(share, 3)}，加起来应为 1："
    "奇异值平方之后，还要除以全部奇异值的平方和"
)
assert np.allclose(share, [0.9, 0.1]), (
    f"比例是 {np.round(share, 3)}，应为 [0.9, 0.1]："
    "减去平均值再做 SVD，比例用奇异值的平方"
)

table = load_digits().data
train, new = table[:1000], table[1000:]
mean, directions, share = fit(train, 10)
theirs = PCA(10).fit(train)
assert directions.shape == (10, 64), (
    f"主方向的形状是 {directions.shape}，应为 (10, 64)：取 Vt 的前 10 行"
)
assert np.shape(share) == (10,), (
    f"比例有 {np.size(share)} 个，应为 10 个：先除以总和，再取前 k 个"
)
match = np.abs((directions * theirs.components_).sum(axis=1))
assert np.allclose(match, 1, atol=1e-4), (
    f"第一个方向与 scikit-learn 的点积是 {match[0]:.2f}，应为 1 或 −1："
    "取 Vt 的前 10 行，一行就是一个方向"
)
assert not np.isclose(share.sum(), 1), (
    "10 个方向的比例加起来是 1：分母要用全部奇异值的平方和，不是留下的那 10 个"
)
assert np.allclose(share, theirs.explained_variance_ratio_, atol=1e-4), (
    f"比例加起来是 {share.sum():.3f}，应为 {theirs.explained_variance_ratio_.sum():.3f}"
)

coordinates = transform(new, mean, directions)
assert coordinates.shape == (797, 10), (
    f"坐标的形状是 {coordinates.shape}，应为 (797, 10)：(797, 64) 乘 (64, 10)"
)
one = transform(new[:1], mean, directions)
assert np.allclose(one, coordinates[:1]), (
    "同一张图，单独算与一起算坐标不同：新数据要减训练数据的平均值，不是它自己的"
)
assert np.allclose(np.abs(coordinates), np.abs(theirs.transform(new)), atol=1e-3), (
    "新数据的坐标与 scikit-learn 的不同：先减去 mean，再乘 directions.T"
)
back = restore(coordinates, mean, directions)
assert back.shape == new.shape, f"拼回来的形状是 {back.shape}，应为 {new.shape}"
assert np.allclose(back, theirs.inverse_transform(theirs.transform(new)), atol=1e-3), (
    "拼回来的与 scikit-learn 的不同：坐标乘方向之后，要把平均值加回去"
)

print("全部通过")
