"""练习一：用 NumPy 写出软查找

补全 softmax 与 attention 两个函数。要求：

- softmax 沿最后一个轴，分数大到 1000 也不溢出
- attention 返回（输出，权重），前面有几个批的轴都能用，查询与键的个数可以不同
- 不用循环；写完运行这个文件，看到“全部通过”就对了
"""

import numpy as np


def softmax(scores):
    """把最后一个轴变成和为 1 的正数，形状不变"""
    raise NotImplementedError


def attention(q, k, v):
    """缩放点积注意力

    q (..., T_q, d_k)，k (..., T_k, d_k)，v (..., T_k, d_v)
    返回输出 (..., T_q, d_v) 与权重 (..., T_q, T_k)
    """
    raise NotImplementedError


# 以下是检查，不用改
def attend(q, k, v):
    """调用 attention，形状对不上时说成一句话"""
    try:
        return attention(q, k, v)
    except (ValueError, IndexError) as error:
        shapes = f"q {q.shape}、k {k.shape}、v {v.shape}"
        raise AssertionError(
            f"{shapes} 时矩阵乘不起来：要让 k 的最后两个轴对换，别的轴不动（{error}）"
        ) from error


rng = np.random.default_rng(0)

got = softmax(np.array([2.0, 0.0, 1.0]))
assert np.allclose(got, [0.665, 0.090, 0.245], atol=1e-3), (
    f"softmax([2, 0, 1]) 得到 {got.round(3)}，应为 [0.665 0.09 0.245]："
    "取指数，再除以总和"
)
table = rng.normal(size=(2, 3, 4))
try:
    rows = softmax(table)
except ValueError as error:
    raise AssertionError(
        f"softmax 在 {table.shape} 的表上形状对不上："
        f"求最大值与求和都要写 axis=-1 和 keepdims=True（{error}）"
    ) from error
assert rows.shape == table.shape, "softmax 不该改变形状"
sums = rows.sum(axis=-1)
assert np.allclose(sums, 1), (
    f"每一行的和应为 1，第一行却是 {sums.flat[0]:.2f}："
    "要沿最后一个轴（axis=-1）求和，并用 keepdims=True 保住它"
)
with np.errstate(all="ignore"):
    big = softmax(np.array([1000.0, 998.0, 999.0]))
assert np.allclose(big, [0.665, 0.090, 0.245], atol=1e-3), (
    f"softmax([1000, 998, 999]) 得到 {big}：exp(1000) 溢出了，先减去这一行的最大值"
)
with np.errstate(all="ignore"):
    big = softmax(np.array([[1000.0, 999.0], [0.0, 1.0]]))
assert np.allclose(big, [[0.731, 0.269], [0.269, 0.731]], atol=1e-3), (
    f"softmax([[1000, 999], [0, 1]]) 的第二行是 {big[1]}，应为 [0.269 0.731]："
    "每一行减自己的最大值，不是减整张表的最大值"
)

keys = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 1]])
values = np.array([[10, 0], [0, 0], [0, 10]])
out, weights = attend(np.array([[2, 0, 2, 0]]), keys, values)
assert weights.shape == (1, 3), (
    f"权重的形状是 {weights.shape}，应为 (1, 3)：一个查询，三个键；"
    "返回次序是（输出，权重）"
)
assert np.allclose(weights, [[0.665, 0.090, 0.245]], atol=1e-3), (
    f"“它饱了”的权重是 {weights.round(3)}，应为 [[0.665 0.09 0.245]]："
    "分数除以 √d_k 了吗？这里 d_k 是 4，要除以 2"
)
assert np.allclose(out, [[6.652, 2.447]], atol=1e-3), (
    f"输出是 {out.round(2)}，应为 [[6.65 2.45]]：输出是权重乘值，不是乘键"
)

q, k, v = (rng.normal(size=s) for s in [(2, 3, 16), (2, 5, 16), (2, 5, 6)])
out, weights = attend(q, k, v)
assert out.shape == (2, 3, 6), (
    f"输出的形状是 {out.shape}，应为 (2, 3, 6)，即 (B, T_q, d_v)"
)
assert np.allclose(weights.sum(axis=-1), 1), (
    "有批的轴时，每个查询的权重和不是 1：softmax 沿错了轴"
)
for b in range(2):
    for i in range(3):
        scores = np.array([q[b, i] @ k[b, j] / 4 for j in range(5)])  # √16 是 4
        expected = np.exp(scores) / np.exp(scores).sum()
        assert np.allclose(weights[b, i], expected), (
            f"第 {b + 1} 句第 {i + 1} 个查询的权重不对：应为 {expected.round(2)}，"
            f"你的是 {weights[b, i].round(2)}"
        )
        assert np.allclose(out[b, i], expected @ v[b]), (
            "权重对了，加权平均却不对：应为 weights @ v"
        )

# 前面再多一个轴，例如几个头：四维时也是最后两个轴相乘
q, k, v = (rng.normal(size=(2, 2, *s)) for s in [(3, 4), (5, 4), (5, 6)])
out, weights = attend(q, k, v)
assert out.shape == (2, 2, 3, 6) and weights.shape == (2, 2, 3, 5), (
    f"q 是 (2, 2, 3, 4) 时，输出是 {out.shape}，权重是 {weights.shape}，"
    "应为 (2, 2, 3, 6) 与 (2, 2, 3, 5)：轴要从后面数，写 -1 与 -2，别写死 1 与 2"
)
for i, j in np.ndindex(2, 2):
    one, row = attend(q[i, j], k[i, j], v[i, j])
    assert np.allclose(weights[i, j], row) and np.allclose(out[i, j], one), (
        f"四维时，第 [{i}, {j}] 块与单独算它的结果不同："
        "softmax 要沿最后一个轴（axis=-1），k 只对换最后两个轴"
    )

print("全部通过")
