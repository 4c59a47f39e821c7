"""自己求和。

写一个函数 `total`，返回一列数的和 $\\summ x_i$。
"""


def total(values):
    """返回 values 的和。"""
    raise NotImplementedError


assert total([1, 2]) == 3, "1 加 2 应为 3：有没有漏掉一个数？"
print("全部通过")
