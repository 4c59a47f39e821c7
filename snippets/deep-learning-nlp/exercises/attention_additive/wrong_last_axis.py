"""忘了去掉 w 输出的最后一个轴"""

from torch import nn


class AdditiveAttention(nn.Module):
    def __init__(self, d_q, d_k, d_hidden):
        super().__init__()
        self.W_q = nn.Linear(d_q, d_hidden, bias=False)
        self.W_k = nn.Linear(d_k, d_hidden, bias=False)
        self.w = nn.Linear(d_hidden, 1, bias=False)

    def forward(self, q, k, v):
        hidden = self.W_q(q)[:, :, None] + self.W_k(k)[:, None]
        scores = self.w(hidden.tanh())
        weights = scores.softmax(dim=-1)
        return weights @ v, weights
