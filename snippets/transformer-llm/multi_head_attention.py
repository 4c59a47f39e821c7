"""从零实现多头注意力

先用整数手算两个头，再写出能用的模块，并与 PyTorch 的两个官方实现逐元素对齐

来源：Vaswani et al. 2017《Attention Is All You Need》3.2.2 节；
PyTorch 2.13 文档：torch.nn.MultiheadAttention、scaled_dot_product_attention
"""

# %% 三个词，四个矩阵
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

x = torch.tensor(  # 是名词、是动词、含义一、含义二
    [[1.0, 0, 1, 4], [0, 1, 7, 5], [1, 0, 3, 2]]  # 猫、追、鼠
)
w_q = torch.tensor([[5.0, 0, 0, 5], [0, 5, 5, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
w_k = torch.tensor([[5.0, 0, 5, 0], [0, 5, 0, 5], [0, 0, 0, 0], [0, 0, 0, 0]])
w_v = torch.tensor([[0.0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1], [0, 1, 1, 0]])
w_o = torch.tensor([[1.0, 0, 1, 0], [0, 1, 0, 1], [-1, 0, 1, 0], [0, -1, 0, 1]])

q, k, v = x @ w_q, x @ w_k, x @ w_v  # (3, 4) @ (4, 4) -> (3, 4)


def show(title, tensor):
    """打印标题与一个整数张量"""
    print(title, tensor.int().tolist())


show("Q：", q)
show("K：", k)
show("V：", v)

# %% 先不切开
scores = q @ k.T / math.sqrt(4)  # (3, 4) @ (4, 3) -> (3, 3)
print("分数的第一行：", scores[0].tolist())
print("权重的第一行：", scores.softmax(dim=-1)[0].numpy().round(2))

# %% 把列切成两个头
q_heads = q.reshape(3, 2, 2)  # (T, d_model) -> (T, H, d_k)
print("猫的 q：", q_heads[0].int().tolist())
q_heads = q_heads.transpose(0, 1)  # (T, H, d_k) -> (H, T, d_k)
show("头 1 的 Q：", q_heads[0])
show("头 2 的 Q：", q_heads[1])

# %% 每个头一张注意力图
k_heads = k.reshape(3, 2, 2).transpose(0, 1)
v_heads = v.reshape(3, 2, 2).transpose(0, 1)
scores = q_heads @ k_heads.transpose(1, 2)  # (2, 3, 2) @ (2, 2, 3) -> (2, 3, 3)
weights = (scores / math.sqrt(2)).softmax(dim=-1)
for number in range(2):
    show(f"头 {number + 1} 的分数：", scores[number])
    print(weights[number].numpy().round(2))

# %% 拼回去，再乘输出矩阵
out_heads = weights @ v_heads  # (2, 3, 3) @ (2, 3, 2) -> (2, 3, 2)
show("头 1 的输出：", out_heads[0].round())
show("头 2 的输出：", out_heads[1].round())
concat = out_heads.transpose(0, 1).reshape(3, 4)  # (H, T, d_k) -> (T, H·d_k)
show("拼接：", concat.round())
show("输出：", (concat @ w_o).round())

# %% 输出矩阵也是两块
part_1 = out_heads[0] @ w_o[:2]  # (3, 2) @ (2, 4) -> (3, 4)
part_2 = out_heads[1] @ w_o[2:]
show("头 1 写回：", part_1.round())
show("头 2 写回：", part_2.round())
print("相加等于先拼接再乘：", torch.allclose(part_1 + part_2, concat @ w_o))

# %% 画方格的函数
COLORS = ["#c9d8f3", "#f6d3c5", "#c5e6da"]


def draw_grid(ax, left, top, numbers, colors, title):
    """在 (left, top) 处画一格一个整数的表；colors 与 numbers 同形，title 写在上方"""
    for i, (row, row_colors) in enumerate(zip(numbers, colors)):
        for j, (number, color) in enumerate(zip(row, row_colors)):
            corner = (left + j, top - i - 1)
            ax.add_patch(plt.Rectangle(corner, 1, 1, facecolor=color, edgecolor="w"))
            middle = (corner[0] + 0.5, corner[1] + 0.5)
            ax.text(*middle, int(number), ha="center", va="center", fontsize=14)
    ax.text(left + len(numbers[0]) / 2, top + 0.3, title, ha="center", fontsize=14)


def blank_axes(ax, width, height):
    """只留一块等比例的画布"""
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.axis("off")


def draw_maps(matrices, titles, column, row):
    """把几张 bool 方阵并排画成方格，True 是深色；column 与 row 说列与行是什么"""
    _, axes = plt.subplots(1, len(matrices), figsize=(5.6, 2.3))
    for ax, matrix, title in zip(axes, matrices, titles):
        cells = matrix.numpy()
        ax.pcolormesh(cells, vmin=0, vmax=1.3, edgecolors="#b4bcc9", linewidth=0.8)
        ax.invert_yaxis()  # 第 1 行画在最上面
        places = [i + 0.5 for i in range(len(cells))]  # 方格的中心
        ax.set_xticks(places, range(1, len(cells) + 1), fontsize=12)
        ax.set_yticks(places, range(1, len(cells) + 1), fontsize=12)
        ax.tick_params(length=0)
        ax.set(aspect="equal")
        ax.set_title(title, fontsize=14)
        ax.grid(False)
    axes[0].set_xlabel(column, fontsize=14)
    axes[0].set_ylabel(row, fontsize=14)


def draw_two_blocks():
    """X · W_q 得到 Q，Q 的左半是头 1，右半是头 2"""
    _, ax = plt.subplots(figsize=(5.6, 4.1))
    blank_axes(ax, 15.2, 10.4)
    for i, word in enumerate("猫追鼠"):
        ax.text(0.4, 8.6 - i, word, ha="center", va="center", fontsize=14)
    blocks = [COLORS[0], COLORS[0], COLORS[1], COLORS[1]]
    draw_grid(ax, 1, 9.1, x.tolist(), [["#eceff3"] * 4] * 3, "X")
    draw_grid(ax, 6, 9.1, w_q.tolist(), [blocks] * 4, "$W_q$")
    draw_grid(ax, 11.2, 9.1, q.tolist(), [blocks] * 3, "Q")
    ax.text(5.5, 7.1, "·", ha="center", va="center", fontsize=20)
    ax.text(10.6, 7.1, "=", ha="center", va="center", fontsize=18)
    for number, left in enumerate([4.5, 9.7]):
        colors = [[COLORS[number]] * 2] * 3
        title = f"头 {number + 1} 的 Q"
        draw_grid(ax, left, 3.1, q_heads[number].tolist(), colors, title)


# %% 一个矩阵看成两块
draw_two_blocks()
plt.show()

# %% 让每个数带着自己的来历
marked = torch.tensor([[10, 11, 12, 13], [20, 21, 22, 23], [30, 31, 32, 33]])
right = marked.view(3, 2, 2).transpose(0, 1)  # (T, H, d_k) -> (H, T, d_k)
wrong = marked.view(2, 3, 2)  # 形状也是 (H, T, d_k)，但位置混了
print("形状：", list(right.shape), list(wrong.shape))
print("正确的头 1：", right[0].tolist())
print("错误的头 1：", wrong[0].tolist())


# %% 画对与错的切法
def draw_splits():
    """三个位置三种颜色：正确的头各有三色，错误的头把位置混在一行里"""
    _, ax = plt.subplots(figsize=(5.6, 3.9))
    blank_axes(ax, 14, 9.8)
    draw_grid(ax, 0, 6.3, marked.tolist(), [[c] * 4 for c in COLORS], "原来")
    for name, heads, top in [("正确", right, 8.5), ("错误", wrong, 3.7)]:
        for number in range(2):
            block = heads[number].tolist()
            colors = [[COLORS[n // 10 - 1] for n in row] for row in block]
            title = f"{name}：头 {number + 1}"
            draw_grid(ax, 7 + 4 * number, top, block, colors, title)


# %% 对与错，一眼看出
draw_splits()
plt.show()


# %% 切开与拼回
def split_heads(x, n_head):
    """把最后一维切成 n_head 段：(B, T, d_model) -> (B, n_head, T, d_k)"""
    B, T, d_model = x.shape
    x = x.view(B, T, n_head, d_model // n_head)  # 切开：位置与位置不混
    return x.transpose(1, 2)  # 让头排在位置前面，@ 就会一个头一个头地算


def merge_heads(x):
    """split_heads 的逆运算：(B, n_head, T, d_k) -> (B, T, n_head · d_k)"""
    B, n_head, T, d_k = x.shape
    return x.transpose(1, 2).reshape(B, T, n_head * d_k)


x = torch.randn(2, 5, 12)
print("切开：", list(split_heads(x, 3).shape))
print("拼回后与原来一样：", torch.equal(merge_heads(split_heads(x, 3)), x))


# %% 两种掩码合成一种
def combine_masks(mask, padding):
    """合成一个能广播到 (B, H, T_q, T_k) 的掩码；两个都没有时返回 None

    mask：(T_q, T_k)，或逐句不同的 (B, 1, T_q, T_k)；padding：(B, T_k)
    都是 bool，True 表示可以看；不是 bool 时 TypeError，维数不对时 ValueError
    """
    for name, given, dims in [("mask", mask, (2, 4)), ("padding", padding, (2,))]:
        if given is not None and given.dtype != torch.bool:
            raise TypeError(f"{name} 应为 bool（True 可以看），收到 {given.dtype}")
        if given is not None and given.dim() not in dims:
            raise ValueError(f"{name} 的维数应在 {dims} 里，收到 {list(given.shape)}")
    if padding is None:
        return mask
    padding = padding[:, None, None, :]  # (B, T_k) -> (B, 1, 1, T_k)
    return padding if mask is None else mask & padding  # -> (B, 1, T_q, T_k)


# %% 两句话，三种掩码
causal = torch.ones(5, 5, dtype=torch.bool).tril()  # (T, T)
padding = torch.tensor(  # (B, T)：第 2 句只有 3 个词元
    [[True, True, True, True, True], [True, True, True, False, False]]
)
visible = combine_masks(causal, padding)
print("合成后的形状：", list(visible.shape))
print("第 2 句最后一行：", visible[1, 0, -1].int().tolist())

second = [causal, padding[1].expand(5, 5), visible[1, 0]]
draw_maps(second, ["因果", "填充", "两者都要"], "看谁", "谁在看")
plt.show()


# %% 带掩码的缩放点积注意力
def attention(q, k, v, visible=None, dropout=None):
    """返回输出 (B, H, T_q, d_v) 与权重 (B, H, T_q, T_k)

    q (B, H, T_q, d_k)，k (B, H, T_k, d_k)，v (B, H, T_k, d_v)
    visible 是 bool，能广播到权重的形状；整行都不能看时，这一行的权重与输出是 0
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # -> (B, H, T_q, T_k)
    if visible is not None:
        scores = scores.masked_fill(~visible, torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-1)
    if visible is not None:
        weights = weights.masked_fill(~visible, 0.0)  # 只对整行被遮住的行有影响
    if dropout is not None:
        weights = dropout(weights)
    return weights @ v, weights  # (B, H, T_q, T_k) @ (B, H, T_k, d_v)


# %% 完整的模块
class MultiHeadAttention(nn.Module):
    """多头注意力（Vaswani et al. 2017，3.2.2 节）

    d_model 是输入与输出的维度，n_head 是头数；除不尽时 ValueError
    """

    def __init__(self, d_model, n_head, dropout=0.0):
        super().__init__()
        if d_model % n_head != 0:
            raise ValueError(
                f"d_model（{d_model}）要能被 n_head（{n_head}）整除，"
                f"现在每个头分到 {d_model / n_head:g} 维"
            )
        self.n_head = n_head
        self.W_q = nn.Linear(d_model, d_model)
        self.W_k = nn.Linear(d_model, d_model)
        self.W_v = nn.Linear(d_model, d_model)
        self.W_o = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None, padding=None):
        """query (B, T_q, d_model)，key 与 value (B, T_k, d_model)

        返回输出 (B, T_q, d_model) 与权重 (B, H, T_q, T_k)；掩码见 combine_masks
        """
        q = split_heads(self.W_q(query), self.n_head)  # -> (B, H, T_q, d_k)
        k = split_heads(self.W_k(key), self.n_head)  # -> (B, H, T_k, d_k)
        v = split_heads(self.W_v(value), self.n_head)
        visible = combine_masks(mask, padding)
        out, weights = attention(q, k, v, visible, self.dropout)
        return self.W_o(merge_heads(out)), weights


# %% 试一次
torch.manual_seed(0)
mha = MultiHeadAttention(d_model=12, n_head=3)
x = torch.randn(2, 5, 12)  # 两句话，每句 5 个词元
out, weights = mha(x, x, x, causal, padding)
print("输出：", list(out.shape), " 权重：", list(weights.shape))
print("第 2 句最后一行：", weights[1, 0, -1].detach().numpy().round(2))

# %% 数一数参数
for n_head in [1, 2, 8, 64]:
    layer = MultiHeadAttention(512, n_head)
    matrices = sum(p.numel() for p in layer.parameters() if p.dim() == 2)
    biases = sum(p.numel() for p in layer.parameters() if p.dim() == 1)
    print(f"{n_head:2d} 个头：矩阵 {matrices:,}，偏置 {biases:,}")
print(f"4 · 512² = {4 * 512**2:,}")


# %% 数一数计算量
from torch.utils.flop_counter import FlopCounterMode


def count_flops(layer, T):
    """跑一次自注意力，返回其中矩阵乘法的浮点运算次数（一乘一加算两次）"""
    x = torch.randn(1, T, 512)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(x, x, x)
    return counter.get_total_flops()


for T in [128, 1024]:
    print(f"T = {T}，公式：{8 * T * 512**2 + 4 * T**2 * 512:,}")
    for n_head in [1, 8]:
        counted = count_flops(MultiHeadAttention(512, n_head), T)
        print(f"  {n_head} 个头，数出来：{counted:,}")


# %% 与一个头一个头地算相等
def one_head(mha, x, i):
    """只算第 i 个头：取出属于它的那几行权重，(B, T, d_model) -> (B, T, d_k)"""
    d_k = x.shape[-1] // mha.n_head
    rows = slice(i * d_k, (i + 1) * d_k)  # nn.Linear 存的是转置，头成了行
    q, k, v = (
        x @ layer.weight[rows].T + layer.bias[rows]
        for layer in [mha.W_q, mha.W_k, mha.W_v]
    )
    return attention(q, k, v)[0]


looped = mha.W_o(torch.cat([one_head(mha, x, i) for i in range(3)], dim=-1))
print("循环与一次算完相等：", torch.allclose(looped, mha(x, x, x)[0], atol=1e-6))


# %% 与官方模块逐元素相等
def copy_to_official(mha):
    """建一个 nn.MultiheadAttention，装进同样的权重：三个矩阵竖着叠成一个"""
    layers = [mha.W_q, mha.W_k, mha.W_v]
    official = nn.MultiheadAttention(
        mha.W_o.in_features, mha.n_head, batch_first=True
    )
    with torch.no_grad():
        official.in_proj_weight.copy_(torch.cat([layer.weight for layer in layers]))
        official.in_proj_bias.copy_(torch.cat([layer.bias for layer in layers]))
        official.out_proj.load_state_dict(mha.W_o.state_dict())
    return official


official = copy_to_official(mha)
print("in_proj_weight：", list(official.in_proj_weight.shape))
out, weights = mha(x, x, x, causal, padding)
out_2, weights_2 = official(
    x,
    x,
    x,
    attn_mask=~causal,  # 它的 True 是“不许看”，与我们相反
    key_padding_mask=~padding,
    average_attn_weights=False,  # 默认把各个头的权重平均掉
)
print("输出相等：", torch.allclose(out, out_2, atol=1e-6))
print("权重相等：", torch.allclose(weights, weights_2, atol=1e-6))

# %% 梯度也相等
target = torch.randn_like(out)
F.mse_loss(out, target).backward()
F.mse_loss(out_2, target).backward()
ours = torch.cat([layer.weight.grad for layer in [mha.W_q, mha.W_k, mha.W_v]])
print("梯度相等：", torch.allclose(ours, official.in_proj_weight.grad, atol=1e-6))

# %% 与缩放点积注意力的官方函数相等
q, k, v = (split_heads(layer(x), 3) for layer in [mha.W_q, mha.W_k, mha.W_v])
fused = F.scaled_dot_product_attention(q, k, v, attn_mask=visible)  # True 同我们
print("输出相等：", torch.allclose(mha.W_o(merge_heads(fused)), out, atol=1e-6))


# %% 谁的改动影响了谁
def influence(layer, x):
    """逐个换掉第 s 个词，看第 t 个输出变不变：返回 (T, T) 的 bool，行是 t，列是 s"""
    before, columns = layer(x), []
    for s in range(x.shape[1]):
        changed = x.clone()
        changed[:, s] += 1.0
        columns.append((layer(changed) - before).abs().amax(dim=(0, 2)) > 1e-6)
    return torch.stack(columns, dim=1)


x6 = torch.randn(1, 6, 12)
causal6 = torch.ones(6, 6, dtype=torch.bool).tril()
mha2 = MultiHeadAttention(d_model=12, n_head=2)
seen = influence(lambda x: mha2(x, x, x, causal6)[0], x6)
print(seen.int().numpy())
print("未来影响过去：", seen.triu(diagonal=1).any().item())


# %% 忘了转置会怎样
def forget_split(layer, x):
    """与 forward 相同，只是切开时没有转置"""
    q, k, v = (
        linear(x).view(1, 2, 6, 6)  # 应为 view(1, 6, 2, 6).transpose(1, 2)
        for linear in [layer.W_q, layer.W_k, layer.W_v]
    )
    return attention(q, k, v, causal6)[0]  # (1, 2, 6, 6)


half = influence(lambda x: mha2.W_o(merge_heads(forget_split(mha2, x))), x6)
both = influence(lambda x: mha2.W_o(forget_split(mha2, x).view(1, 6, 12)), x6)
print("只忘切开，未来影响过去：", half.triu(diagonal=1).any().item())
print("都忘了，后半句看见前半句：", both[3:, :3].any().item())

draw_maps([seen, half, both], ["正确", "切开时忘了", "切与拼都忘了"], "改了谁", "谁变了")
plt.show()

# %% 交叉注意力
decoder = torch.randn(2, 4, 12)  # 译文，4 个词元
encoder = torch.randn(2, 5, 12)  # 原文，5 个词元，第 2 句后两个是填充
out, weights = mha(decoder, encoder, encoder, padding=padding)
print("输出：", list(out.shape), " 权重：", list(weights.shape))
print("填充得到的权重：", weights[1, :, :, 3:].sum().item())

# %% 整行都被遮住
empty = torch.zeros(2, 5, dtype=torch.bool)  # 一个词也不能看
out, weights = mha(x, x, x, padding=empty)
print("权重全是 0：", (weights == 0).all().item())
print("输出等于 W_o 的偏置：", torch.allclose(out, mha.W_o.bias.expand_as(out)))
mha.zero_grad()
out.sum().backward()
print("梯度里有 NaN：", any(p.grad.isnan().any().item() for p in mha.parameters()))

# %% 训练时的 Dropout
torch.manual_seed(0)
noisy = MultiHeadAttention(d_model=12, n_head=3, dropout=0.5)
rows = noisy(x, x, x)[1][0, 0].sum(dim=-1)
print("训练时每行的和：", rows.detach().numpy().round(2))
noisy.eval()
rows = noisy(x, x, x)[1][0, 0].sum(dim=-1)
print("推理时每行的和：", rows.detach().numpy().round(2))

# %% 头数除不尽 tags=["raises-exception"]
MultiHeadAttention(d_model=10, n_head=4)
