"""注意力里常见的错误，与它们的症状

每个单元让一种错误真的发生：没用上的参数、遮住的一整行、半精度里放不下的大负数、
掩码的真假反了、softmax 沿错了轴、少了转置；多数不会报错，所以也给出查出它们的办法

来源：PyTorch 文档 torch.nn.functional.scaled_dot_product_attention（掩码的真假、
整行遮住时的结果）；错误的样子来自常见教程里的注意力层
"""

# %% 一层没用上的参数
import math

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention


class Unused(nn.Module):
    """看着有可学习的矩阵，forward 里却没有用到它"""

    def __init__(self, d_model):
        super().__init__()
        self.W = nn.Linear(d_model, d_model)

    def forward(self, q, k, v):
        """三个参数都是 (B, T, d_model)，返回 (B, T, d_model)"""
        scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
        return scores.softmax(dim=-1) @ v


torch.manual_seed(0)
x = torch.randn(2, 5, 8)  # (B, T, d_model)
layer = Unused(8)
out = layer(x, x, x)
print("参数个数：", sum(p.numel() for p in layer.parameters()))
print("输出要不要梯度：", out.requires_grad)

# %% 反向传播说没有可学的 tags=["raises-exception"]
out.sum().backward()


# %% 三个投影都用上
class SelfAttention(nn.Module):
    """一层自注意力：查询、键、值是同一个 x 的三个投影"""

    def __init__(self, d_model):
        super().__init__()
        self.W_q = nn.Linear(d_model, d_model, bias=False)
        self.W_k = nn.Linear(d_model, d_model, bias=False)
        self.W_v = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x):
        """x (B, T, d_model) -> (B, T, d_model)"""
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])  # (B, T, T)
        return scores.softmax(dim=-1) @ v


def without_gradient(model):
    """反向传播之后仍没有梯度的参数的名字：它们什么也学不到"""
    return [name for name, p in model.named_parameters() if p.grad is None]


model = nn.Sequential(nn.Linear(8, 8), SelfAttention(8))
model(x).sum().backward()
print("换成三个投影，没有梯度的参数：", without_gradient(model))


# %% 藏在大模型里
class Wrapped(nn.Module):
    """前面接一个会学的层，错误就不再报错了"""

    def __init__(self):
        super().__init__()
        self.before = nn.Linear(8, 8)
        self.attention = Unused(8)

    def forward(self, x):
        """x (B, T, 8) -> (B, T, 8)"""
        h = self.before(x)
        return self.attention(h, h, h)


model = Wrapped()
model(x).sum().backward()
print("藏在大模型里的那一层：", without_gradient(model))

# %% 一整行都被遮住
scores = torch.tensor([[2.0, 1.0, 0.0], [1.0, 2.0, 3.0]], requires_grad=True)
v = torch.ones(3, 2, requires_grad=True)
visible = torch.tensor([[True, True, False], [False, False, False]])
weights = scores.masked_fill(~visible, -torch.inf).softmax(dim=-1)
print(weights.detach().numpy().round(3))

loss = (weights @ v)[0].sum()  # 损失只用第一行，根本没碰坏掉的那行
loss.backward()
print("损失：", round(loss.item(), 2))
print("v 的梯度里有 NaN：", v.grad.isnan().any().item())

# %% 两种补救
v.grad = None
safe = visible.clone()
safe[~visible.any(dim=-1)] = True  # 先放开整行，softmax 就算得出数
weights_safe = scores.masked_fill(~safe, -torch.inf).softmax(dim=-1)
weights_safe = weights_safe.masked_fill(~visible, 0)  # 再把这一行清零
print(weights_safe.detach().numpy().round(3))
(weights_safe @ v)[0].sum().backward()
print("v 的梯度里有 NaN：", v.grad.isnan().any().item())

q, k = torch.randn(2, 4), torch.randn(3, 4)
out = scaled_dot_product_attention(q, k, v, attn_mask=visible)
print("PyTorch 的第二行输出：", out[1].tolist())

# %% 半精度装不下 tags=["raises-exception"]
half = torch.zeros(2, 3, dtype=torch.float16)  # 能表示的最小数是 -65504
half.masked_fill(~visible, -1e9)

# %% 大负数不等于负无穷
row = torch.tensor([1.0, 2.0, 3.0])
hidden = torch.tensor([True, True, True])
for low in [-1e9, -torch.inf]:
    weights = row.masked_fill(hidden, low).softmax(dim=-1)
    print(f"{low:g}：{weights.numpy().round(2)}")

# %% 真假反了
x = torch.randn(4, 8)
future = torch.ones(4, 4).triu(diagonal=1).bool()  # True 表示“未来，要遮住”


def sees_future(attn_mask):
    """把最后一个词换掉，看前面三行的输出变没变"""
    changed = x.clone()
    changed[-1] += 1
    before, after = (
        scaled_dot_product_attention(a, a, a, attn_mask=attn_mask) for a in (x, changed)
    )
    return not torch.allclose(before[:-1], after[:-1])


print("传 ~future，偷看未来：", sees_future(~future))
print("传 future，偷看未来：", sees_future(future))

# %% 轴写错了
scores = torch.randn(3, 3)
for dim in [-1, -2]:
    weights = scores.softmax(dim=dim)
    print(f"dim {dim}：每行的和 {weights.sum(dim=-1).numpy().round(2)}")

# %% 少了转置
q, k = torch.randn(6, 6), torch.randn(6, 6)  # 恰好 T 与 d_k 都是 6
print("写对的形状：", tuple((q @ k.T).shape))
print("写错的形状：", tuple((q @ k).shape))
print("数值一样吗：", torch.allclose(q @ k.T, q @ k))
