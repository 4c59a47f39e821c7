"""求和。

演示怎样求和。
"""


# %% 计数器
class Counter:
    """数数。"""

    def add(self, value):
        """加上一个数。"""
        return value + 1


print("计数：", Counter().add(1))

# %% 求和
values = [1, 2, 3]
print("和：", sum(values))
<<<<<<< HEAD
x = 1
=======
x = 2
>>>>>>> other
