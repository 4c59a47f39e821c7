"""练习一：写出负采样的损失与梯度

补全 sgns_gradient。要求：

- 一次算一批：v (B, d) 是中心词，u (B, 1+K, d) 的第 0 个是真邻居，后 K 个是假邻居
- 返回每一对的损失 (B,)、v 的梯度 (B, d)、u 的梯度 (B, 1+K, d)
- 分数是 ±200 也不能出现 inf；不用循环，也不用 backward
- 写完运行这个文件，看到“全部通过”就对了
"""

import torch
import torch.nn.functional as F


def sgns_gradient(v, u):
    """损失 (B,)、v 的梯度 (B, d)、u 的梯度 (B, 1+K, d)"""
    raise NotImplementedError


# 以下是检查，不用改
def reference(v, u):
    """用自动微分得到的标准答案"""
    v, u = v.clone().requires_grad_(), u.clone().requires_grad_()
    scores = (u * v[:, None]).sum(dim=-1)
    sign = torch.tensor([1.0] + [-1.0] * (u.shape[1] - 1))
    loss = -F.logsigmoid(scores * sign).sum(dim=1)
    loss.sum().backward()
    return loss.detach(), v.grad, u.grad


v = torch.tensor([[1.0, 1.0]])
u = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])
loss, grad_v, grad_u = sgns_gradient(v.clone(), u.clone())
assert loss.shape == (1,), (
    f"损失的形状是 {tuple(loss.shape)}，应为 (1,)：每一对一个损失，不要在批上求和"
)
assert torch.allclose(loss, torch.tensor([2.440]), atol=1e-3), (
    f"手算的例子损失是 {loss.item():.3f}，应为 2.440："
    "真邻居用 -log σ(s)，假邻居用 -log σ(-s)，再相加"
)
assert grad_v.shape == (1, 2), (
    f"v 的梯度形状是 {tuple(grad_v.shape)}，应与 v 相同：(1, 2)"
)
assert torch.allclose(grad_v, torch.tensor([[-0.269, 1.762]]), atol=1e-3), (
    f"v 的梯度是 {grad_v.tolist()}，应为 [[-0.269, 1.762]]："
    "误差是 σ(s) 减答案，真邻居的答案是 1，假的是 0；再用误差把 u 加权相加"
)

torch.manual_seed(0)
v, u = torch.randn(8, 5), torch.randn(8, 4, 5)
loss, grad_v, grad_u = sgns_gradient(v.clone(), u.clone())
good = reference(v, u)
assert torch.allclose(loss, good[0], atol=1e-5), (
    "一批 8 对、各 3 个假邻居时，损失不对：3 个假邻居的损失要相加，不是取平均"
)
assert torch.allclose(grad_v, good[1], atol=1e-5), (
    "一批 8 对时，v 的梯度与自动微分不同：1+K 个邻居的贡献要全部相加"
)
assert grad_u.shape == u.shape, (
    f"u 的梯度形状是 {tuple(grad_u.shape)}，应与 u 相同：{tuple(u.shape)}"
)
assert torch.allclose(grad_u, good[2], atol=1e-5), (
    "u 的梯度与自动微分不同：每个邻居的梯度是它自己的误差乘更新之前的 v"
)

v = torch.tensor([[10.0, 10.0]])
u = torch.tensor([[[-10.0, -10.0], [10.0, 10.0]]])
loss, *_ = sgns_gradient(v, u)
assert torch.isfinite(loss).all() and abs(loss.item() - 400) < 1, (
    f"分数是 -200 与 200 时，损失是 {loss.item()}，应为 400："
    "先算 σ 再取 log 会得到 log 0，改用 F.logsigmoid"
)

print("全部通过")
