"""写出 LoRALinear

把一个 nn.Linear 包起来：原来的权重与偏置冻结，旁边加一条低秩的支路，

    y = W x + b + (alpha / r) · B A x

A 的形状是 (r, 输入)，随机；B 是 (输出, r)，全 0。可训练的参数只有 A 与 B，
名字就叫 A 与 B。merge 返回一个新的 nn.Linear，不许改动原来的那个。

类已经搭好，它的两个方法各转到下面的 setup 与 forward；要写的三个函数排在一起。
"""

import copy

import torch
from torch import nn


class LoRALinear(nn.Module):
    """冻结的线性层加一条低秩的支路"""

    def __init__(self, linear, r, alpha):
        """linear 是 nn.Linear，可能有偏置"""
        super().__init__()
        setup(self, linear, r, alpha)

    def forward(self, x):
        """(…, 输入) -> (…, 输出)"""
        return forward(self, x)


def setup(layer, linear, r, alpha):
    """给 layer 装上 linear、A、B、scaling 四样东西，并冻结 linear"""
    raise NotImplementedError


def forward(layer, x):
    """(…, 输入) -> (…, 输出)"""
    raise NotImplementedError


def merge(layer):
    """返回一个新的 nn.Linear，与 layer 的输出相同"""
    raise NotImplementedError


# 以下是检查，不用改
torch.manual_seed(0)
linear = nn.Linear(12, 6)
layer = LoRALinear(linear, r=3, alpha=12)
shapes = {name: list(p.shape) for name, p in layer.named_parameters() if p.requires_grad}
assert shapes == {"A": [3, 12], "B": [6, 3]}, (
    f"可训练的参数应只有 A [3, 12] 与 B [6, 3]，实际是 {shapes}："
    "形状对吗？原来的权重与偏置都冻结了吗？A、B 用 nn.Parameter 了吗？"
)
x = torch.randn(2, 5, 12)
out = layer(x)
assert out.shape == (2, 5, 6), f"输出的形状是 {list(out.shape)}，应为 [2, 5, 6]"
assert torch.equal(out, linear(x)), "刚装上时输出应与原来逐位相同：B 是从 0 开始的吗？偏置加了吗？"
out.square().sum().backward()
assert layer.B.grad.abs().max() > 0, "第一步 B 的梯度全是 0：A 不能也从 0 开始，否则谁也动不了"
assert layer.A.std() < 1, f"A 的标准差是 {layer.A.std():.2g}，太大：初始化了吗？取 1/√输入 上下，别用标准正态"

layer.B.data.normal_()
before = linear.weight.detach().clone()
expected = linear(x) + 4 * (x @ layer.A.T @ layer.B.T)
difference = (layer(x) - expected).abs().max().item()
assert difference < 1e-4, f"r = 3、alpha = 12 时与公式最多差 {difference:.2g}：缩放应是 alpha / r = 4"
merged = merge(layer)
assert isinstance(merged, nn.Linear), f"merge 应返回 nn.Linear，实际是 {type(merged).__name__}"
assert torch.equal(linear.weight, before), "merge 改动了原来的权重：先复制一份再加"
difference = (merged(x) - layer(x)).abs().max().item()
assert difference < 1e-4, f"合并前后的输出最多差 {difference:.2g}：缩放乘了吗？B @ A 的次序对吗？偏置带上了吗？"
square = LoRALinear(nn.Linear(7, 7, bias=False), r=2, alpha=3)
square.B.data.normal_()
x = torch.randn(4, 7)
difference = (merge(square)(x) - square(x)).abs().max().item()
assert difference < 1e-4, f"方阵、没有偏置时，合并前后最多差 {difference:.2g}：B A 写成了 (B A) 的转置吗？"
print("全部通过")
