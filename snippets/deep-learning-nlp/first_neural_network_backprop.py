"""亲手反向传播：从一张能手算的计算图，到与 autograd 相等的两层网络

先用七个参数的小网络把链式法则走一遍，每个数都能用笔核对；再写成矩阵，
与 PyTorch 的自动微分、与数值差商各比一次；用它学会 XOR，最后把同一个网络交给 nn.Module
与优化器，看两边走的是不是同一条路

来源：Rumelhart, Hinton & Williams 1986《Learning representations by back-propagating
errors》；Kingma & Ba 2014《Adam》算法 1
"""

# %% 往前算一遍
x, t = 2.0, 4.0  # 输入与目标
w1, b1 = 1.0, -1.0  # 第一个隐藏单元
w2, b2 = -1.0, 1.0  # 第二个隐藏单元
v1, v2, c = 3.0, 2.0, 0.0  # 输出

z1, z2 = w1 * x + b1, w2 * x + b2
h1, h2 = max(z1, 0.0), max(z2, 0.0)  # ReLU
out = v1 * h1 + v2 * h2 + c
e = out - t
loss = e**2
print(f"z1 {z1:g}，z2 {z2:g}")
print(f"h1 {h1:g}，h2 {h2:g}")
print(f"输出 {out:g}，误差 {e:g}，损失 {loss:g}")

# %% 往回算一遍
d_out = 2 * e  # L 对 e 是 2e，e 对 out 是 1
d_v1, d_v2, d_c = d_out * h1, d_out * h2, d_out
d_h1, d_h2 = d_out * v1, d_out * v2
d_z1 = d_h1 if z1 > 0 else 0.0  # ReLU 开着，原样通过
d_z2 = d_h2 if z2 > 0 else 0.0  # ReLU 关着，到此为止
d_w1, d_b1 = d_z1 * x, d_z1
d_w2, d_b2 = d_z2 * x, d_z2
d_x = d_z1 * w1 + d_z2 * w2  # 两条路都通到 x，加起来
print(f"d_v1 {d_v1:g}，d_v2 {d_v2 + 0:g}，d_c {d_c:g}")  # 加 0，免得印成 -0
print(f"d_w1 {d_w1:g}，d_b1 {d_b1:g}")
print(f"d_w2 {d_w2:g}，d_b2 {d_b2:g}")
print(f"d_x {d_x:g}")

# %% 计算图
import matplotlib.pyplot as plt

BLUE, ORANGE = "#2f5fb3", "#d1603d"
# 名字: (横, 纵, 前向的值, 往回的梯度)
nodes = {
    "x": (2, 4, x, d_x),
    "z1": (0.6, 3, z1, d_z1),
    "z2": (3.4, 3, z2, d_z2),
    "h1": (0.6, 2, h1, d_h1),
    "h2": (3.4, 2, h2, d_h2),
    "out": (2, 1, out, d_out),
    "L": (2, 0, loss, 1.0),
}
edges = ["x z1", "x z2", "z1 h1", "z2 h2", "h1 out", "h2 out", "out L"]
labels = {  # 写在边上的参数
    "w1": (0.15, 3.55, w1, d_w1),
    "b1": (-0.55, 3, b1, d_b1),
    "w2": (3.85, 3.55, w2, d_w2),
    "b2": (4.55, 3, b2, d_b2),
    "v1": (0.15, 1.45, v1, d_v1),
    "v2": (3.85, 1.45, v2, d_v2),
    "c": (3.1, 0.9, c, d_c),
}


def draw_graph(nodes, labels):
    """节点画框、参数不画框，写在用到它的地方旁边；每个都是 (横, 纵, 值, 梯度)"""
    _, ax = plt.subplots(figsize=(5.4, 5.2))
    arrow = {"arrowstyle": "-|>", "color": "#8a929e", "shrinkA": 27, "shrinkB": 27}
    for edge in edges:
        start, end = (nodes[name][:2] for name in edge.split())
        ax.annotate("", xy=end, xytext=start, arrowprops=arrow)
    for places, frame in [(nodes, "#8a929e"), (labels, "none")]:
        for name, (left, top, value, gradient) in places.items():
            box = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": frame}
            style = {"ha": "center", "fontsize": 15}
            first, second = f"{name} = {value:g}", f"{gradient + 0:g}"
            if frame != "none":  # 一个看不见字的框，再把两行字写上去
                ax.text(
                    left, top, first + "\n ", va="center", bbox=box, color="none", **style
                )
            ax.text(left, top + 0.02, first, va="bottom", color=BLUE, **style)
            ax.text(left, top - 0.02, second, va="top", color=ORANGE, **style)
    ax.set_xlim(-1.1, 5.1)
    ax.set_ylim(-0.4, 4.4)
    ax.axis("off")


draw_graph(nodes, labels)  # 蓝色：往前算的值；橙色：往回算的梯度
plt.show()

# %% 让 autograd 来核对
import torch

START = {"w1": 1, "b1": -1, "w2": -1, "b2": 1, "v1": 3, "v2": 2, "c": 0, "x": 2}


def tiny(**changed):
    """同一张计算图交给 PyTorch：返回损失，与每个叶子的梯度（名字 -> 数）"""
    values = START | changed  # 合并两个字典，同名的以后者为准
    p = {name: torch.tensor(float(v), requires_grad=True) for name, v in values.items()}
    h1 = torch.relu(p["w1"] * p["x"] + p["b1"])
    h2 = torch.relu(p["w2"] * p["x"] + p["b2"])
    loss = (p["v1"] * h1 + p["v2"] * h2 + p["c"] - 4) ** 2
    loss.backward()  # 从 loss 往回走，把梯度记进每个叶子的 .grad
    return loss.item(), {name: leaf.grad.item() for name, leaf in p.items()}


for b2_value in [1, 3]:
    _, grads = tiny(b2=b2_value)
    print(f"b2 是 {b2_value}：", {name: int(g) for name, g in grads.items()})

# %% 照着梯度走一步
_, grads = tiny()
for lr in [0.01, -0.01, 0.1]:
    moved = {name: START[name] - lr * grads[name] for name in START if name != "x"}
    after, _ = tiny(**moved)
    print(f"学习率 {lr:5.2f}：损失从 1 变成 {after:.4f}")


# %% 两层网络：往前
import numpy as np


def softmax(scores):
    """沿最后一个轴把分数变成和为 1 的概率，形状不变"""
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))  # 防止溢出
    return exp / exp.sum(axis=-1, keepdims=True)


def initialize(n_in, n_hidden, n_out, seed=0):
    """随机的权重与全 0 的偏置，He et al. 2015：标准差是 √(2/输入个数)"""
    rng = np.random.default_rng(seed)
    W1 = rng.normal(size=(n_in, n_hidden)) * np.sqrt(2 / n_in)
    W2 = rng.normal(size=(n_hidden, n_out)) * np.sqrt(2 / n_hidden)
    return {"W1": W1, "b1": np.zeros(n_hidden), "W2": W2, "b2": np.zeros(n_out)}


def forward(params, x):
    """x (B, n_in) -> 隐藏层激活前 z 与激活后 h，都是 (B, n_hidden)，概率 p (B, n_out)"""
    z = x @ params["W1"] + params["b1"]  # (B, n_in) @ (n_in, n_hidden)
    h = np.maximum(z, 0)
    logits = h @ params["W2"] + params["b2"]  # (B, n_hidden) @ (n_hidden, n_out)
    return z, h, softmax(logits)


def cross_entropy(params, x, y):
    """正确答案的负对数概率，取平均；x (B, n_in)，y (B,) 是类别编号"""
    *_, p = forward(params, x)
    return -np.log(p[np.arange(len(y)), y]).mean()


# %% 两层网络：往回
def backward(params, x, y):
    """链式法则从后往前走一遍，返回与 params 同名、同形状的梯度"""
    z, h, p = forward(params, x)
    d_logits = p.copy()
    d_logits[np.arange(len(y)), y] -= 1  # 概率减去答案，(B, n_out)
    d_logits /= len(y)  # 损失取了平均
    d_h = d_logits @ params["W2"].T  # (B, n_out) @ (n_out, n_hidden)
    d_z = d_h * (z > 0)  # ReLU 关着的地方，梯度到此为止
    return {
        "W2": h.T @ d_logits,  # (n_hidden, B) @ (B, n_out)
        "b2": d_logits.sum(axis=0),  # (B, n_out) -> (n_out,)
        "W1": x.T @ d_z,  # (n_in, B) @ (B, n_hidden)
        "b1": d_z.sum(axis=0),  # (B, n_hidden) -> (n_hidden,)
    }


# %% 与 autograd 比较
rng = np.random.default_rng(1)
inputs = rng.normal(size=(5, 3))  # 5 个样本，每个 3 个数
targets = np.array([0, 2, 1, 1, 3])  # 共 4 类
params = initialize(3, 6, 4)
mine = backward(params, inputs, targets)

p = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
h = torch.relu(torch.tensor(inputs) @ p["W1"] + p["b1"])
logits = h @ p["W2"] + p["b2"]
torch.nn.functional.cross_entropy(logits, torch.tensor(targets)).backward()
for name, g in mine.items():
    gap = np.abs(g - p[name].grad.numpy()).max()
    print(f"{name} {g.shape!s:6s}：最大的差小于 1e-6 吗？{gap < 1e-6}")


# %% 轻轻推一下
def nudge(params, x, y, name, eps=1e-5):
    """数值差商：name 的每个数各加减 eps，看损失差多少；返回与它同形状的梯度"""
    grad = np.zeros_like(params[name])
    for i in np.ndindex(grad.shape):  # 逐个走过每个下标
        kept = params[name][i]
        params[name][i] = kept + eps
        up = cross_entropy(params, x, y)
        params[name][i] = kept - eps
        down = cross_entropy(params, x, y)
        params[name][i] = kept
        grad[i] = (up - down) / (2 * eps)
    return grad


for name, g in mine.items():
    gap = np.abs(g - nudge(params, inputs, targets, name)).max()
    print(f"{name}：与差商最大的差小于 1e-6 吗？{gap < 1e-6}")


# %% 学会 XOR
corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
xor = np.array([0, 1, 1, 0])


def train(params, x, y, steps, lr=0.5):
    """梯度下降：原地更新 params，返回每一步之前的损失 (steps,)"""
    losses = np.empty(steps)
    for step in range(steps):
        losses[step] = cross_entropy(params, x, y)
        for name, g in backward(params, x, y).items():
            params[name] -= lr * g
    return losses


net = initialize(2, 8, 2)
snapshots, losses = [], []
for steps in [0, 20, 480]:
    losses.extend(train(net, corners, xor, steps))
    snapshots.append({name: value.copy() for name, value in net.items()})
for step in [0, 20, 100, 499]:
    print(f"第 {step:3d} 步：损失 {losses[step]:.3f}")
print("答“是”的概率：", forward(net, corners)[-1][:, 1].round(2))

# %% 分界是怎样弯过来的
side = np.linspace(-0.4, 1.4, 61)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)  # (61·61, 2)
fig, axes = plt.subplots(1, 3, figsize=(6.2, 2.5))
for ax, snapshot, steps in zip(axes, snapshots, [0, 20, 500]):
    yes = forward(snapshot, grid)[-1][:, 1].reshape(61, 61)
    ax.contourf(side, side, yes, levels=[0, 0.5, 1], colors=["#dbe5f6", "#f6dfd6"])
    for corner, label in zip(corners, xor):
        ax.plot(*corner, "o" if label else "s", color=ORANGE if label else BLUE, ms=11)
    ax.set_title(f"{steps} 步", fontsize=15)
    ax.set(xticks=[0, 1], yticks=[0, 1])
    ax.grid(False)
plt.show()

# %% 隐藏单元几个才够
for n_hidden in [2, 4, 8]:
    solved = 0
    for seed in range(50):
        net = initialize(2, n_hidden, 2, seed)
        train(net, corners, xor, steps=500)
        solved += (forward(net, corners)[-1].argmax(axis=-1) == xor).all()
    print(f"{n_hidden} 个隐藏单元：50 个种子里约 {round(solved * 2, -1)}% 学会")

# %% 全从同一个数开始
for start in [0.0, 0.5]:
    net = initialize(2, 8, 2)
    net["W1"][:] = start
    net["W2"][:] = [-start, start]  # 8 个隐藏单元完全一样
    loss = train(net, corners, xor, steps=500)[-1]
    print(f"都从 {start} 开始，500 步之后损失 {loss:.2f}")
    print("W1 的第一行：", net["W1"][0].round(2))

# %% 同一个网络，交给 PyTorch
from torch import nn


class TwoLayers(nn.Module):
    """与上面的 NumPy 网络一样：线性、ReLU、线性，输出 logits"""

    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.first = nn.Linear(n_in, n_hidden)
        self.second = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        """x (B, n_in) -> logits (B, n_out)"""
        return self.second(torch.relu(self.first(x)))


def copy_of(params):
    """用 NumPy 的参数造一个 TwoLayers；nn.Linear 的权重是 (输出, 输入)，所以要转置"""
    model = TwoLayers(*params["W1"].shape, params["W2"].shape[1]).double()
    with torch.no_grad():
        model.first.weight.copy_(torch.tensor(params["W1"].T))
        model.first.bias.copy_(torch.tensor(params["b1"]))
        model.second.weight.copy_(torch.tensor(params["W2"].T))
        model.second.bias.copy_(torch.tensor(params["b2"]))
    return model


params = initialize(2, 8, 2)
model = copy_of(params)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
loss_fn = nn.CrossEntropyLoss()
for _ in range(200):
    loss = loss_fn(model(torch.tensor(corners)), torch.tensor(xor))
    optimizer.zero_grad()  # 清掉旧的梯度
    loss.backward()  # 代替我们写的 backward
    optimizer.step()  # 代替 params[name] -= lr * g
losses = train(params, corners, xor, steps=200)
gap = np.abs(params["W1"].T - model.first.weight.detach().numpy()).max()
print("走了 200 步，最后一步的损失：", losses[-1].round(4), round(loss.item(), 4))
print("权重最大的差小于 1e-6 吗？", gap < 1e-6)


# %% 亲手写 Adam
class Adam:
    """Kingma & Ba 2014 算法 1：记住梯度的平均与梯度平方的平均，用后者的根号去除前者

    params 是名字 -> 数组；step 收同名的梯度，原地更新
    """

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.eps, self.t = params, lr, eps, 0
        self.beta1, self.beta2 = beta1, beta2
        self.m = {name: np.zeros_like(value) for name, value in params.items()}
        self.v = {name: np.zeros_like(value) for name, value in params.items()}

    def step(self, grads):
        """grads 与 params 同名、同形状"""
        self.t += 1
        for name, g in grads.items():
            self.m[name] = self.beta1 * self.m[name] + (1 - self.beta1) * g
            self.v[name] = self.beta2 * self.v[name] + (1 - self.beta2) * g**2
            m = self.m[name] / (1 - self.beta1**self.t)  # 从 0 起步，头几步偏小，补回来
            v = self.v[name] / (1 - self.beta2**self.t)
            self.params[name] -= self.lr * m / (np.sqrt(v) + self.eps)


params = initialize(2, 8, 2)
model = copy_of(params)
mine, theirs = Adam(params, lr=0.01), torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(200):
    before = params["W2"].copy()
    mine.step(backward(params, corners, xor))
    if step == 0:
        moved = np.abs(params["W2"] - before).round(4)
        print("第一步，W2 的第一列挪了：", moved[:, 0])
    theirs.zero_grad()
    loss_fn(model(torch.tensor(corners)), torch.tensor(xor)).backward()
    theirs.step()
gap = np.abs(params["W1"].T - model.first.weight.detach().numpy()).max()
print("200 步之后与 torch.optim.Adam 的差小于 1e-6 吗？", gap < 1e-6)
