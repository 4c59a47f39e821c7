"""答案：用两个长度为 1 的轴，让每个查询遇到每个键"""

from torch import nn


class AdditiveAttention(nn.Module):
    """加性注意力，Bahdanau et al. 2014 的对齐模型"""

    def __init__(self, d_q, d_k, d_hidden):
        super().__init__()
        self.W_q = nn.Linear(d_q, d_hidden, bias=False)
        self.W_k = nn.Linear(d_k, d_hidden, bias=False)
        self.w = nn.Linear(d_hidden, 1, bias=False)

    def forward(self, q, k, v):
        """返回输出 (B, T_q, d_v) 与权重 (B, T_q, T_k)"""
        hidden = self.W_q(q)[:, :, None] + self.W_k(k)[:, None]  # (B, T_q, T_k, h)
        scores = self.w(hidden.tanh())[..., 0]  # (B, T_q, T_k, 1) -> (B, T_q, T_k)
        weights = scores.softmax(dim=-1)
        return weights @ v, weights
