"""softmax 沿查询的轴：每个键的权重和为 1"""

from torch import nn


class AdditiveAttention(nn.Module):
    def __init__(self, d_q, d_k, d_hidden):
        super().__init__()
        self.W_q = nn.Linear(d_q, d_hidden, bias=False)
        self.W_k = nn.Linear(d_k, d_hidden, bias=False)
        self.w = nn.Linear(d_hidden, 1, bias=False)

    def forward(self, q, k, v):
        hidden = self.W_q(q)[:, :, None] + self.W_k(k)[:, None]
        weights = self.w(hidden.tanh())[..., 0].softmax(dim=1)
        return weights @ v, weights
