"""练习一：三个开关，恰好开两个才亮

补全 weights，给下面的两层网络定好权重，不用训练。要求：

- 三个开关开 0、1、2、3 个时，输出依次是 0、0、1、0
- 隐藏单元的个数自己定，两个就够
- 写完运行这个文件，看到“全部通过”就对了
"""

import numpy as np


def weights():
    """返回 W1 (3, 隐藏单元数)、b1 (隐藏单元数,)、w2 (隐藏单元数,)"""
    raise NotImplementedError


def network(x, W1, b1, w2):
    """x (B, 3) -> (B,)：线性、ReLU、加权求和，不用改"""
    return np.maximum(x @ W1 + b1, 0) @ w2


# 以下是检查，不用改
parts = weights()
assert isinstance(parts, tuple) and len(parts) == 3, (
    "weights 要返回三样东西：W1、b1、w2，用逗号隔开"
)
W1, b1, w2 = (np.asarray(value, dtype=float) for value in parts)
assert W1.ndim == 2 and W1.shape[0] == 3, (
    f"W1 的形状是 {W1.shape}，应为 (3, 隐藏单元数)：每一列是一个隐藏单元的三个权重"
)
n_hidden = W1.shape[1]
assert b1.shape == (n_hidden,), (
    f"b1 的形状是 {b1.shape}，应为 ({n_hidden},)：每个隐藏单元一个偏置"
)
assert w2.shape == (n_hidden,), (
    f"w2 的形状是 {w2.shape}，应为 ({n_hidden},)：每个隐藏单元一个输出权重"
)
assert n_hidden > 1, (
    "只有一个隐藏单元：它的输出随着开的个数只会一直升、一直降或不动，"
    "做不出“先升后降”，至少要两个"
)

reasons = {
    0: "一个都没开时不该亮：偏置是不是太大了",
    1: "只开一个时不该亮：第一个隐藏单元要等到多于一个才往上升，偏置是多少？",
    2: "开两个时该亮，输出正好是 1：它们乘上 w2 再相加，是多少？",
    3: "三个全开时不该亮：各隐藏单元乘上自己的 w2，加起来要正好抵消成 0",
}
for number in range(8):
    switches = [number >> 2 & 1, number >> 1 & 1, number & 1]
    count = sum(switches)
    answer = network(np.array([switches], dtype=float), W1, b1, w2)[0]
    hidden = np.maximum(np.array(switches) @ W1 + b1, 0)
    assert np.isclose(answer, float(count == 2)), (
        f"{switches} 开了 {count} 个，应得 {int(count == 2)}，"
        f"网络给的是 {answer:g}。{reasons[count]}。"
        f"此刻隐藏单元是 {hidden.tolist()}，w2 是 {w2.tolist()}"
    )

print("全部通过")
