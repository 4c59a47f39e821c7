"""训练里常见的错误，与它们的症状

每个单元让一种错误真的发生：梯度越积越多、softmax 做了两次、学习率太大与太小、
忘了切到评估模式、没有固定种子，以及几种会报错的：形状、标签类型、反向两次、没登记的层

来源：PyTorch 文档 torch.nn.CrossEntropyLoss、torch.optim；
数据：scikit-learn 自带的 digits（1,797 张 8×8 灰度图，BSD 许可）
"""

# %% 准备
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(digits.target)  # (1797,)
rest, _ = train_test_split(  # 与正课同样的三份；测试集这里一眼也不看
    range(len(labels)), test_size=360, stratify=labels, random_state=0
)
train, val = train_test_split(
    rest, test_size=360, stratify=labels[rest], random_state=0
)


def make_model(seed=0, dropout=0.2):
    """固定种子之后造一个 64-128-10 的网络"""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, 10)
    )


def accuracy(model, x, y):
    """x (N, 64)，y (N,) -> 判对的比例；不改变 model 的模式"""
    with torch.no_grad():
        return (model(x).argmax(dim=-1) == y).float().mean().item()


# %% 梯度会累加
model = make_model().eval()  # 关掉 Dropout，三次的梯度才一样
x, y = images[:32], labels[:32]
for times in [1, 2, 3]:
    F.cross_entropy(model(x), y).backward()
    print(f"反向 {times} 次，梯度的长度 {model[0].weight.grad.norm().item():.3f}")
model.zero_grad()
print("清零之后：", model[0].weight.grad)

# %% 两次 softmax，梯度变小
for sure in [0.0, 5.0, 10.0]:
    for name in ["一次", "两次"]:
        scores = torch.zeros(1, 10)
        scores[0, 3] = sure  # 网络很有把握地答 3
        scores.requires_grad_()
        given = scores if name == "一次" else scores.softmax(dim=-1)
        F.cross_entropy(given, torch.tensor([7])).backward()  # 答案是 7
        size = scores.grad.norm().item()
        print(f"错的分数高出 {sure:2.0f}，softmax {name}：梯度的长度 {size:.4f}")


# %% 学习率从小到大
def train_once(lr, optimizer=torch.optim.Adam, epochs=8, seed=0, dropout=0.2):
    """训练一个新网络，返回每一步的训练损失 (步数,)，与切到评估模式的网络"""
    model = make_model(seed, dropout)
    optimizer = optimizer(model.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        for batch in torch.tensor(train)[torch.randperm(len(train))].split(32):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())  # item() 取出数，不留住计算图
    return torch.tensor(losses), model.eval()


curves = {}
for lr in ["0.00001", "0.0001", "0.001", "0.01", "0.1", "1"]:
    curves[lr], model = train_once(float(lr))
    right = accuracy(model, images[val], labels[val])
    with torch.no_grad():
        h = model[1](model[0](images[train]))  # (1077, 64) -> (1077, 128)
    alive = (h > 0).any(dim=0).float().mean()  # 至少对一张图开着的隐藏单元
    print(
        f"学习率 {lr}：最后 50 步的损失 {curves[lr][-50:].mean():.2f}，"
        f"准确率 {right:.2f}，还开着的单元占 {alive:.1f}"
    )

# %% 六种学习率的曲线
fig, axes = plt.subplots(1, 2, figsize=(6, 3.2), sharey=True)
for ax, rates, title in [
    (axes[0], ["0.00001", "0.0001", "0.001"], "太小与偏小"),
    (axes[1], ["0.01", "0.1", "1"], "合适与太大"),
]:
    for lr in rates:  # 每 20 步取一次平均，抖动小了，才看得出趋势
        smooth = curves[lr].unfold(0, 20, 5).mean(dim=-1)
        ax.plot(range(20, 20 + 5 * len(smooth), 5), smooth.tolist(), label=lr)
    ax.set_title(title, fontsize=14)
    ax.set_xlabel("步", fontsize=14)
    ax.set_ylim(0, 4.5)
    ax.legend(fontsize=13, loc="upper right")
axes[0].set_ylabel("训练损失", fontsize=14)
plt.show()

# %% Adam 与 SGD
for name, optimizer, lr in [
    ("SGD", torch.optim.SGD, 1e-3),
    ("SGD", torch.optim.SGD, 1e-1),
    ("Adam", torch.optim.Adam, 1e-3),
]:
    losses, model = train_once(lr, optimizer)
    right = accuracy(model, images[val], labels[val])
    print(f"{name} 学习率 {lr:g}：训练损失 {losses[-50:].mean():.2f}，准确率 {right:.2f}")

# %% 忘了切到评估模式
_, model = train_once(1e-2, dropout=0.5)
right = [accuracy(model, images[val], labels[val]) for _ in range(2)]
print(f"评估模式，算两次：{right[0]:.2f} {right[1]:.2f}")
model.train()  # 忘了 model.eval() 就是这样
scores = [accuracy(model, images[val], labels[val]) for _ in range(50)]
print(f"训练模式，算 50 次：最低 {min(scores):.2f}，最高 {max(scores):.2f}")

# %% 同一个种子与不同的种子
first, _ = train_once(1e-2, epochs=2)
again, _ = train_once(1e-2, epochs=2)
print("同一个种子，每一步的损失都相同：", torch.equal(first, again))
scores = []
for seed in range(6):
    _, model = train_once(3e-3, epochs=30, seed=seed)
    scores.append(accuracy(model, images[val], labels[val]))
print(f"六个种子：验证准确率从 {min(scores):.2f} 到 {max(scores):.2f}")

# %% 先背下一批
batch, right = images[:32], labels[:32]
torch.manual_seed(0)
for name, answers in [("真的答案", right), ("乱写的答案", torch.randint(10, (32,)))]:
    model = make_model(dropout=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(200):
        loss = F.cross_entropy(model(batch), answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"{name}：200 步之后，训练损失 {loss.item():.2f}")

# %% 图没有拉平 tags=["raises-exception"]
model = make_model()
model(images[:32].reshape(32, 8, 8))

# %% 标签成了小数 tags=["raises-exception"]
F.cross_entropy(model(images[:32]), labels[:32].float())

# %% 反向两次 tags=["raises-exception"]
loss = F.cross_entropy(model(images[:32]), labels[:32])
loss.backward()
loss.backward()


# %% 层放在普通的列表里 tags=["raises-exception"]
class Unregistered(nn.Module):
    """三层都放在 Python 的列表里，nn.Module 看不见它们"""

    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)]

    def forward(self, x):
        """x (B, 64) -> logits (B, 10)"""
        for layer in self.layers:
            x = layer(x)
        return x


print("能算：", tuple(Unregistered()(images[:32]).shape))
torch.optim.Adam(Unregistered().parameters())
