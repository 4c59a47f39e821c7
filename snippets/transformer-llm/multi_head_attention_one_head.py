"""一个头为什么不够

让注意力做一道减法：今天比昨天高几度。一个头无论多大都做不到，两个头几秒就学会；
再看两个头各自学会了什么、四个头里有没有多余的

来源：Vaswani et al. 2017《Attention Is All You Need》3.2.2 节；
Michel et al. 2019《Are Sixteen Heads Really Better than One?》（去掉头的做法）
"""

# %% 任务：今天比昨天高几度
import math

import matplotlib.pyplot as plt
import torch
from torch import nn

T = 8  # 连续 8 天


def make_batch(n):
    """造 n 段气温，单位 °C：x 是每天比常年高几度，y 是比前一天高几度，都是 (n, T, 1)"""
    x = torch.randn(n, T, 1)  # 每天互不相干，方差是 1
    y = x[:, 1:] - x[:, :-1]
    return x, torch.cat([torch.zeros(n, 1, 1), y], dim=1)  # 第 1 天没有前一天


torch.manual_seed(0)
x, y = make_batch(1)
print("气温：", [round(degree, 1) for degree in x[0, :, 0].tolist()])
print("升降：", [round(degree, 1) for degree in y[0, :, 0].tolist()])


# %% 一个头与几个头
class Head(nn.Module):
    """一个因果注意力头：按“第几天”打分，取回气温的加权平均"""

    def __init__(self, d_model, d_k):
        super().__init__()
        self.W_q = nn.Linear(d_model, d_k, bias=False)
        self.W_k = nn.Linear(d_model, d_k, bias=False)
        self.W_v = nn.Linear(1, d_k, bias=False)

    def forward(self, day, x):
        """day (T, d_model)，x (B, T, 1) -> (B, T, d_k)；权重留在 self.weights 里"""
        q, k, v = self.W_q(day), self.W_k(day), self.W_v(x)
        scores = q @ k.T / math.sqrt(k.shape[-1])  # (T, d_k) @ (d_k, T) -> (T, T)
        future = torch.ones(T, T).triu(diagonal=1).bool()
        self.weights = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
        return self.weights @ v  # (T, T) @ (B, T, d_k) -> (B, T, d_k)


class Difference(nn.Module):
    """h 个头各看各的，拼起来由 W_o 合成一个数"""

    def __init__(self, n_head, d_model):
        super().__init__()
        self.d_k = d_model // n_head
        self.day = nn.Parameter(torch.randn(T, d_model))  # 第几天，一天一个向量
        self.heads = nn.ModuleList(Head(d_model, self.d_k) for _ in range(n_head))
        self.W_o = nn.Linear(d_model, 1, bias=False)

    def forward(self, x):
        """x (B, T, 1) -> 预测的升降 (B, T, 1)"""
        outputs = [head(self.day, x) for head in self.heads]  # h 个 (B, T, d_k)
        return self.W_o(torch.cat(outputs, dim=-1))  # (B, T, d_model) -> (B, T, 1)


# %% 训练三个模型
def error(model, x, y):
    """均方误差；第 1 天没有前一天，不算"""
    return ((model(x) - y)[:, 1:] ** 2).mean()


def train(n_head, d_model, steps=400, seed=1):
    """从头训练一个模型，返回（模型，每一步的误差）"""
    torch.manual_seed(seed)
    model = Difference(n_head, d_model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(steps):
        loss = error(model, *make_batch(128))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


runs = {(h, d): train(h, d) for h, d in [(1, 8), (1, 32), (2, 8)]}

torch.manual_seed(2)
test_x, test_y = make_batch(2000)
print(f"总猜“没变”：误差 {(test_y[:, 1:] ** 2).mean().item():.1f}")
for (h, d), (model, _) in runs.items():
    size = sum(p.numel() for p in model.parameters())
    mse = error(model, test_x, test_y).item()
    print(f"{h} 个头，d_model {d:2d}，{size:4d} 个参数：误差 {mse:.1f}")

# %% 画图的函数
def draw_curves():
    """三个模型前 200 步的误差，虚线是一个头的理论下限"""
    _, ax = plt.subplots(figsize=(5.4, 3.2))
    names = {(1, 8): "一个头", (1, 32): "一个大头", (2, 8): "两个头"}
    for (key, (_, losses)), style in zip(runs.items(), ["-", ":", "-"]):
        ax.plot(losses[:200], style, label=names[key])
    ax.axhline(1, color="#5a6472", linestyle="--", linewidth=1.2)
    ax.text(105, 1.16, "一个头的下限", fontsize=13)
    ax.set_xlabel("训练步数", fontsize=13)
    ax.set_ylabel("均方误差", fontsize=13)
    ax.legend(fontsize=13)


def draw_heads(weights, titles):
    """把几张 (T, T) 的权重画成方格：行是哪天在看，列是看哪天，颜色越深权重越大"""
    _, axes = plt.subplots(1, len(weights), figsize=(5.6, 2.4))
    for ax, weight, title in zip(axes, weights, titles):
        ax.imshow(weight.detach().numpy(), vmin=0, vmax=1)
        ax.set_title(title, fontsize=15)
        ax.set_xticks(range(T), range(1, T + 1), fontsize=10)  # 第 1 天到第 8 天
        ax.set_yticks(range(T), range(1, T + 1), fontsize=10)
        ax.tick_params(length=0)
        ax.grid(False)
    axes[0].set_ylabel("哪天在看", fontsize=14)
    axes[0].set_xlabel("看哪天", fontsize=14)


# %% 误差曲线
draw_curves()
plt.show()

# %% 连着八天一样热
one, two = runs[1, 8][0], runs[2, 8][0]
same = torch.ones(1, T, 1)  # 每天都比常年高 1 度，升降应为 0
with torch.no_grad():  # + 0.0 把 −0.0 写成 0.0
    print("一个头：", [round(p, 1) + 0.0 for p in one(same)[0, :, 0].tolist()])
    print("两个头：", [round(p, 1) + 0.0 for p in two(same)[0, :, 0].tolist()])

# %% 学到的头
heads = [*one.heads, *two.heads]
draw_heads([h.weights for h in heads], ["只有一个头", "两个头：头 1", "两个头：头 2"])
plt.show()


# %% W_o 给每个头的系数
def coefficients(model):
    """每个头取回的气温，最后乘上多大的系数进入预测：W_o 的一段 · W_v"""
    found = []
    for part, head in zip(model.W_o.weight[0].split(model.d_k), model.heads):
        found.append((part @ head.W_v.weight[:, 0]).item())  # (d_k,) @ (d_k,) -> 一个数
    return found


for number, (c, head) in enumerate(zip(coefficients(two), two.heads), 1):
    today = head.weights.diagonal()[1:].mean().item()
    yesterday = head.weights.diagonal(-1).mean().item()
    print(f"头 {number}：看今天 {today:.1f}，看昨天 {yesterday:.1f}，系数 {c:+.1f}")

# %% 四个头，拿掉一个试试
four, _ = train(4, 8)
print("四个头的系数：", "，".join(f"{c:+.2f}" for c in coefficients(four)))
with torch.no_grad():
    print(f"四个头都在：误差 {error(four, test_x, test_y).item():.2f}")
    for number in range(4):
        kept = four.W_o.weight.clone()
        columns = slice(number * four.d_k, (number + 1) * four.d_k)
        four.W_o.weight[:, columns] = 0  # 这个头的输出不再进入结果
        print(f"拿掉头 {number + 1}：误差 {error(four, test_x, test_y).item():.2f}")
        four.W_o.weight.copy_(kept)
