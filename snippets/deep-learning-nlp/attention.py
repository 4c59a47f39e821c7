"""注意力机制：从查字典到缩放点积注意力

用 NumPy 从一次可以手算的软查找写起，得到带掩码的缩放点积注意力，
再看为什么要除以 √d_k、为什么要三个投影、掩码放在哪里、代价多大、
为什么看不见顺序，最后与 PyTorch 的实现逐元素比较

来源：Bahdanau et al. 2014《Neural Machine Translation by Jointly Learning to Align
and Translate》3.1 节（软对齐）；Vaswani et al. 2017《Attention Is All You Need》
3.2.1 节（缩放点积注意力）、4 节（代价）
"""

# %% 字典里没有“它” tags=["raises-exception"]
told = {"小猫": "一只动物", "鱼": "一盘食物"}
print("小猫：", told["小猫"])
print("它：", told["它"])

# %% 用点积打分
import matplotlib.pyplot as plt
import numpy as np

words = ["小猫", "没吃", "鱼"]
# 四个特征依次是：是动物、是食物、会饿、有味道
keys = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 1]])  # (3, 4)
query = np.array([2, 0, 2, 0])  # “它饱了”：要找一个会饿的动物

for word, key in zip(words, keys):
    print(f"{word}：{query} · {key} 等于 {query @ key}")


# %% 分数变成权重
def softmax(scores):
    """沿最后一个轴把任意的数变成和为 1 的正数，形状不变"""
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))  # 防止溢出
    return exp / exp.sum(axis=-1, keepdims=True)


scores = keys @ query / np.sqrt(4)  # (3, 4) @ (4,) -> (3,)
print("分数除以 2：", scores)
print("取指数：", np.exp(scores).round(2), "和：", np.exp(scores).sum().round(2))
print("权重：", softmax(scores).round(3))

# %% 按权重取平均
values = np.array([[10, 0], [0, 0], [0, 10]])  # 几分像猫、几分像鱼
weights = softmax(scores)
for word, weight, value in zip(words, weights, values):
    print(f"{word}：{weight:.3f} × {value} 得到 {(weight * value).round(2)}")
print("加起来：", (weights @ values).round(2))  # (3,) @ (3, 2) -> (2,)


# %% 写成函数
def attention(q, k, v):
    """缩放点积注意力，Vaswani et al. 2017 3.2.1 节

    q (..., T_q, d_k)，k (..., T_k, d_k)，v (..., T_k, d_v)
    返回输出 (..., T_q, d_v) 与权重 (..., T_q, T_k)
    """
    d_k = k.shape[-1]
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(d_k)  # -> (..., T_q, T_k)
    weights = softmax(scores)  # 每一行和为 1
    return weights @ v, weights  # (..., T_q, T_k) @ (..., T_k, d_v)


queries = np.array([[2, 0, 2, 0], [0, 2, 0, 2]])  # “它饱了”与“它太咸了”
out, weights = attention(queries, keys, values)
print("权重", weights.shape)
print(weights.round(3))
print("输出", out.shape)
print(out.round(2))


# %% 画弧线的帮手
def draw_arcs(ax, words, source, weights):
    """从第 source 个词向前面的词画弧，越粗权重越大；weights 与前几个词一一对应"""
    for i, word in enumerate(words):
        ax.text(i, 0, word, ha="center", va="center", fontsize=17)
    for i, weight in enumerate(weights):
        ax.text(i, -0.34, f"{weight:.2f}", ha="center", va="center", fontsize=15)
        style = {"arrowstyle": "-", "connectionstyle": "arc3,rad=0.42"}
        style |= {"lw": 1 + 9 * weight, "color": "#2f5fb3", "alpha": 0.75}
        ax.annotate("", xy=(i, 0.2), xytext=(source, 0.2), arrowprops=style)
    ax.set_xlim(-0.5, len(words) - 0.3)
    ax.set_ylim(-0.5, 1.3)
    ax.axis("off")


# %% 同一个“它”看向两处
fig, axes = plt.subplots(2, 1, figsize=(5.2, 3.8))
for ax, last, row in zip(axes, ["饱了", "太咸了"], weights):
    draw_arcs(ax, ["小猫", "没吃", "鱼", "因为", "它", last], 4, row)
plt.show()

# %% 维度越大，分数越散
rng = np.random.default_rng(0)
for d in [4, 64, 1024]:
    q = rng.normal(size=(20000, d))
    k = rng.normal(size=(20000, d))
    dots = (q * k).sum(axis=-1)  # 两万对随机向量的点积
    print(
        f"d {d:4d}：点积的标准差 {dots.std():5.1f}，"
        f"除以 √d 之后 {(dots / np.sqrt(d)).std():.2f}"
    )


# %% 分数太散，导数就没了
def measure(d, scale):
    """随机的 1 个查询看 8 个键，重复 2000 次：平均的最大权重与导数之和"""
    q = rng.normal(size=(2000, 1, d))
    k = rng.normal(size=(2000, 8, d))
    w = softmax((q * k).sum(axis=-1) * scale)  # (2000, 8)
    return w.max(axis=-1).mean(), (w * (1 - w)).sum(axis=-1).mean()


dims = [4, 16, 64, 256, 1024]
plain = np.array([measure(d, 1) for d in dims])
scaled = np.array([measure(d, 1 / np.sqrt(d)) for d in dims])
for d, (top, slope), (top_s, slope_s) in zip(dims, plain, scaled):
    print(
        f"d {d:4d}：最大权重 {top:.2f}，导数 {slope:.2f}；"
        f"缩放后 {top_s:.2f}，{slope_s:.2f}"
    )

# %% 导数随维度的变化
fig, ax = plt.subplots(figsize=(4.8, 3.2))
ax.plot(dims, scaled[:, 1], "o-")
ax.plot(dims, plain[:, 1], "s-")
ax.text(30, scaled[2, 1] - 0.1, r"除以 $\sqrt{d}$", color="#2f5fb3", fontsize=14)
ax.text(75, plain[2, 1] + 0.03, "不除", color="#d1603d", fontsize=14)
ax.set_xscale("log", base=2)
ax.set_xticks(dims, dims)
ax.set_ylim(0, 0.9)
ax.set_xlabel("维度 d", fontsize=14)
ax.set_ylabel("softmax 的导数之和", fontsize=14)
plt.show()

# %% 没有投影时
sentence = ["小猫", "没吃", "鱼", "因为", "它"]
rng = np.random.default_rng(1)
x = rng.normal(size=(5, 16))
x /= np.linalg.norm(x, axis=-1, keepdims=True)  # 五个词向量，长度都是 1

raw = x @ x.T  # (5, 16) @ (16, 5) -> (5, 5)
print("每个词最像谁：", [sentence[i] for i in raw.argmax(axis=-1)])
print("“它”给“小猫”打的分：", raw[4, 0].round(2))
print("“小猫”给“它”打的分：", raw[0, 4].round(2))

# %% 三个投影
W_q, W_k, W_v = rng.normal(size=(3, 16, 8))  # 训练学的就是这三个矩阵
q, k, v = x @ W_q, x @ W_k, x @ W_v  # 都是 (5, 16) @ (16, 8) -> (5, 8)
out, weights = attention(q, k, v)
projected = q @ k.T
print("每个词最像谁：", [sentence[i] for i in projected.argmax(axis=-1)])
print("“它”给“小猫”打的分：", projected[4, 0].round(2))
print("“小猫”给“它”打的分：", projected[0, 4].round(2))
print("x", x.shape, "权重", weights.shape, "输出", out.shape)

# %% 查询来自另一个序列
english = rng.normal(size=(3, 16))  # 译文已经写出的三个词
out, weights = attention(english @ W_q, x @ W_k, x @ W_v)
print("权重", weights.shape, "输出", out.shape)

# %% 先遮还是先算
row = np.array([2.0, 1.0, 0.0])  # 一个查询的三个分数，第三个词不许看
for hidden in [0.0, 5.0]:
    row[2] = hidden
    visible = np.array([True, True, False])
    before = softmax(np.where(visible, row, -np.inf))  # 先把分数换成负无穷
    after = np.where(visible, softmax(row), 0)  # 先算权重，再把它清零
    print(f"第三个分数是 {hidden:.0f}")
    print("  先遮：", before.round(3), "和", before.sum().round(3))
    print("  后遮：", after.round(3), "和", after.sum().round(3))


# %% 带掩码的注意力
def masked_attention(q, k, v, visible):
    """只看 visible 里是 True 的位置，其余同 attention

    visible 的形状能广播成 (..., T_q, T_k)
    """
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(k.shape[-1])
    scores = np.where(visible, scores, -np.inf)  # exp(-inf) 正好是 0
    weights = softmax(scores)
    return weights @ v, weights


causal = np.tril(np.ones((5, 5), dtype=bool))  # 第 i 行只有前 i 个 True
_, weights = masked_attention(x @ W_q, x @ W_k, x @ W_v, causal)
print(weights.round(2))

# %% 掩码的样子
tokens = ["猫", "没", "吃", "鱼"]
t = rng.normal(size=(3, 4, 16))  # 随机的 q、k、v：只看形状，不看数值
everything = np.ones((4, 4), dtype=bool)
not_padding = np.array([True, True, True, False])  # 第四个位置是补上的，(4,)
cases = {
    "都可以看": everything,
    "因果": np.tril(everything),
    "填充": not_padding,  # (4,) 广播成 (4, 4)：每一行都不看最后一列
}
fig, axes = plt.subplots(1, 3, figsize=(5.8, 2.4))
for ax, (name, visible) in zip(axes, cases.items()):
    _, weights = masked_attention(*t, visible)
    ax.imshow(weights, vmin=0, vmax=1)
    for i, j in np.argwhere(weights == 0):
        ax.text(j, i, "×", ha="center", va="center", fontsize=15)  # 被遮住
    ax.set_title(name, fontsize=16)
    seen = tokens if name != "填充" else ["吃", "饱", "了", "空"]
    ax.set_xticks(range(4), seen, fontsize=15)
    ax.set_yticks(range(4), seen, fontsize=15)
    ax.grid(False)
plt.show()

# %% 与 PyTorch 逐元素比较
import torch
from torch.nn.functional import scaled_dot_product_attention

q = rng.normal(size=(2, 5, 8))  # (B, T_q, d_k)
k = rng.normal(size=(2, 7, 8))  # (B, T_k, d_k)
v = rng.normal(size=(2, 7, 3))  # (B, T_k, d_v)
tq, tk, tv = (torch.from_numpy(a) for a in (q, k, v))

theirs = scaled_dot_product_attention(tq, tk, tv)
print("没有掩码：", np.allclose(attention(q, k, v)[0], theirs))

lengths = np.array([7, 4])  # 第二句只有 4 个词，后面是填充
visible = np.arange(7) < lengths[:, None, None]  # (7,) 与 (2, 1, 1) -> (2, 1, 7)
mask = torch.from_numpy(visible)
theirs = scaled_dot_product_attention(tq, tk, tv, attn_mask=mask)
print("填充掩码：", np.allclose(masked_attention(q, k, v, visible)[0], theirs))

causal = np.tril(np.ones((7, 7), dtype=bool))
theirs = scaled_dot_product_attention(tk, tk, tv, is_causal=True)
print("因果掩码：", np.allclose(masked_attention(k, k, v, causal)[0], theirs))

# %% 数一数代价
from torch.utils.flop_counter import FlopCounterMode


def count(T, d):
    """数出长度 T、宽度 d 时，三个投影与两次注意力乘法各要多少次乘加"""
    # meta 设备只记形状，不占内存
    x, W = torch.empty(T, d, device="meta"), torch.empty(d, d, device="meta")
    with FlopCounterMode(display=False) as projections:
        q, k, v = x @ W, x @ W, x @ W
    with FlopCounterMode(display=False) as mixing:
        (q @ k.T).softmax(dim=-1) @ v
    # 一次乘加在这里记作两次运算
    return projections.get_total_flops() // 2, mixing.get_total_flops() // 2


for T in [1024, 2048, 8192, 131072]:
    projections, mixing = count(T, d=4096)
    print(
        f"T {T:6d}：权重 {T * T:11d} 个，投影 {projections / 1e9:6.1f} G 次乘加，"
        f"注意力 {mixing / 1e9:8.1f} G 次"
    )

# %% 打乱词序
rng = np.random.default_rng(2)
embed = dict(zip(["猫", "吃", "鱼"], rng.normal(size=(3, 8))))


def read(text, visible):
    """逐字取向量，做一次自注意力，返回每个字的输出 (T, 8)"""
    x = np.array([embed[c] for c in text])
    return masked_attention(x, x, x, visible)[0]


everything = np.ones((3, 3), dtype=bool)
print("猫吃鱼，“吃”的输出：", read("猫吃鱼", everything)[1, :4].round(2))
print("鱼吃猫，“吃”的输出：", read("鱼吃猫", everything)[1, :4].round(2))
print("加上因果掩码之后：")
print("猫吃鱼，“吃”的输出：", read("猫吃鱼", np.tril(everything))[1, :4].round(2))
print("鱼吃猫，“吃”的输出：", read("鱼吃猫", np.tril(everything))[1, :4].round(2))
