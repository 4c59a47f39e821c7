"""从零训练一个视觉语言模型：看图说话与视觉问答

自己画图、自己写描述与问题；卷积编码器、投影层、小语言模型都从零搭起。
先学看图说话，再学回答问题，最后问它从没见过的颜色与形状的组合。

来源：图像特征经投影变成词元、先描述后问答的两步训练，见 LLaVA（Liu 等 2023，
arXiv:2304.08485）；换掉图片来查语言先验，见 Goyal 等 2017（arXiv:1612.00837）
"""

# %% 准备
import itertools

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
rng = np.random.default_rng(0)

COLORS = {
    "红色": (0.86, 0.22, 0.20),
    "黄色": (0.95, 0.78, 0.20),
    "蓝色": (0.20, 0.36, 0.85),
    "绿色": (0.20, 0.62, 0.35),
}
SHAPES = ["圆形", "方块", "三角", "十字"]
PLACES = ["左上", "右上", "左下", "右下"]
HELD_OUT = {("蓝色", "三角"), ("黄色", "十字")}  # 训练图里绝不出现的组合

# %% 画图
SIZE = 32
ys, xs = np.mgrid[:SIZE, :SIZE]


def shape_mask(shape, cx, cy, r):
    """返回 (32, 32) 的布尔图：以 (cx, cy) 为中心、半径约 r 像素的形状里面为真。"""
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
    """把场景画成 (3, 32, 32) 的 float32 图，像素在 0 与 1 之间。

    scene 是 (颜色, 形状, 位置) 的列表；位置、大小有抖动，像素有噪声
    """
    image = np.full((SIZE, SIZE, 3), 0.93)
    for color, shape, place in scene:
        row, column = divmod(PLACES.index(place), 2)
        cx, cy = rng.uniform(-1.5, 1.5, 2) + [8 + 16 * column, 8 + 16 * row]
        image[shape_mask(shape, cx, cy, rng.uniform(4.5, 6.5))] = COLORS[color]
    image = np.clip(image + rng.normal(0, 0.03, image.shape), 0, 1)
    return image.astype(np.float32).transpose(2, 0, 1)


def random_scene(held_out):
    """两个东西，颜色、形状、位置都不同；held_out 为真时至少有一个是没见过的组合。"""
    while True:
        colors = rng.permutation(list(COLORS))[:2].tolist()
        shapes = rng.permutation(SHAPES)[:2].tolist()
        places = [PLACES[i] for i in sorted(rng.permutation(4)[:2])]
        scene = list(zip(colors, shapes, places, strict=True))
        if held_out == any(thing[:2] in HELD_OUT for thing in scene):
            return scene


def make_set(count, held_out):
    """返回 count 个场景和它们的图 (count, 3, 32, 32)。"""
    scenes = [random_scene(held_out) for _ in range(count)]
    return scenes, torch.from_numpy(np.stack([draw(scene) for scene in scenes]))


train_scenes, train_images = make_set(2000, held_out=False)
tests = {"见过的组合": make_set(200, False), "陌生的组合": make_set(200, True)}
print("训练图：", tuple(train_images.shape))

# %% 看几张图
fig, axes = plt.subplots(2, 3, figsize=(6.4, 5.2))
fig.set_label("png")
for row, (scenes, images) in zip(axes, tests.values(), strict=True):
    for ax, scene, image in zip(row, scenes, images, strict=False):
        ax.imshow(image.permute(1, 2, 0).numpy(), interpolation="nearest")
        ax.set_title("\n".join(f"{p} {c}{s}" for c, s, p in scene), fontsize=13)
        ax.set_axis_off()
plt.show()


# %% 描述与问题
def caption(scene):
    """场景 → 描述，13 个词的列表，第一个词“描述”是提示词。"""
    words = ["描述"]
    for color, shape, place in scene:
        words += [place, "是", color, "的", shape, "，"]
    return [*words[:-1], "。"]


KINDS = [("位置", "颜色"), ("位置", "形状"), ("颜色", "位置"), ("颜色", "形状")]


def question(thing, kind):
    """问一个东西的一个属性。返回 7 个词：前 6 个是问题，最后一个是答案。

    kind 是 (已知, 所问)，例如 ("颜色", "位置")：红色在什么位置
    """
    value = dict(zip(["颜色", "形状", "位置"], thing, strict=True))
    known, asked = kind
    return ["问", value[known], "是", "什么", asked, "答", value[asked]]


WORDS = ["描述", "是", "的", "，", "。", "问", "什么", "颜色", "形状", "位置", "答"]
WORDS += [*COLORS, *SHAPES, *PLACES]
ID = {word: i for i, word in enumerate(WORDS)}


def encode(sentences):
    """等长的词列表 → (句数, 词数) 的编号。"""
    return torch.tensor([[ID[word] for word in words] for words in sentences])


# %% 一张图的文字
scene = tests["见过的组合"][0][0]
print(f"词表 {len(WORDS)} 个词")
print(" ".join(caption(scene)))
for kind in KINDS:
    print(" ".join(question(scene[0], kind)))


# %% 模型
class Block(nn.Module):
    """一层 Transformer：因果自注意力与前馈网络，层归一化在前。"""

    def __init__(self, dim, n_head):
        super().__init__()
        self.n_head = n_head
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.ffn = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        """x: (B, T, C) -> (B, T, C)；注意力权重 (B, H, T, T) 留在 self.weights。"""
        B, T, C = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(B, T, 3, self.n_head, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # 各 (B, H, T, C/H)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (B, H, T, T)
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        self.weights = scores.masked_fill(future, -torch.inf).softmax(-1)
        mixed = (self.weights @ v).transpose(1, 2).reshape(B, T, C)
        x = x + self.out(mixed)
        return x + self.ffn(self.norm2(x))


class VisionLanguageModel(nn.Module):
    """图像编码器 → 投影层 → 语言模型：图变成 4 个“词”，排在文字前面。"""

    def __init__(self, vocab_size, dim=64, n_layer=2, n_head=4):
        super().__init__()
        widths = [3, 16, 32, 64, 64]
        layers = []
        for c_in, c_out in itertools.pairwise(widths):
            layers += [nn.Conv2d(c_in, c_out, 3, stride=2, padding=1), nn.GELU()]
        self.encoder = nn.Sequential(*layers)  # 每层把边长减半：32 → 2
        self.projector = nn.Linear(widths[-1], dim)
        self.embed = nn.Embedding(vocab_size, dim)
        self.position = nn.Embedding(20, dim)
        for table in (self.embed, self.position):
            nn.init.normal_(table.weight, std=0.1)
        self.blocks = nn.ModuleList(Block(dim, n_head) for _ in range(n_layer))
        self.norm = nn.LayerNorm(dim)

    def look(self, images):
        """images: (B, 3, 32, 32) -> (B, 4, C)，四格依次是左上、右上、左下、右下。"""
        features = self.encoder(2 * images - 1)  # (B, 64, 2, 2)
        return self.projector(features.flatten(2).transpose(1, 2))

    def forward(self, images, ids):
        """images: (B, 3, 32, 32)，ids: (B, T) -> 每个词之后的 logits (B, T, V)。"""
        x = torch.cat([self.look(images), self.embed(ids)], dim=1)  # (B, 4 + T, C)
        x = x + self.position.weight[: x.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.norm(x[:, 4:]) @ self.embed.weight.T


# %% 部件与参数
model = VisionLanguageModel(len(WORDS))
parts = {"编码器": model.encoder, "投影层": model.projector, "全部": model}
for name, part in parts.items():
    print(f"{name}：{sum(p.numel() for p in part.parameters()):,} 个参数")
print("一张图变成：", tuple(model.look(train_images[:1]).shape))


# %% 训练的循环
def ask_something(scene):
    """随机挑一个东西、一种问法。"""
    return question(scene[rng.integers(2)], KINDS[rng.integers(len(KINDS))])


def train(tasks, steps, lr=3e-3, batch=64):
    """轮流训练 tasks 里的任务，返回每步的损失。

    一个任务是 (场景 → 一句等长的词, 提示词的长度)，损失只算提示词之后的词
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.1)
    losses = []
    for step in range(steps):
        write, n_prompt = tasks[step % len(tasks)]
        rows = rng.integers(len(train_scenes), size=batch)
        ids = encode([write(train_scenes[row]) for row in rows])  # (B, T)
        logits = model(train_images[rows], ids[:, :-1])[:, n_prompt - 1 :]
        loss = F.cross_entropy(logits.transpose(1, 2), ids[:, n_prompt:])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def complete(images, prompts, n_words):
    """贪心地往下写 n_words 个词。返回每张图写出的词的列表。"""
    ids = encode(prompts)
    for _ in range(n_words):
        ids = torch.cat([ids, model(images, ids)[:, -1:].argmax(-1)], dim=1)
    return [[WORDS[i] for i in row] for row in ids[:, len(prompts[0]) :].tolist()]


# %% 怎样算答对
def caption_accuracy(scenes, images):
    """描述一字不差的比例。"""
    written = complete(images, [["描述"]] * len(scenes), 12)
    right = [w == caption(s)[1:] for w, s in zip(written, scenes, strict=True)]
    return float(np.mean(right))


def answer_accuracy(scenes, images, kind):
    """一种问法答对的比例。场景里有没见过的组合时，问的就是它。"""
    things = [next((thing for thing in scene if thing[:2] in HELD_OUT), scene[0]) for scene in scenes]
    asked = [question(thing, kind) for thing in things]
    answers = complete(images, [words[:-1] for words in asked], 1)
    right = [a == words[-1:] for a, words in zip(answers, asked, strict=True)]
    return float(np.mean(right))


# %% 先学看图说话 tags=["varies"]
caption_losses = train([(caption, 1)], steps=190)

scenes, images = tests["见过的组合"]
words = question(scenes[0][0], KINDS[0])[:-1]
print("问它：", "".join(words), "→", "".join(complete(images[:1], [words], 6)[0]))
before = np.mean([answer_accuracy(scenes, images, kind) for kind in KINDS])
print("描述：", "".join(complete(images[:1], [["描述"]], 12)[0]))
print("真相：", "".join(caption(scenes[0])[1:]))
print(f"描述全对的约占 {caption_accuracy(scenes, images):.1f}")
print(f"还没学过问答，答对的约占 {before:.1f}")

# %% 再学回答问题 tags=["varies"]
ask = (ask_something, 6)
answer_losses = train([ask, ask, ask, (caption, 1)], steps=330)  # 描述也不能丢下

print(f"描述全对的约占 {caption_accuracy(scenes, images):.1f}")
for kind in KINDS:
    words = question(scenes[0][1], kind)[:-1]
    print("".join(words), "→", complete(images[:1], [words], 1)[0][0])

# %% 按问法评测 tags=["varies"]
table = {}
for name, (scenes, images) in tests.items():
    table[name] = [answer_accuracy(scenes, images, kind) for kind in KINDS]
scenes, images = tests["见过的组合"]
table["换了一张图"] = [answer_accuracy(scenes, images.roll(1, 0), kind) for kind in KINDS]
table["一片空白"] = [answer_accuracy(scenes, torch.full_like(images, 0.93), kind) for kind in KINDS]
captions = [caption_accuracy(*test) for test in tests.values()]

print("见过  陌生  换图  空白")
for kind, row in zip(KINDS, zip(*table.values(), strict=True), strict=True):
    print("  ".join(f"{score:.2f}" for score in row), "由{}问{}".format(*kind))
print("  ".join(f"{score:.2f}" for score in captions), "            ", "描述全对")

# %% 画成柱状图
labels = ["由" + known + "\n问" + asked for known, asked in KINDS]
fig, ax = plt.subplots(figsize=(6.4, 3.8))
for i, name in enumerate(["见过的组合", "陌生的组合", "换了一张图"]):
    ax.bar(np.arange(4) + 0.27 * (i - 1), table[name], width=0.25, label=name)
ax.set(xticks=range(4), xticklabels=labels, ylabel="答对的比例", ylim=(0, 1.3))
ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
ax.legend(loc="upper center", ncols=3, fontsize=11, columnspacing=1)
plt.show()


# %% 遮住一格
def cover(images, place):
    """把一格涂成背景。images: (B, 3, 32, 32) -> 新的一份，原图不动。"""
    row, column = divmod(PLACES.index(place), 2)
    covered = images.clone()
    covered[:, :, 16 * row : 16 * row + 16, 16 * column : 16 * column + 16] = 0.93
    return covered


@torch.no_grad()
def confidence(images, words):
    """模型给正确答案的概率 (B,)；words 是一道题，含答案。"""
    ids = encode([words] * len(images))
    return model(images, ids[:, :-1])[:, -1].softmax(-1)[:, ids[0, -1]]


# %% 遮住之后 tags=["varies"]
drops = {"被问的东西": [], "另一个东西": [], "空白的格子": []}
for scene, image in zip(scenes[:100], images[:100], strict=True):
    words = question(scene[0], ("颜色", "形状"))
    blanks = [place for place in PLACES if place not in (scene[0][2], scene[1][2])]
    places = [scene[0][2], scene[1][2], blanks[0]]
    hidden = torch.cat([cover(image[None], place) for place in places])  # (3, …)
    change = confidence(image[None], words) - confidence(hidden, words)
    for name, value in zip(drops, change.tolist(), strict=True):
        drops[name].append(value)
for name, values in drops.items():
    print(f"遮住{name}，正确答案的概率平均降低 {round(np.mean(values), 2) + 0:.2f}")

# %% 哪一格最要紧
fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.4))
fig.set_label("png")
axes[0].imshow(images[0].permute(1, 2, 0).numpy(), interpolation="nearest")
axes[0].set_title("图")
for ax, thing in zip(axes[1:], scenes[0], strict=True):
    words = question(thing, ("颜色", "形状"))
    hidden = torch.cat([cover(images[:1], place) for place in PLACES])
    drop = confidence(images[:1], words) - confidence(hidden, words)  # (4,)
    ax.imshow(drop.reshape(2, 2).numpy(), vmin=0, vmax=1)
    ax.set_title(f"问{thing[0]}的形状")
for ax in axes:
    ax.set_axis_off()
plt.show()


# %% 答题时看哪里
@torch.no_grad()
def gaze(image, words):
    """写答案时，两层各自对四格的注意力，头取平均。返回 (2, 4)"""
    model(image, encode([words[:-1]]))
    return torch.stack([b.weights[0, :, -1, :4].mean(dim=0) for b in model.blocks])


def overlay(ax, image, weights, title):
    """把 (4,) 的权重盖在图上：权重越大越亮，最大的一格是原样"""
    shade = (0.25 + 0.75 * weights / weights.max()).reshape(2, 2)
    shade = shade.repeat_interleave(16, 0).repeat_interleave(16, 1)
    ax.imshow((image * shade).permute(1, 2, 0).numpy(), interpolation="nearest")
    white = {"facecolor": "white", "edgecolor": "none", "pad": 2}
    for i, weight in enumerate(weights.tolist()):
        row, column = divmod(i, 2)
        ax.text(16 * column + 1, 16 * row + 4, f"{weight:.2f}", fontsize=13, bbox=white)
    ax.set_title(title, fontsize=13)


# %% 把注意力叠在图上
fig, axes = plt.subplots(2, 2, figsize=(5.6, 6))
fig.set_label("png")
for column, thing in enumerate(scenes[0]):
    words = question(thing, ("颜色", "形状"))
    for row, weights in enumerate(gaze(images[:1], words)):
        overlay(axes[row, column], images[0], weights, f"第 {row + 1} 层，问{thing[0]}的形状")
for ax in axes.flat:
    ax.set_axis_off()
plt.show()

# %% 看的与用的 tags=["varies"]
looked, used = [], []
for scene, image in zip(scenes[:100], images[:100], strict=True):
    words = question(scene[0], ("颜色", "形状"))
    target = PLACES.index(scene[0][2])
    looked.append([layer.argmax().item() == target for layer in gaze(image[None], words)])
    hidden = torch.cat([cover(image[None], place) for place in PLACES])
    used.append(confidence(hidden, words).argmin().item() == target)
for i, share in enumerate(np.mean(looked, axis=0)):
    print(f"第 {i + 1} 层看得最多的一格，就是被问的那一格：{share:.2f}")
print(f"遮住后概率降得最多的一格，就是被问的那一格：{np.mean(used):.2f}")
