"""练习二：换一个激活函数，再写一遍反向传播

网络与课上的一样，只改两处。激活函数换成 tanh（双曲正切，NumPy 里是 np.tanh），它把
任何数压到 −1 与 1 之间，导数是 1 − tanh²。损失里多了权重衰减。补全 backward：

- 返回与 params 同名、同形状的四个梯度，不改动 params
- 交叉熵对样本取平均；权重衰减是 decay/2 乘 W1、W2 的平方和，偏置不衰减
- 写完运行这个文件，看到“全部通过”就对了
"""

import numpy as np


def softmax(scores):
    """沿最后一个轴把分数变成概率，形状不变"""
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def forward(params, x):
    """x (B, n_in) -> 隐藏层 h (B, n_hidden)，概率 p (B, n_out)"""
    h = np.tanh(x @ params["W1"] + params["b1"])
    return h, softmax(h @ params["W2"] + params["b2"])


def loss(params, x, y, decay):
    """平均交叉熵，加上 decay/2 乘权重的平方和；y (B,) 是类别编号"""
    _, p = forward(params, x)
    squares = (params["W1"] ** 2).sum() + (params["W2"] ** 2).sum()
    return -np.log(p[np.arange(len(y)), y]).mean() + decay / 2 * squares


def backward(params, x, y, decay):
    """返回 {"W1": …, "b1": …, "W2": …, "b2": …}，各与 params 里的同形状

    h 已经是 tanh 之后的值
    """
    raise NotImplementedError


# 以下是检查，不用改
def nudge(params, x, y, decay, name, eps=1e-5):
    """数值差商：当裁判用，只看损失"""
    grad = np.zeros_like(params[name])
    for i in np.ndindex(grad.shape):
        ends = []
        for sign in (1, -1):
            moved = {key: value.copy() for key, value in params.items()}
            moved[name][i] += sign * eps
            ends.append(loss(moved, x, y, decay))
        grad[i] = (ends[0] - ends[1]) / (2 * eps)
    return grad


rng = np.random.default_rng(0)
sizes = {"W1": (3, 5), "b1": (5,), "W2": (5, 4), "b2": (4,)}
params = {name: rng.normal(size=size) for name, size in sizes.items()}
x, y = rng.normal(size=(6, 3)), np.array([0, 3, 1, 1, 2, 0])
before = {name: value.copy() for name, value in params.items()}
x_before = x.copy()

try:
    mine = backward(params, x, y, 0.0)
except ValueError as error:
    raise AssertionError(
        f"矩阵乘不起来：写下每个矩阵的形状，梯度应与参数同形（{error}）"
    ) from error

assert isinstance(mine, dict), "backward 要返回一个字典：return 写了吗？"


def check_untouched():
    """backward 只算梯度，不改动传进来的数组"""
    for name, value in before.items():
        assert np.array_equal(params[name], value) and np.array_equal(x, x_before), (
            f"backward 改动了传进来的 {name} 或 x：只算梯度，更新是优化器的事；"
            "要改数组先 copy()"
        )


check_untouched()
more = set(mine) - set(sizes)
assert not more, f"返回的字典里多了 {'、'.join(sorted(more))}：只要 W1、b1、W2、b2 四个"
for name, size in sizes.items():
    assert name in mine, f"返回的字典里没有 {name}"
    got = np.shape(mine[name])
    assert got == size, (
        f"{name} 的梯度形状是 {got}，应为 {size}："
        + ("偏置加给了每个样本，要沿批的轴相加" if "b" in name else "转置写对了吗？")
    )

right = {name: nudge(params, x, y, 0.0, name) for name in sizes}
wrong = [name for name in sizes if not np.allclose(mine[name], right[name], atol=1e-6)]
if wrong:
    b2, reference = mine["b2"], right["b2"]
    assert not np.allclose(b2, reference * 6, atol=1e-5), (
        "梯度正好大了 6 倍，6 是样本数：损失取了平均，梯度也要除以 len(y)"
    )
    assert not np.allclose(b2 * 6, reference, atol=1e-5), (
        "b2 的梯度小了 6 倍，6 是样本数：d_logits 已经除过 len(y)，"
        "偏置的梯度沿批的轴相加就好，不再取平均"
    )
    assert "b2" not in wrong, (
        f"b2 的梯度不对，第一个是 {b2[0]:.3f}，应为 {reference[0]:.3f}："
        "softmax 加交叉熵的梯度是“概率减去答案”，再除以样本数"
    )
    assert "W2" not in wrong, "b2 对、W2 不对：W2 的梯度是 h 的转置乘 d_logits"
    raise AssertionError(
        f"{'、'.join(wrong)} 不对而输出层是对的：查两处，"
        "d_h 要乘 W2 的转置；过 tanh 要乘 1 − h²（h 已经是 tanh 之后的值）"
    )

decayed = backward(params, x, y, 0.1)
check_untouched()
for name in sizes:
    right = nudge(params, x, y, 0.1, name)
    if np.allclose(decayed[name], right, atol=1e-6):
        continue
    extra = (decayed[name] - mine[name]).ravel()[0]
    assert "b" not in name, f"{name} 是偏置，不衰减，它的梯度不该随 decay 变"
    raise AssertionError(
        f"decay 是 0.1 时，{name} 的第一个梯度多了 {extra:.3f}，"
        f"应多 {0.1 * params[name].ravel()[0]:.3f}：decay/2 乘 W² 的导数是 decay 乘 W"
    )

net = {name: value * 0.5 for name, value in params.items()}
first = loss(net, x, y, 0.01)
for _ in range(300):
    for name, g in backward(net, x, y, 0.01).items():
        net[name] -= 0.5 * g
last = loss(net, x, y, 0.01)
assert last < first / 3, f"走了 300 步，损失从 {first:.2f} 只降到 {last:.2f}"
print(f"300 步之后，损失从 {first:.2f} 降到 {last:.2f}")
print("全部通过")
