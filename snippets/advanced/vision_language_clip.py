"""从零训练一个 CLIP：让图与文字住进同一个空间

先把一张图切成图块，再手算两对图文的 InfoNCE；然后画图、写中文描述，训练一个小 CLIP，
看检索、零样本分类、陌生的组合，以及它分不清的东西

来源：Radford 等 2021（arXiv:2103.00020）；把图切成块当词元，见 Dosovitskiy 等 2020
（arXiv:2010.11929）；图文模型像词袋，见 Yuksekgonul 等 2022（arXiv:2210.01936）
"""

# %% 准备
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
rng = np.random.default_rng(0)

COLORS = {
    "红色": (0.86, 0.22, 0.20),
    "黄色": (0.95, 0.78, 0.20),
    "蓝色": (0.20, 0.36, 0.85),
    "绿色": (0.20, 0.62, 0.35),
}
SHAPES = ["圆形", "方块", "三角", "十字"]
PLACES = {"左上": (9, 9), "右上": (23, 9), "左下": (9, 23), "右下": (23, 23), "正中": (16, 16)}
HELD_OUT = {("蓝色", "三角"), ("黄色", "十字")}  # 训练时绝不出现的组合


# %% 画图
def shape_mask(shape, cx, cy, r):
    """返回 (32, 32) 的布尔图：以 (cx, cy) 为中心、半径约 r 像素的形状里面为真"""
    ys, xs = np.mgrid[:32, :32]
    dx, dy = xs - cx, ys - cy
    if shape == "圆形":
        return dx**2 + dy**2 <= r**2
    if shape == "方块":
        return np.maximum(abs(dx), abs(dy)) <= 0.85 * r
    if shape == "三角":
        return (abs(dy) <= r) & (abs(dx) <= (dy + r) / 2)
    arm, reach = np.minimum(abs(dx), abs(dy)), np.maximum(abs(dx), abs(dy))
    return (arm <= 0.3 * r) & (reach <= r)


def draw(scene):
    """把 (颜色, 形状, 位置) 的列表画成 (3, 32, 32)，像素在 0 与 1 之间，有抖动与噪声"""
    image = np.full((32, 32, 3), 0.93)
    for color, shape, place in scene:
        cx, cy = rng.uniform(-1.5, 1.5, 2) + PLACES[place]
        image[shape_mask(shape, cx, cy, rng.uniform(5.5, 7.5))] = COLORS[color]
    image = np.clip(image + rng.normal(0, 0.03, image.shape), 0, 1)
    return torch.from_numpy(image.astype(np.float32).transpose(2, 0, 1))


# %% 八十种东西
THINGS = [(c, s, p) for c in COLORS for s in SHAPES for p in PLACES]
seen = [i for i, thing in enumerate(THINGS) if thing[:2] not in HELD_OUT]
unseen = [i for i, thing in enumerate(THINGS) if thing[:2] in HELD_OUT]


def caption(thing):
    """(颜色, 形状, 位置) → 描述的四个词"""
    color, shape, place = thing
    return [place, "的", color, shape]


WORDS = ["的", *COLORS, *SHAPES, *PLACES]
ID = {word: i for i, word in enumerate(WORDS)}


def encode(sentences):
    """等长的词列表 → (句数, 词数) 的编号"""
    return torch.tensor([[ID[word] for word in words] for words in sentences])


texts = encode([caption(thing) for thing in THINGS])  # (80, 4)
bank = torch.stack([torch.stack([draw([t]) for _ in range(30)]) for t in THINGS])
test_images = torch.stack([torch.stack([draw([t]) for _ in range(4)]) for t in THINGS])
print(f"{len(THINGS)} 种：见过 {len(seen)}，留出 {len(unseen)}")
print("训练图：", list(bank.shape), " 测试图：", list(test_images.shape))

# %% 看几张图
shown = [
    THINGS.index(t)
    for t in [
        ("红色", "圆形", "左上"),
        ("黄色", "三角", "正中"),
        ("绿色", "十字", "右下"),
        ("蓝色", "方块", "右上"),
        ("蓝色", "三角", "左下"),
        ("黄色", "十字", "正中"),
    ]
]
fig, axes = plt.subplots(2, 3, figsize=(5.6, 4.2))
fig.set_label("png")
for ax, i in zip(axes.flat, shown, strict=True):
    ax.imshow(bank[i, 0].permute(1, 2, 0).numpy(), interpolation="nearest")
    ax.set_title("".join(caption(THINGS[i])), fontsize=15, color="#c2502c" if i in unseen else "k")
    ax.set_axis_off()
plt.show()


# %% 切成图块
def patchify(images, size):
    """(B, 3, H, W) → (B, 块数, 3 · size · size)，块从左到右、从上到下"""
    B, C, H, W = images.shape
    blocks = images.reshape(B, C, H // size, size, W // size, size)
    blocks = blocks.permute(0, 2, 4, 1, 3, 5)  # (B, 行, 列, C, size, size)
    return blocks.reshape(B, -1, C * size * size)


tiny = torch.arange(16.0).reshape(1, 1, 4, 4)  # 一个通道的 4×4 小图
print(tiny[0, 0].int().tolist())
print("切成 2×2 的块：", patchify(tiny, 2)[0].int().tolist())
print("32×32、块边长 8：", list(patchify(bank[0, :1], 8).shape))

# %% 切块再相乘就是一次卷积
linear = nn.Linear(192, 64)  # 每块 3·8·8 个数，换成 64 个数
conv = nn.Conv2d(3, 64, kernel_size=8, stride=8)  # 步子与块一样大
with torch.no_grad():
    conv.weight.copy_(linear.weight.reshape(64, 3, 8, 8))
    conv.bias.copy_(linear.bias)
    by_linear = linear(patchify(bank[0], 8))  # (30, 16, 192) -> (30, 16, 64)
    by_conv = conv(bank[0]).flatten(2).transpose(1, 2)  # (30, 64, 4, 4) -> (30, 16, 64)
print("两种写法相等：", torch.allclose(by_linear, by_conv, atol=1e-5))

# %% 手算两对图文
image_vectors = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
text_vectors = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
similarity = image_vectors @ text_vectors.T  # (2, 2) @ (2, 2) -> (2, 2)
logits = similarity / 0.5  # 温度 0.5
print("余弦：")
print(similarity.numpy().round(2))
print("看图选文，每行和为 1：")
print(logits.softmax(1).numpy().round(3))
print("看文选图，每列和为 1：")
print(logits.softmax(0).numpy().round(3))
by_row = -logits.log_softmax(1).diagonal()
by_column = -logits.log_softmax(0).diagonal()
print("每行的损失：", by_row.numpy().round(3), " 平均", round(by_row.mean().item(), 3))
print("每列的损失：", by_column.numpy().round(3), " 平均", round(by_column.mean().item(), 3))


# %% 对称的损失
def info_nce(image_vectors, text_vectors, temperature):
    """第 i 张图配第 i 句话，两个方向的交叉熵取平均；两组向量都是 (N, D)"""
    image_vectors = F.normalize(image_vectors, dim=-1)
    text_vectors = F.normalize(text_vectors, dim=-1)
    logits = image_vectors @ text_vectors.T / temperature  # (N, N)
    target = torch.arange(len(logits))  # 正确的那一个在对角线上
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


for temperature in [1, 0.5, 0.1, 0.02]:
    loss = info_nce(image_vectors, text_vectors, temperature).item()
    print(f"温度 {temperature:<4}：损失 {loss:.3f}")
print("第 2 张图改得更像第 1 句，温度 0.02：", end="")
print(round(info_nce(torch.tensor([[1.0, 0], [0.8, 0.6]]), text_vectors, 0.02).item(), 2))


# %% 两座塔
def transformer_layer(dim):
    """一层 Transformer：每个词元看得见所有词元，没有掩码"""
    return nn.TransformerEncoderLayer(
        dim, 4, 2 * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )


class CLIP(nn.Module):
    """图像一座塔，文字一座塔，各自把输入变成一个单位向量"""

    def __init__(self, vocab_size, dim=64):
        super().__init__()
        self.patches = nn.Conv2d(3, dim, kernel_size=8, stride=8)  # 切块，再乘一个矩阵
        self.embed = nn.Embedding(vocab_size, dim)
        self.image_position = nn.Parameter(0.1 * torch.randn(16, dim))
        self.text_position = nn.Parameter(0.1 * torch.randn(4, dim))
        nn.init.normal_(self.embed.weight, std=0.1)
        self.image_layer, self.text_layer = transformer_layer(dim), transformer_layer(dim)
        self.image_norm, self.text_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.image_head = nn.Linear(dim, dim, bias=False)
        self.text_head = nn.Linear(dim, dim, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # ln(1/τ)，起点 τ 是 0.07

    def image(self, images):
        """(B, 3, 32, 32) -> (B, dim) 的单位向量"""
        x = self.patches(2 * images - 1).flatten(2).transpose(1, 2)  # (B, 16, dim)
        x = self.image_layer(x + self.image_position)
        return F.normalize(self.image_head(self.image_norm(x).mean(dim=1)), dim=-1)

    def text(self, ids):
        """(B, T) 的编号 -> (B, dim) 的单位向量，T 不超过 4"""
        x = self.text_layer(self.embed(ids) + self.text_position[: ids.shape[1]])
        return F.normalize(self.text_head(self.text_norm(x).mean(dim=1)), dim=-1)


model = CLIP(len(WORDS))
print(f"{sum(p.numel() for p in model.parameters()):,} 个参数")


# %% 训练
def train(steps, batch=64, lr=3e-3):
    """每步挑 batch 种不同的东西各一张图；返回每步的损失"""
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.1)
    losses = []
    for _ in range(steps):
        rows = rng.choice(seen, batch, replace=False)  # 不重复，否则配对会有两个对的答案
        images = bank[rows, rng.integers(bank.shape[1], size=batch)]
        temperature = torch.exp(-model.log_scale)
        loss = info_nce(model.image(images), model.text(texts[rows]), temperature)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


# %% 走三百六十步 tags=["varies"]
print(f"瞎猜的损失 ln 64：{math.log(64):.2f}")
losses = train(360)
model.eval()
print(f"第 1 步的损失 {losses[0]:.1f}，最后 20 步的平均 {np.mean(losses[-20:]):.2f}")
print(f"温度由 0.07 变成 {torch.exp(-model.log_scale).item():.2f}")


# %% 检索
@torch.no_grad()
def retrieve(rows):
    """用 rows 里的东西的测试图，从全部 80 句话里各挑一句；返回挑中的与正确的编号"""
    vectors = model.image(test_images[rows].flatten(0, 1))  # (4·行数, D)
    picked = (vectors @ model.text(texts).T).argmax(dim=1)
    return picked, torch.tensor(rows).repeat_interleave(test_images.shape[1])


def report(rows):
    """四个比例：整句对、颜色对、形状对、位置对"""
    picked, right = (ids.tolist() for ids in retrieve(rows))
    pairs = [(THINGS[a], THINGS[b]) for a, b in zip(picked, right, strict=True)]
    parts = [np.mean([a[k] == b[k] for a, b in pairs]) for k in range(3)]
    return [float(np.mean([a == b for a, b in pairs])), *map(float, parts)]


# %% 图找文字 tags=["varies"]
scores = {"见过": report(seen), "陌生": report(unseen)}
print("      整句  颜色  形状  位置")
for name, row in scores.items():
    print(name, "", "  ".join(f"{score:.2f}" for score in row))
picked, right = (ids.tolist() for ids in retrieve(unseen))
wrong = [a for a, b in zip(picked, right, strict=True) if a != b]
print(f"陌生的 {len(right)} 张认错 {len(wrong)} 张，其中认成见过的组合：{sum(a in seen for a in wrong)}")

# %% 画出相似度
corner = [i for i, thing in enumerate(THINGS) if thing[2] == "左上"]  # 16 种
with torch.no_grad():
    table = model.image(test_images[corner, 0]) @ model.text(texts[corner]).T
names = [THINGS[i][0][0] + THINGS[i][1][0] for i in corner]  # 红色圆形 → 红圆
fig, ax = plt.subplots(figsize=(5.6, 5.2))
picture = ax.imshow(table.numpy(), vmin=-0.6, vmax=1)
fig.colorbar(picture, shrink=0.7)
ax.set_xticks(range(16), names, rotation=90, fontsize=12)
ax.set_yticks(range(16), names, fontsize=12)
ax.set_xlabel("文字", fontsize=14)
ax.set_ylabel("图", fontsize=14, rotation=0)
ax.grid(False)
for label in [*ax.get_xticklabels(), *ax.get_yticklabels()]:
    if label.get_text() in ("蓝三", "黄十"):
        label.set_color("#c2502c")
plt.show()

# %% 四类格子的平均 tags=["varies"]
color = torch.tensor([list(COLORS).index(THINGS[i][0]) for i in corner])
shape = torch.tensor([SHAPES.index(THINGS[i][1]) for i in corner])
same_color, same_shape = color[:, None] == color, shape[:, None] == shape  # 各 (16, 16)
groups = {
    "配对的": same_color & same_shape,
    "同色不同形": same_color & ~same_shape,
    "同形不同色": ~same_color & same_shape,
    "都不同": ~same_color & ~same_shape,
}
for name, cells in groups.items():
    values = table[cells]
    print(f"{name}：平均 {values.mean():.2f}，从 {values.min():.2f} 到 {values.max():.2f}")


# %% 零样本分类
@torch.no_grad()
def classify(prompts, images):
    """prompts：每一类的提示词列表；向量取平均、重新归一，再挑最像的一类，返回 (B,)"""
    centers = torch.stack([model.text(encode(group)).mean(dim=0) for group in prompts])
    return (model.image(images) @ F.normalize(centers, dim=-1).T).argmax(dim=1)


kinds = {
    "光一个词": [[[s]] for s in SHAPES],
    "一句模板": [[["正中", "的", "红色", s]] for s in SHAPES],
    "二十句平均": [[[p, "的", c, s] for p in PLACES for c in COLORS] for s in SHAPES],
}

# %% 分出四种形状 tags=["varies"]
answers = torch.tensor([SHAPES.index(THINGS[i][1]) for i in seen]).repeat_interleave(4)
zero_shot = {}
for name, prompts in kinds.items():
    guessed = classify(prompts, test_images[seen].flatten(0, 1))
    zero_shot[name] = (guessed == answers).float().mean().item()
    print(f"{name}：{zero_shot[name]:.2f}")


# %% 一张图放两个东西
def two_things():
    """颜色、形状、位置都不同的两个东西"""
    colors, shapes = rng.permutation(list(COLORS))[:2], rng.permutation(SHAPES)[:2]
    places = rng.permutation(list(PLACES)[:4])[:2]
    return list(zip(colors.tolist(), shapes.tolist(), places.tolist(), strict=True))


@torch.no_grad()
def prefers(images, right, wrong):
    """每张图更像 right 里自己的那句，还是 wrong 里的：返回选对的比例"""
    vectors = model.image(images)
    gaps = [vectors * model.text(encode([caption(t) for t in side])) for side in (right, wrong)]
    return (gaps[0].sum(-1) > gaps[1].sum(-1)).float().mean().item()


# %% 谁是什么颜色 tags=["varies"]
scenes = [two_things() for _ in range(300)]
pictures = torch.stack([draw(scene) for scene in scenes])
right = [scene[0] for scene in scenes]
swapped = [(scene[1][0], *scene[0][1:]) for scene in scenes]  # 换成另一个东西的颜色
absent = [
    (next(c for c in COLORS if c not in (scene[0][0], scene[1][0])), *scene[0][1:]) for scene in scenes
]  # 换成图里没有的颜色
alone = torch.stack([draw(scene[:1]) for scene in scenes])
binding = {
    "只有一个东西，错的颜色": prefers(alone, right, swapped),
    "两个东西，图里没有的颜色": prefers(pictures, right, absent),
    "两个东西，另一个东西的颜色": prefers(pictures, right, swapped),
}
for name, score in binding.items():
    print(f"{name}：选对 {score:.2f}")

# %% 词袋分不出词序
first = encode([["红色", "圆形", "蓝色", "方块"]])
second = encode([["蓝色", "圆形", "红色", "方块"]])
bag_1, bag_2 = (model.embed(ids).mean(dim=1) for ids in (first, second))
print("词向量取平均，两句话相同：", torch.allclose(bag_1, bag_2, atol=1e-6))
