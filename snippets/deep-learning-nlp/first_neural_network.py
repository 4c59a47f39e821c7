"""第一个神经网络：从学不会 XOR 的感知机，到认得手写数字的 SimpleNN

先看一个神经元为什么不够、两层为什么就够；再用 PyTorch 把 8×8 的手写数字真的训练一遍，
每一步都能核对；最后故意写错几处，看损失曲线各是什么样子，并把图挪一格，看它还认不认得
（怎样亲手算梯度，在 first_neural_network_backprop.py；更多的错，在 …_mistakes.py）

来源：Rosenblatt 1958（感知机的更新规则）；Kingma & Ba 2014《Adam》；
Srivastava et al. 2014《Dropout》；LeCun et al. 1998（卷积网络）；
数据：scikit-learn 自带的 digits（1,797 张 8×8 灰度图，BSD 许可）
"""

# %% 准备
import math
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# %% 感知机的更新规则
CORNERS = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])  # 两个开关的四种状态
AND = torch.tensor([0, 0, 0, 1])
XOR = torch.tensor([0, 1, 1, 0])


def train_perceptron(x, y, epochs=10):
    """感知机，Rosenblatt 1958：判对就不动，判错就把权重朝正确的一边推

    x (N, d)，y (N,) 取 0 或 1
    返回权重 (d,)、偏置，以及每一轮判错的个数
    """
    w, b, errors = torch.zeros(x.shape[1]), torch.tensor(0.0), []
    for _ in range(epochs):
        wrong = 0
        for point, label in zip(x, y):
            guess = int(point @ w + b > 0)  # (d,) @ (d,) -> 标量
            step = int(label) - guess  # 判对是 0，漏判是 +1，误判是 −1
            w, b = w + step * point, b + step
            wrong += abs(step)
        errors.append(wrong)
    return w, b, errors


for name, labels in [("AND", AND), ("XOR", XOR)]:
    w, b, errors = train_perceptron(CORNERS, labels)
    print(f"{name}：每轮判错 {errors}")
    print(f"     权重 {w.tolist()}，偏置 {b.item()}")


# %% 两层就够了
def xor_by_hand(x):
    """两个隐藏单元的小网络，权重由人写定；x (N, 2) -> (N,)"""
    how_many = torch.relu(x[:, 0] + x[:, 1])
    both = torch.relu(x[:, 0] + x[:, 1] - 1)
    return how_many - 2 * both


for corner, answer in zip(CORNERS.int().tolist(), xor_by_hand(CORNERS).tolist()):
    print(corner, "->", int(answer))


# %% 隐藏层把点搬到哪里
hidden = torch.relu(CORNERS @ torch.ones(2, 2) + torch.tensor([0.0, -1]))  # (4, 2)
for corner, h in zip(CORNERS.int().tolist(), hidden.int().tolist()):
    print(f"{corner} 搬到 {h}，再算 {h[0]} − 2×{h[1]} 得 {h[0] - 2 * h[1]}")

# %% 没有 ReLU，两层还是一层
torch.manual_seed(0)
first, second = nn.Linear(2, 8), nn.Linear(8, 1)
W = second.weight @ first.weight  # (1, 8) @ (8, 2) -> (1, 2)
b = second.weight @ first.bias + second.bias  # (1, 8) @ (8,) -> (1,)
with torch.no_grad():
    stacked = second(first(CORNERS)).flatten()  # (4, 2) -> (4, 8) -> (4, 1) -> (4,)
    single = (CORNERS @ W.T + b).flatten()
print("两层：", stacked.numpy().round(3))
print("合成一层：", single.numpy().round(3))


# %% 画四个点的帮手
def draw_corners(ax, labels, title):
    """画出开关的四种状态，labels (4,)：1 画成橙色圆点，0 画成蓝色方块"""
    for (left, bottom), label in zip(CORNERS.tolist(), labels.tolist()):
        color = "#d1603d" if label else "#2f5fb3"
        ax.plot(left, bottom, "o" if label else "s", color=color, markersize=14)
    ax.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xticks=[0, 1], yticks=[0, 1])
    ax.set_title(title, fontsize=14)
    ax.grid(False)


# %% 一条直线分不开
fig, axes = plt.subplots(1, 2, figsize=(5.6, 2.9))
draw_corners(axes[0], AND, "AND：一条直线够")
draw_corners(axes[1], XOR, "XOR：怎么画都不行")

w, b, _ = train_perceptron(CORNERS, AND)
edge = torch.tensor([-0.4, 1.4])
line = -(w[0] * edge + b) / w[1]  # w·x + b 为 0 的直线
axes[0].plot(edge.tolist(), line.tolist(), color="#5a6472")
plt.show()

# %% 一条直线与两条直线
def shade(ax, score):
    """score 把 (N, 2) 的点变成 (N,) 的分数；大于 0 的地方涂成浅橙色，其余浅蓝"""
    side = torch.linspace(-0.4, 1.4, 181)
    grid = torch.cartesian_prod(side, side)  # (181·181, 2)
    height = score(grid).reshape(181, 181).T.numpy()
    ax.contourf(side, side, height, levels=[-9, 0, 9], colors=["#dbe5f6", "#f6dfd6"])
    ax.contour(side, side, height, levels=[0], colors="#5a6472")


w, b, _ = train_perceptron(CORNERS, XOR)


def one_line(points):
    """学了十轮的感知机：(N, 2) -> (N,)"""
    return points @ w + b


def two_lines(points):
    """手写权重的两层网络，减 0.5 让分界落在 0：(N, 2) -> (N,)"""
    return xor_by_hand(points) - 0.5


wrong = ((one_line(CORNERS) > 0).int() != XOR).nonzero().flatten()
fig, axes = plt.subplots(1, 2, figsize=(5.6, 2.9))
shade(axes[0], one_line)
draw_corners(axes[0], XOR, "感知机学十轮")
shade(axes[1], two_lines)
draw_corners(axes[1], XOR, "两层，手写权重")
for left, bottom in CORNERS[wrong].tolist():
    axes[0].plot(left, bottom, "x", color="#24292f", markersize=22, markeredgewidth=3)
plt.show()

# %% 换了坐标，一条直线就够
fig, ax = plt.subplots(figsize=(4.2, 2.9))
for (h1, h2), label, corner in zip(hidden.tolist(), XOR, ["(0,0)", "", "", "(1,1)"]):
    ax.plot(h1, h2, "o" if label else "s", color="#d1603d" if label else "#2f5fb3", ms=14)
    ax.text(h1 - 0.12, h2 + 0.14, corner, ha="center", fontsize=14)
ax.text(1.12, -0.06, "(0,1) 与 (1,0)", fontsize=14)
ax.plot([0.3, 2.3], [-0.1, 0.9], color="#5a6472")  # h1 − 2·h2 为 0.5 的直线
ax.set(xlim=(-0.5, 2.4), ylim=(-0.3, 1.4), xticks=[0, 1, 2], yticks=[0, 1])
ax.set_xlabel("第一个隐藏单元", fontsize=14)
ax.set_ylabel("第二个", fontsize=14)
ax.grid(False)
plt.show()

# %% 一张图就是 64 个数
digits = load_digits()
print("图", digits.images.shape, "答案", digits.target.shape)
print("第 1 张，答案是", digits.target[0])
for row in digits.images[0].astype(int):
    print(" ".join(f"{value:2d}" for value in row))

# %% 分成三份
images = torch.tensor(digits.data / 16, dtype=torch.float32)  # (1797, 64)，缩到 0 到 1
labels = torch.tensor(digits.target)  # (1797,)，0 到 9

rest, test = train_test_split(
    range(len(labels)), test_size=360, stratify=labels, random_state=0
)
train, val = train_test_split(
    rest, test_size=360, stratify=labels[rest], random_state=0
)
for name, part in [("训练集", train), ("验证集", val), ("测试集", test)]:
    print(f"{name} {len(part)} 张，各数字 {labels[part].bincount().tolist()}")


# %% 一个隐藏层的网络
class SimpleNN(nn.Module):
    """一个隐藏层的多层感知机

    输入 (B, n_in)，输出 (B, n_out) 的 logits，不做 softmax
    """

    def __init__(self, n_in=64, n_hidden=128, n_out=10, dropout=0.2):
        """dropout 是训练时把隐藏单元置零的概率"""
        super().__init__()
        self.hidden = nn.Linear(n_in, n_hidden)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        """x (B, n_in) -> logits (B, n_out)"""
        h = torch.relu(self.hidden(x))  # (B, n_in) -> (B, n_hidden)
        return self.out(self.dropout(h))  # (B, n_hidden) -> (B, n_out)


# %% 数一数参数
torch.manual_seed(0)
model = SimpleNN()
by_hand = 64 * 128 + 128 + 128 * 10 + 10
counted = sum(p.numel() for p in model.parameters())
for name, p in model.named_parameters():
    print(f"{name:13s} {tuple(p.shape)!s:10s} {p.numel()}")
print(f"手算 {by_hand}，数出来 {counted}")

# %% 交叉熵里面有什么
scores = torch.tensor([[2.0, 1.0, 0.0]])  # 一张图，三个类别的分数
answer = torch.tensor([0])  # 答案是第 0 类：传编号，不传概率
p = scores.softmax(dim=-1)
print("概率：", p[0].numpy().round(3))
print("手算 −ln 0.665：", round(-math.log(p[0, 0].item()), 3))
print("CrossEntropyLoss：", round(nn.CrossEntropyLoss()(scores, answer).item(), 3))

# %% 一步训练，拆开看
batch, answers = images[train[:32]], labels[train[:32]]
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loss_fn = nn.CrossEntropyLoss()  # softmax 在它里面

logits = model(batch)  # (32, 64) -> (32, 10)
loss = loss_fn(logits, answers)  # 标量
print(f"瞎猜的损失应是 ln 10，即 {math.log(10):.2f}；实际 {loss.item():.2f}")

optimizer.zero_grad()  # 清掉上一步留下的梯度
loss.backward()  # 给每个参数算出 .grad
print("权重与它的梯度同形：", model.out.weight.shape == model.out.weight.grad.shape)

optimizer.step()  # 按梯度挪一小步
print(f"走一步之后：{loss_fn(model(batch), answers).item():.2f}")


# %% DataLoader 交出什么
pairs = TensorDataset(images[train], labels[train])
loader = DataLoader(pairs, batch_size=32, shuffle=True)
x, y = next(iter(loader))  # 第一批
print("一批：图", tuple(x.shape), "答案", tuple(y.shape))
sizes = [len(y) for _, y in loader]
print(f"一轮 {len(sizes)} 批，最后一批 {sizes[-1]} 张")
for turn in [1, 2]:
    _, y = next(iter(loader))
    print(f"第 {turn} 轮的头六个答案：{y[:6].tolist()}")


# %% 评估一份数据
def evaluate(model, x, y):
    """在一份数据上算平均损失与准确率；x (N, …)，y (N,)"""
    model.eval()  # 关掉 Dropout
    with torch.no_grad():  # 不求梯度，省内存也省时间
        logits = model(x)  # (N, 10)
    accuracy = (logits.argmax(dim=-1) == y).float().mean()
    return loss_fn(logits, y).item(), accuracy.item()


# %% 训练循环
def fit(model, epochs=30, lr=3e-3, zero_grad=True):
    """训练 model，返回每轮的训练损失、验证损失、验证准确率，(epochs, 3)

    zero_grad 为 False 时故意不清梯度，用来看后果
    """
    generator = torch.Generator().manual_seed(0)  # 打乱次序也要能重复
    dataset = TensorDataset(images[train], labels[train])
    loader = DataLoader(dataset, batch_size=32, shuffle=True, generator=generator)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        model.train()  # 打开 Dropout
        for x, y in loader:  # x (32, 64)，y (32,)；最后一批可能少几张
            loss = loss_fn(model(x), y)
            if zero_grad:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        train_loss, _ = evaluate(model, images[train], labels[train])
        val_loss, val_accuracy = evaluate(model, images[val], labels[val])
        history.append([train_loss, val_loss, val_accuracy])
    return torch.tensor(history)


# %% 训练三十轮
torch.manual_seed(0)
model = SimpleNN()
history = fit(model)
for epoch in [1, 5, 10, 20, 30]:
    train_loss, val_loss, val_accuracy = history[epoch - 1].tolist()
    print(
        f"第 {epoch:2d} 轮：训练损失 {train_loss:.2f}，"
        f"验证损失 {val_loss:.2f}，验证准确率 {val_accuracy:.2f}"
    )

# %% 两条损失曲线
fig, ax = plt.subplots(figsize=(5.2, 3.2))
rounds = range(1, len(history) + 1)
ax.plot(rounds, history[:, 0].tolist())
ax.plot(rounds, history[:, 1].tolist())
ax.text(17, 0.17, "验证集", color="#d1603d", fontsize=14)
ax.text(21, 0.07, "训练集", color="#2f5fb3", fontsize=14, va="top")
ax.set_yscale("log")
ax.set_xlabel("轮次", fontsize=14)
ax.set_ylabel("损失", fontsize=14)
ax.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
plt.show()

# %% 测试集只用一次
test_loss, test_accuracy = evaluate(model, images[test], labels[test])
noise = math.sqrt(test_accuracy * (1 - test_accuracy) / len(test))
print(f"测试集 {len(test)} 张，准确率 {test_accuracy:.2f}，标准误 {noise:.3f}")

# %% 八张图与它的答案
with torch.no_grad():
    probabilities = model(images[test]).softmax(dim=-1)  # (360, 10)，每行和为 1
confidence, guesses = probabilities.max(dim=-1)

fig, axes = plt.subplots(2, 4, figsize=(5.6, 3.4))
for ax, i in zip(axes.flat, range(8)):
    ax.imshow(images[test[i]].reshape(8, 8).numpy(), cmap="gray_r")
    ax.set_title(f"{guesses[i]}（{confidence[i]:.2f}）", fontsize=15)
    ax.axis("off")
fig.set_label("png")
plt.show()
print("八张的真实答案：", labels[test[:8]].tolist())

# %% 认错的是哪些
wrong = (guesses != labels[test]).nonzero().flatten()
print(f"{len(test)} 张里认错 {len(wrong)} 张")
worst = wrong[confidence[wrong].argsort(descending=True)][:6]  # 错得最自信的几张

fig, axes = plt.subplots(2, 3, figsize=(4.8, 3.9))
for ax, i in zip(axes.flat, worst.tolist()):
    ax.imshow(images[test[i]].reshape(8, 8).numpy(), cmap="gray_r")
    ax.set_title(f"是 {labels[test[i]]}，认成 {guesses[i]}", fontsize=14)
    ax.axis("off")
fig.set_label("png")
plt.show()

# %% 训练模式与评估模式
one = images[val[:1]]
for name, training in [("训练模式", True), ("评估模式", False)]:
    model.train(training)  # model.eval() 就是 model.train(False)
    with torch.no_grad():
        same = torch.equal(model(one), model(one))
    print(f"{name}：同一张图算两遍，结果相同吗？{same}")

# %% 存下来再读回来
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "digits.pt"
    torch.save(model.state_dict(), path)  # 只存权重，不存代码
    copy = SimpleNN(n_hidden=len(model.hidden.bias))
    copy.load_state_dict(torch.load(path, weights_only=True))
copy.eval()
with torch.no_grad():
    gap = (copy(images[val]) - model(images[val])).abs().max().item()
print("读回来的模型与原来的最大差：", gap)

# %% 四种常见的错
MISTAKES = {
    "忘了 zero_grad": {"zero_grad": False},
    "学习率 1，太大": {"lr": 1.0},
    "学习率 0.00001，太小": {"lr": 1e-5},
    "多做一次 softmax": {},
}
curves = {}
for name, changed in MISTAKES.items():
    torch.manual_seed(0)
    broken = SimpleNN()
    if name == "多做一次 softmax":
        broken = nn.Sequential(broken, nn.Softmax(dim=-1))
    curves[name] = fit(broken, epochs=10, **changed)
    loss, accuracy = curves[name][-1, 1:].tolist()
    print(f"{name}：验证损失 {loss:.2f}，准确率 {accuracy:.2f}")
floor = math.log(math.e + 9) - 1  # softmax 之后最多是 1 对 9 个 0
print(f"没有写错的：验证损失 {history[9, 1]:.2f}，准确率 {history[9, 2]:.2f}")
print(f"softmax 之后再算交叉熵，下限是 {floor:.2f}")

# %% 四种错的损失曲线
fig, axes = plt.subplots(2, 2, figsize=(5.8, 4.4), sharex=True, sharey=True)
for ax, (name, curve) in zip(axes.flat, curves.items()):
    ax.plot(range(1, 11), history[:10, 1].tolist(), color="#b4bcc9")
    ax.plot(range(1, 11), curve[:, 1].tolist(), color="#d1603d")
    ax.set_title(name, fontsize=14)
    ax.set_ylim(0, 3)
    ax.set_yticks([0, 1, 2, 3])
fig.supxlabel("轮次", fontsize=14)
fig.supylabel("验证损失", fontsize=14)
plt.show()


# %% 把图挪一格
def shift_right(x, pixels=1):
    """把 (N, 64) 的图整体右移，左边补 0"""
    squares = x.reshape(-1, 8, 8)
    return F.pad(squares, (pixels, 0))[:, :, :8].reshape(-1, 64)


for pixels in [0, 1, 2]:
    _, accuracy = evaluate(model, shift_right(images[test], pixels), labels[test])
    print(f"右移 {pixels} 格：准确率 {accuracy:.2f}")

# %% 手算一次卷积
picture = torch.tensor([[0.0, 0, 1, 1, 1]] * 4)  # 左边暗，右边亮
kernel = torch.tensor([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1]])  # 右边减左边
windows = picture.unfold(0, 3, 1).unfold(1, 3, 1)  # (4, 5) -> (2, 3, 3, 3)
sliding = (windows * kernel).sum(dim=(-2, -1))  # (2, 3, 3, 3) -> (2, 3)
official = F.conv2d(picture[None, None], kernel[None, None])[0, 0]
print("逐个窗口相乘再相加：", sliding.int().tolist())
print("与 F.conv2d 相同：", torch.equal(sliding, official))
print("卷积的参数：", kernel.numel(), "个")
print("全连接的参数：", picture.numel() * sliding.numel(), "个")


# %% 换成卷积
class SmallCNN(nn.Module):
    """两层卷积加全局最大池化：只问“有没有这个笔画”，不问“在哪里”

    输入 (B, 64)，输出 (B, 10) 的 logits
    """

    def __init__(self):
        """两层各 32、64 个卷积核"""
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
        self.out = nn.Linear(64, 10)

    def forward(self, x):
        """x (B, 64) -> logits (B, 10)"""
        x = x.reshape(-1, 1, 8, 8)  # 补上通道那一维
        h = torch.relu(self.conv1(x))  # (B, 1, 8, 8) -> (B, 32, 8, 8)
        h = torch.relu(self.conv2(h))  # (B, 32, 8, 8) -> (B, 64, 8, 8)
        return self.out(h.amax(dim=(-2, -1)))  # 整张图取最大：(B, 64) -> (B, 10)


torch.manual_seed(0)
cnn = SmallCNN()
fit(cnn, epochs=6)
print("参数：", sum(p.numel() for p in cnn.parameters()), "个")
for pixels in [0, 1, 2]:
    _, accuracy = evaluate(cnn, shift_right(images[test], pixels), labels[test])
    print(f"右移 {pixels} 格：准确率 {accuracy:.2f}")
