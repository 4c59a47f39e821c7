"""错：照着点积注意力的样子，又把输出除以了根号 d"""

from torch import nn


class AdditiveAttention(nn.Module):
    """加性注意力，多了一次缩放"""

    def __init__(self, d_q, d_k, d_hidden):
        super().__init__()
        self.W_q = nn.Linear(d_q, d_hidden, bias=False)
        self.W_k = nn.Linear(d_k, d_hidden, bias=False)
        self.w = nn.Linear(d_hidden, 1, bias=False)

    def forward(self, q, k, v):
        """返回输出与权重"""
        hidden = self.W_q(q)[:, :, None] + self.W_k(k)[:, None]
        weights = self.w(hidden.tanh())[..., 0].softmax(dim=-1)
        return weights @ v / v.shape[-1] ** 0.5, weights
