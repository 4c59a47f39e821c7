"""练习一：不写循环的分组统计

补全 group_stats。每个样本有一个类别编号和一个数，求每一类的个数、平均、标准差
（除以 n）。要求：

- 用 NumPy 的广播与矩阵乘法，不要一个样本一个样本地循环
- 一个样本也没有的类别，三个数都是 0，不出现 NaN，也不出现警告
- 数的类型可能是 uint8；不要改动传进来的数组
- 写完运行这个文件，看到“全部通过”就对了
"""

import warnings

import numpy as np


def group_stats(labels, values, n_groups):
    """labels (N,) 是 0 到 n_groups - 1 的类别编号，values (N,) 是数

    返回形状 (n_groups, 3) 的小数数组，三列是个数、平均、标准差
    """
    raise NotImplementedError


# 以下是检查，不用改
def stats(labels, values, n_groups):
    """调用 group_stats，把 NumPy 的报错与警告说成一句话"""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.asarray(group_stats(labels, values, n_groups))
        except ValueError as error:
            raise AssertionError(
                f"形状对不上：{error}。(n_groups,) 要写成 [:, None]，"
                "才能与 (N,) 广播成 (n_groups, N)"
            ) from error
        except RuntimeWarning as error:
            raise AssertionError(
                f"NumPy 警告了：{error}。多半是除以了 0（有一类是空的），或者整数放不下"
            ) from error
        except TypeError as error:
            raise AssertionError(
                f"类型不对：{error}。先把 values 换成小数，再做加减乘除"
            ) from error


labels = np.array([0, 0, 0, 1, 1, 1])
values = np.array([2.0, 4.0, 6.0, 2.0, 2.0, 5.0])
before, labels_before = values.copy(), labels.copy()
out = stats(labels, values, 2)
assert out.shape == (2, 3), f"形状是 {out.shape}，应为 (2, 3)：一类一行，三列"
assert np.allclose(out[:, 0], [3, 3]), f"个数是 {out[:, 0]}，应为 [3, 3]"
assert np.allclose(out[:, 1], [4, 3]), (
    f"平均是 {out[:, 1]}，应为 [4, 3]：和要除以这一类的个数，不是总数"
)
assert not np.allclose(out[:, 2], [2, np.sqrt(3)]), (
    "标准差是除以 n - 1 算的，这里要除以 n：2、4、6 应得 1.63"
)
assert np.allclose(out[:, 2], np.sqrt([8 / 3, 2])), (
    f"标准差是 {out[:, 2].round(2)}，应为 [1.63, 1.41]："
    "别的类的样本不能算进来，要先乘上 member 再求和"
)
assert np.array_equal(values, before), (
    "传进来的 values 被改了：-= 会改原来的数组，写成 values = values - …"
)
assert np.array_equal(labels, labels_before), "传进来的 labels 被改了，先抄一份再改"

out = stats(np.array([0, 1, 0]), np.array([200, 100, 250], dtype=np.uint8), 2)
assert np.allclose(out[0], [2, 225, 25]), (
    f"200 与 250 的统计是 {out[0]}，应为 [2, 225, 25]："
    "uint8 只装得下 0 到 255，算之前先换成小数"
)

out = stats(np.array([2, 2]), np.array([1.0, 3.0]), 3)
assert not np.isnan(out).any(), "空的类别出现了 NaN：0 除以 0，个数至少按 1 来除"
assert np.allclose(out, [[0, 0, 0], [0, 0, 0], [2, 2, 1]]), (
    f"第 0、1 类是空的，结果应全为 0；现在是 {out.tolist()}"
)

rng = np.random.default_rng(0)
labels, values = rng.integers(0, 5, size=300), rng.normal(1e6, 1, size=300)
out = stats(labels, values, 5)
for group in range(5):
    mine = values[labels == group]
    expected = [len(mine), float(mine.mean()), float(mine.std())]
    assert np.allclose(out[group], expected, rtol=1e-6), (
        f"数在一百万附近时，第 {group} 类是 {out[group].tolist()}，应为 {expected}："
        "先减平均再平方；用平方的平均减平均的平方，会被舍入误差吃掉"
    )



class OnePass(np.ndarray):
    """不让人一个一个取元素的数组"""

    def __iter__(self):
        raise AssertionError("在一个样本一个样本地循环：用广播比出 member，再用 @ 求和")

    def __getitem__(self, index):
        if isinstance(index, (int, np.integer)):
            iter(self)
        return super().__getitem__(index)


labels, values = np.array([0, 1, 1]), np.array([5.0, 7.0, 9.0])
out = stats(labels.view(OnePass), values.view(OnePass), 2)
assert np.allclose(out, [[1, 5, 0], [2, 8, 1]]), f"三个样本时是 {out.tolist()}"

labels, values = np.array([0, 1]), np.array([5.0, 7.0])
out = stats(labels, values, 2)
assert np.allclose(out, [[1, 5, 0], [1, 7, 0]]), (
    f"两个样本、两个类别时是 {out.tolist()}：N 与 n_groups 碰巧相等，"
    "少写 [:, None] 不报错，却减错了平均"
)

print("全部通过")
