"""练习三：训练循环，手写数字过 96%

补全 train_epoch 与 accuracy。要求：

- train_epoch 把 loader 走一遍，每批更新一次，返回这一轮每张图的平均损失（一个普通的数）
- 损失是交叉熵，model 输出 logits；每批的梯度从零算起；训练时打开 Dropout
- accuracy 量判对的比例：关掉 Dropout，不记计算图，返回一个普通的数
- 写完运行这个文件，看到“全部通过”就对了
"""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train_epoch(model, loader, optimizer):
    """训练一轮；loader 每次交出 x (B, 64) 与 y (B,)，返回每张图的平均损失"""
    raise NotImplementedError


def accuracy(model, x, y):
    """x (N, 64)，y (N,) -> 判对的比例，0 到 1"""
    raise NotImplementedError


# 以下是检查，不用改
class Watched(nn.Module):
    """一个线性层，记下每次前向时的模式，以及要不要梯度"""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 4)
        self.modes, self.grads = [], []

    def forward(self, x):
        """x (B, 3) -> logits (B, 4)"""
        self.modes.append(self.training)
        self.grads.append(torch.is_grad_enabled())
        return self.layer(x)


def watched():
    """每次都从同样的权重开始，梯度里留着上一次的垃圾"""
    torch.manual_seed(0)
    model = Watched().eval()
    for p in model.parameters():
        p.grad = torch.full_like(p, 5.0)
    return model


torch.manual_seed(1)
x, y = torch.randn(10, 3), torch.arange(10) % 4
batches = DataLoader(TensorDataset(x, y), batch_size=4)  # 4、4、2 张

expected, total, batch_mean = watched(), 0.0, 0.0
optimizer = torch.optim.SGD(expected.parameters(), lr=0.4)
for a, b in batches:
    loss = F.cross_entropy(expected(a), b)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss.item() * len(b)
    batch_mean += loss.item()

model = watched()
optimizer = torch.optim.SGD(model.parameters(), lr=0.4)
start = model.layer.weight.detach().clone()
mean = train_epoch(model, batches, optimizer)
assert len(model.modes) >= 3, (
    f"loader 有 3 批，网络只算了 {len(model.modes)} 次：return 写进循环里了吗？"
)
assert all(model.modes), "训练时网络在评估模式，Dropout 没有打开：先写 model.train()"
assert not torch.equal(model.layer.weight, start), (
    "走了一轮，权重一点没变：backward() 与 step() 都写了吗？"
    "zero_grad() 是不是写在了 backward() 之后，把刚算的梯度清掉了？"
)
gap = (model.layer.weight - expected.layer.weight).abs().max().item()
if gap > 1e-5:
    twice = watched()
    optimizer = torch.optim.SGD(twice.parameters(), lr=0.4)
    for a, b in batches:
        optimizer.zero_grad()
        F.cross_entropy(twice(a).softmax(dim=-1), b).backward()
        optimizer.step()
    assert not torch.allclose(model.layer.weight, twice.layer.weight, atol=1e-5), (
        "损失之前多做了一次 softmax：cross_entropy 要的是 logits"
    )
    assert (model.layer.weight - start).abs().max() < 2, (
        "权重一下子挪了很远：走一步时，用的是上一次留下的梯度。每批都要先 "
        "optimizer.zero_grad()，再 backward()，最后 step()"
    )
    raise AssertionError(
        f"走一轮之后的权重与参考的差 {gap:.3f}：每一批的次序应是 "
        "前向、zero_grad、backward、step，四步都在循环里；用的是传进来的 optimizer，"
        "不另造一个。次序没错的话，看损失是不是每批取平均的交叉熵"
    )
assert isinstance(mean, float), (
    f"返回的是 {type(mean).__name__}，应是普通的数：累加时用 loss.item()，"
    "否则每一步的计算图都留在内存里"
)
assert abs(mean - total) > 1e-4, (
    f"返回的是总和 {mean:.4f}，还要除以总张数 10，得 {total / 10:.4f}"
)
assert abs(mean - batch_mean / 3) > 1e-4, (
    f"平均损失是 {mean:.4f}，应为 {total / 10:.4f}："
    "最后一批只有 2 张，要按张数加权，再除以总张数 10"
)
assert abs(mean - total / 10) < 1e-5, (
    f"平均损失是 {mean:.4f}，应为 {total / 10:.4f}："
    "把每批更新之前算出的那个损失乘上张数，加起来，再除以总张数 10"
)

model = watched().train()
right = (model.layer(x).argmax(dim=-1) == y).float().mean().item()
try:
    got = accuracy(model, x, y)
except RuntimeError as error:
    raise AssertionError(
        f"量准确率时形状对不上：沿最后一轴取 argmax，每张图得一个答案（{error}）"
    ) from error
assert not any(model.modes), "量准确率时网络在训练模式，Dropout 还开着：先写 model.eval()"
assert not any(model.grads), "量准确率时还在记计算图：用 with torch.no_grad()"
assert isinstance(got, float), f"返回的是 {type(got).__name__}，应是普通的数：用 .item()"
assert abs(got - right) < 1e-6, (
    f"10 张里判对的比例应是 {right:.2f}，得到 {got:.2f}："
    "沿最后一轴取 argmax，与 y 比较，再取平均"
)

digits = load_digits()
images = torch.tensor(digits.data / 16, dtype=torch.float32)
labels = torch.tensor(digits.target)
train, test = train_test_split(
    range(len(labels)), test_size=360, stratify=labels, random_state=1
)
torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)
)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
loader = DataLoader(
    TensorDataset(images[train], labels[train]), batch_size=32, shuffle=True
)
for _ in range(20):
    train_epoch(model, loader, optimizer)
score = accuracy(model, images[test], labels[test])
assert score >= 0.96, f"留出的准确率是 {score:.3f}，应不低于 0.96"
print(f"留出的准确率约 {score:.2f}")
print("全部通过")
