"""练习三：2014 年的打分方法

Bahdanau 等人 2014 年打分不用点积，而用一层小网络（additive attention，加性注意力）：

    score(q, k) = w · tanh(W_q q + W_k k)

补全 AdditiveAttention 的两个方法，再看它能不能学会抽屉题。要求：

- 三个 nn.Linear，名字是 W_q、W_k、w，都没有偏置；值直接用 v，不再投影
- 每个查询与每个键各打一分，不用循环；键与查询的维度可以不同
- 写完运行这个文件（约 1 秒），看到“全部通过”就对了
"""

import torch
from torch import nn
from torch.nn.functional import one_hot


class AdditiveAttention(nn.Module):
    """加性注意力，Bahdanau et al. 2014 的对齐模型"""

    def __init__(self, d_q, d_k, d_hidden):
        """先调用 super().__init__()；d_hidden 是小网络的宽度"""
        raise NotImplementedError

    def forward(self, q, k, v):
        """q (B, T_q, d_q)，k (B, T_k, d_k)，v (B, T_k, d_v)

        返回输出 (B, T_q, d_v) 与权重 (B, T_q, T_k)
        """
        raise NotImplementedError


# 以下是检查，不用改
def attend(layer, q, k, v):
    """调用这一层，把框架的报错说成一句话"""
    try:
        return layer(q, k, v)
    except NotImplementedError:
        raise
    except RuntimeError as error:
        raise AssertionError(
            "PyTorch 报错了：W_q q 要变成 (B, T_q, 1, h)，W_k k 要变成 (B, 1, T_k, h)，"
            "加起来才是每对一份的 (B, T_q, T_k, h)；"
            f"或忘了去掉 w 输出的最后一个轴（{error}）"
        ) from error


torch.manual_seed(0)
layer = AdditiveAttention(6, 7, 16)
names = sorted(name for name, _ in layer.named_parameters())
assert names == ["W_k.weight", "W_q.weight", "w.weight"], (
    f"参数应为 W_q、W_k、w 三个没有偏置的 nn.Linear，你的是 {names}"
)

q, k, v = torch.randn(2, 3, 6), torch.randn(2, 5, 7), torch.randn(2, 5, 4)
out, weights = attend(layer, q, k, v)
assert weights.shape == (2, 3, 5), (
    f"权重的形状是 {tuple(weights.shape)}，应为 (2, 3, 5)：每个查询对每个键一个权重"
)
sums = weights.sum(dim=-1)
assert torch.allclose(sums, torch.ones(2, 3), atol=1e-6), (
    f"第一个查询的权重和是 {sums[0, 0].item():.2f}，应为 1：softmax 要沿键的轴"
)
assert out.shape == (2, 3, 4), f"输出的形状是 {tuple(out.shape)}，应为 (2, 3, 4)"
assert torch.allclose(out, weights @ v, atol=1e-6), (
    "权重对了，加权平均却不对：输出应为 weights @ v，后面不再做别的"
)

other = attend(layer, q + 1, k, v)[1]
assert not torch.allclose(weights, other, atol=1e-5), (
    "换了查询，权重一点没变：W_q 和 tanh 都用上了吗？"
    "没有 tanh 时，w·(W_q q) 对每个键都一样，softmax 会把它消掉"
)
for b, i, j in [(0, 0, 0), (0, 2, 4), (1, 1, 3)]:
    each = [
        layer.w(torch.tanh(layer.W_q(q[b, i]) + layer.W_k(k[b, t]))) for t in range(5)
    ]
    expected = torch.cat(each).softmax(dim=0)[j].item()
    got = weights[b, i, j].item()
    assert abs(got - expected) < 1e-5, (
        f"第 {i + 1} 个查询给第 {j + 1} 个键的权重是 {got:.3f}，应为 {expected:.3f}"
    )

out.square().sum().backward()
idle = [name for name, p in layer.named_parameters() if p.grad is None]
assert not idle, f"这些参数没有梯度，什么也学不到：{idle}"


def drawers(n):
    """抽屉题：8 种颜色、5 只抽屉、10 个数字，都用独热向量"""
    colors = torch.rand(n, 8).argsort(dim=1)[:, :5]
    digits = torch.randint(10, (n, 5))
    row, place = torch.arange(n), torch.randint(5, (n,))
    q = one_hot(colors[row, place], 8).float()[:, None]
    v = one_hot(digits, 10).float()
    return q, torch.cat([one_hot(colors, 8).float(), v], dim=-1), v, digits[row, place]


layer = AdditiveAttention(8, 18, 16)
optimizer = torch.optim.Adam(layer.parameters(), lr=0.02)
for _ in range(300):
    q, k, v, answer = drawers(64)
    found = layer(q, k, v)[0][:, 0]  # (64, 10) 每个数字得到多少权重
    loss = -(found[torch.arange(64), answer] + 1e-9).log().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
q, k, v, answer = drawers(1000)
right = (layer(q, k, v)[0][:, 0].argmax(dim=-1) == answer).float().mean().item()
assert right > 0.95, (
    f"训练 300 步后只答对 {right:.0%}，应接近全对：权重没有指向问的颜色"
)

print("全部通过")
