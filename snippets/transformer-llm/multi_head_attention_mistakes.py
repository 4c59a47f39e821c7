"""多头注意力里常见的错

每个单元是一种写错的方式：有的报错，有的一声不吭地算错。报错的单元会让整个脚本停下，
所以这一份适合在编辑器或 notebook 里一个单元一个单元地运行

来源：PyTorch 2.13 的行为，逐条实测
"""

# %% 一个没有检查的版本
import torch
import torch.nn.functional as F
from torch import nn


def careless_weights(scores, visible):
    """不看形状，直接把不能看的位置换成 -1e9；scores (B, H, T, T)，visible 是 bool"""
    return scores.masked_fill(~visible, -1e9).softmax(dim=-1)


def padding_for(lengths, T):
    """每句的真实长度 -> (B, T) 的填充掩码，真词元是 True"""
    return torch.arange(T) < torch.tensor(lengths)[:, None]

# %% 填充掩码的形状不对 tags=["raises-exception"]
scores = torch.zeros(2, 4, 5, 5)  # 2 句话，4 个头，5 个词元
careless_weights(scores, padding_for([5, 3], T=5))

# %% 碰巧不报错
scores = torch.zeros(3, 4, 3, 3)  # 3 句话，每句也正好 3 个词元
padding = padding_for([1, 2, 3], T=3)
weights = careless_weights(scores, padding)
print("第 1 句只有 1 个词元，它的权重：")
print(weights[0, 0].numpy().round(2))
print("补上两个轴之后：")
print(careless_weights(scores, padding[:, None, None, :])[0, 0].numpy().round(2))

# %% 碰巧等于头数
scores = torch.zeros(4, 4, 3, 3)  # 4 句话，4 个头
visible = padding_for([1, 3, 3, 3], T=3)[:, None, :].expand(4, 3, 3)  # (B, T, T)
by_head = careless_weights(scores, visible)
print("第 1 句的头 1：", by_head[0, 0, 0].numpy().round(2))
print("第 1 句的头 2：", by_head[0, 1, 0].numpy().round(2))
print("第 2 句的头 1：", by_head[1, 0, 0].numpy().round(2))

# %% 同一个掩码，相反的意思
torch.manual_seed(0)
x = torch.randn(1, 4, 8)
can_see = torch.ones(4, 4, dtype=torch.bool).tril()
official = nn.MultiheadAttention(8, 2, batch_first=True)
with torch.no_grad():
    _, weights = official(x, x, x, attn_mask=can_see)
print(weights[0].numpy().round(2))

# %% 全遮的行，三种答案
no_row = can_see.clone()
no_row[1] = False  # 第 2 个词元谁也不能看
with torch.no_grad():
    q = x.view(1, 4, 2, 4).transpose(1, 2)
    out = F.scaled_dot_product_attention(q, q, q, attn_mask=no_row)
    print("官方函数：", out[0, 0, 1, :2].tolist())
    for need in [True, False]:
        out, _ = official(x, x, x, attn_mask=~no_row, need_weights=need)
        print(f"官方模块，need_weights={need}：", out[0, 1, :2].tolist())

# %% 转置之后直接展平 tags=["raises-exception"]
out = torch.zeros(2, 4, 5, 3)  # (B, H, T, d_k)
out.transpose(1, 2).view(2, 5, 12)

# %% 让程序猜长度
x = torch.arange(40).view(1, 4, 10)  # 4 个词元，10 维
heads = x.view(1, -1, 4, 2)  # 10 除不尽 4，却没有报错
print("4 个词元变成了：", heads.shape[1], "个")
print("第 2 个“词元”：", heads[0, 1].flatten().tolist())
print("拼回之后：", list(heads.view(1, -1, 10).shape))

# %% 三个词元就露馅 tags=["raises-exception"]
x[:, :3].reshape(1, 3, 10).view(1, -1, 4, 2)
