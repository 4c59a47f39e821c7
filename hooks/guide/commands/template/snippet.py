"""加权平均

几个数各有一个权重：权重越大，它在平均里说话的分量越重。
不用任何库，写出加权平均，再看权重全是 0 时会怎样。

来源：《统计学》教科书里的定义
"""


# %% 写成函数
def weighted_mean(values, weights):
    """加权平均：values 与 weights 各 n 个数 -> 一个数。权重全是 0 时抛 ZeroDivisionError"""
    total = sum(w * x for x, w in zip(values, weights, strict=True))
    return total / sum(weights)


# %% 三次考试
scores = [60, 80, 100]
print("权重一样：", weighted_mean(scores, [1, 1, 1]))
print("期末占一半：", weighted_mean(scores, [1, 1, 2]))

# %% 权重全是 0 tags=["raises-exception"]
weighted_mean(scores, [0, 0, 0])
