"""学出来的注意力：去哪只抽屉里找

六只抽屉各贴一种颜色、各放一个数字，问其中一种颜色的抽屉里是几；
训练一个注意力层，与把抽屉等权平均的同一个模型比较，再看学到的权重指向哪里

来源：Vaswani et al. 2017《Attention Is All You Need》3.2.1 节（注意力的写法）；
任务是为这一课写的联想回忆（associative recall）
"""

# %% 一道抽屉题
import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import cross_entropy

COLORS = "红橙黄绿青蓝紫黑白灰棕粉"


def make_batch(n, n_drawer=6):
    """出 n 道题，每题 n_drawer 只抽屉

    返回颜色与数字，都是 (n, n_drawer)；问的颜色、答案、答案在第几只，都是 (n,)
    """
    shuffled = torch.rand(n, len(COLORS)).argsort(dim=1)  # 每题把 12 种颜色洗一次牌
    colors = shuffled[:, :n_drawer]
    digits = torch.randint(10, (n, n_drawer))
    place = torch.randint(n_drawer, (n,))
    row = torch.arange(n)
    return colors, digits, colors[row, place], digits[row, place], place


torch.manual_seed(0)
colors, digits, asked, answer, place = make_batch(3)
for c, d, a, y in zip(colors, digits, asked, answer):
    drawers = " ".join(f"{COLORS[i]}{j}" for i, j in zip(c, d.tolist()))
    print(f"{drawers}，问{COLORS[a]}，答 {y}")


# %% 一层注意力
class Attention(nn.Module):
    """三个投影加一次缩放点积注意力；look 为 False 时不看内容，每个位置权重相等"""

    def __init__(self, d_model, look=True):
        super().__init__()
        self.W_q = nn.Linear(d_model, d_model, bias=False)
        self.W_k = nn.Linear(d_model, d_model, bias=False)
        self.W_v = nn.Linear(d_model, d_model, bias=False)
        self.look = look

    def forward(self, x, source):
        """x (B, T_q, d) 看 source (B, T_k, d) -> (B, T_q, d)；权重另存"""
        q, k, v = self.W_q(x), self.W_k(source), self.W_v(source)
        scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])  # (B, T_q, T_k)
        if not self.look:
            scores = torch.zeros_like(scores)  # 分数全等，softmax 之后就是平均
        self.weights = scores.softmax(dim=-1)
        return self.weights @ v  # (B, T_q, T_k) @ (B, T_k, d) -> (B, T_q, d)


# %% 答题的模型
class Recall(nn.Module):
    """问题去看抽屉，取回一个向量，再由小网络说出数字"""

    def __init__(self, look, d=32):
        super().__init__()
        self.color = nn.Embedding(len(COLORS), d)  # 每种颜色一个可学习的向量
        self.digit = nn.Embedding(10, d)
        self.mix = nn.Sequential(nn.Linear(2 * d, d), nn.ReLU())
        self.attention = Attention(d, look)
        self.answer = nn.Sequential(
            nn.Linear(2 * d, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )

    def drawers(self, colors, digits):
        """把每只抽屉的颜色与数字揉成一个向量：(B, T) 与 (B, T) -> (B, T, d)"""
        pairs = torch.cat([self.color(colors), self.digit(digits)], dim=-1)
        return self.mix(pairs)  # (B, T, 2d) -> (B, T, d)

    def forward(self, colors, digits, asked):
        """返回十个数字的分数 (B, 10)"""
        question = self.color(asked)  # (B,) -> (B, d)
        source = self.drawers(colors, digits)
        found = self.attention(question[:, None], source)  # 一个查询：(B, 1, d)
        return self.answer(torch.cat([found[:, 0], question], dim=-1))


# %% 训练两个模型
torch.manual_seed(2)
test = make_batch(4000)  # 只用来打分，不用来训练


def accuracy(model, batch):
    """答对的比例"""
    *inputs, y, _ = batch  # 前三样是题目
    with torch.no_grad():
        return (model(*inputs).argmax(dim=-1) == y).float().mean().item()


def train(look, steps, stops):
    """从头训练，返回模型与在 stops 这些步数上的准确率"""
    torch.manual_seed(1)
    model = Recall(look)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    curve = {}
    for step in range(1, steps + 1):
        *inputs, y, _ = make_batch(128)
        loss = cross_entropy(model(*inputs), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in stops:
            curve[step] = accuracy(model, test)
    return model, curve


stops = [1, 10, 20, 30, 50, 100, 200, 300, 600, 1000, 1500]
untrained = Recall(look=True)
looking, curve = train(look=True, steps=300, stops=stops)
averaging, curve_mean = train(look=False, steps=1500, stops=stops)

guess = torch.nn.functional.one_hot(test[1], 10).sum(dim=1).max(dim=1).values / 6
print(f"只数数字、猜最多的那个：{guess.mean().item():.2f}")
print(f"注意力，300 步：{curve[300]:.1f}")
print(f"等权平均，300 步：{curve_mean[300]:.1f}")
print(f"等权平均，1500 步：{curve_mean[1500]:.1f}")

# %% 准确率曲线
fig, ax = plt.subplots(figsize=(4.8, 3.2))
ax.plot(list(curve), list(curve.values()), "o-")
ax.plot(list(curve_mean), list(curve_mean.values()), "s-")
ax.axhline(guess.mean().item(), color="#5a6472", linestyle="--", linewidth=1.2)
ax.text(1.1, guess.mean().item() + 0.03, "猜最多的数字", fontsize=13)
ax.text(2.2, 0.88, "注意力", color="#2f5fb3", fontsize=14)
ax.text(330, 0.2, "等权平均", color="#d1603d", fontsize=14)
ax.set_xscale("log")
ax.set_ylim(0, 1.05)
ax.set_xlabel("训练步数", fontsize=14)
ax.set_ylabel("准确率", fontsize=14)
plt.show()

# %% 六个问题看向哪里
torch.manual_seed(118)  # 换个数，抽屉就换一排
colors, digits, *_ = make_batch(1)
names = [f"{COLORS[i]}{j}" for i, j in zip(colors[0], digits[0].tolist())]
order = colors[0].sort().values  # 按固定的颜色次序提问，答案就不会恰好排成对角线


def look_at(model):
    """同一排抽屉，问六次，返回权重 (6, 6)：行是问题，列是抽屉"""
    with torch.no_grad():
        model(colors.expand(6, 6), digits.expand(6, 6), order)
    return model.attention.weights[:, 0]  # (6, 1, 6) -> (6, 6)


fig, axes = plt.subplots(1, 2, figsize=(5.8, 3.2))
for ax, model, title in zip(axes, [untrained, looking], ["训练前", "训练后"]):
    ax.imshow(look_at(model).numpy(), vmin=0, vmax=1)
    ax.set_title(title, fontsize=15)
    ax.set_xticks(range(6), names, fontsize=13)
    ax.grid(False)
axes[0].set_yticks(range(6), [f"问{COLORS[i]}" for i in order], fontsize=13)
axes[1].set_yticks([])
plt.show()

# %% 读一行权重
row = look_at(looking)[0]
print(f"抽屉 {names}，问{COLORS[order[0]]}")
print("权重", row.numpy().round(1))
with torch.no_grad():
    reply = looking(colors, digits, order[:1]).argmax().item()
print("回答", reply)

# %% 抽屉变多
for n_drawer in [2, 6, 12]:
    batch = make_batch(4000, n_drawer)
    print(
        f"{n_drawer:2d} 只抽屉：注意力 {accuracy(looking, batch):.1f}，"
        f"等权平均 {accuracy(averaging, batch):.1f}"
    )

# %% 键与值各带着什么
every_color = torch.arange(12).repeat_interleave(10).reshape(12, 10)
every_digit = torch.arange(10).expand(12, 10)
with torch.no_grad():
    source = looking.drawers(every_color, every_digit)  # 120 种抽屉 (12, 10, d)
for name, W in [("键", looking.attention.W_k), ("值", looking.attention.W_v)]:
    z = W(source).detach()
    total = z.var(dim=(0, 1), correction=0).sum()  # 120 个向量一共有多分散
    by_color = z.mean(dim=1).var(dim=0, correction=0).sum()  # 先把数字平均掉
    by_digit = z.mean(dim=0).var(dim=0, correction=0).sum()  # 先把颜色平均掉
    shares = (by_color / total, by_digit / total)
    print(f"{name}：随颜色变 {shares[0]:.1f}，随数字变 {shares[1]:.1f}")
