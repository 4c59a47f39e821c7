"""从零训练一个视觉语言模型：看图说话与视觉问答

自己画图、自己写描述与问题；卷积编码器、投影器、小语言模型都从零搭起。
先学看图说话，再学回答问题，最后用换图、陌生的组合、遮挡查它有没有看图。

来源：图像特征经投影变成词元、先描述后问答的两步训练，见 LLaVA（Liu 等 2023，
arXiv:2304.08485）；换掉图片来查语言先验，见 Goyal 等 2017（arXiv:1612.00837）
"""

# %% 准备
from collections import Counter

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
        marks = ["★" if thing[:2] in HELD_OUT else "" for thing in scene]
        lines = [f"{m}{p} {c}{s}" for m, (c, s, p) in zip(marks, scene, strict=True)]
        ax.set_title("\n".join(lines), fontsize=13)
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
        self.no_look = slice(0, 0)  # 这些位置看不见图；平时一个也没有
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.ffn = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        """x: (B, T, C) -> (B, T, C)；注意力权重 (B, H, T, T) 留在 self.weights。"""
        B, T, C = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(B, T, 3, self.n_head, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # 各 (B, H, T, C/H)
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5  # (B, H, T, T)
        hidden = torch.ones(T, T, dtype=torch.bool).triu(1)  # 后面的词
        hidden[self.no_look, :4] = True
        self.weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)
        mixed = (self.weights @ v).transpose(1, 2).reshape(B, T, C)
        x = x + self.out(mixed)
        return x + self.ffn(self.norm2(x))


class VisionLanguageModel(nn.Module):
    """图像编码器 → 投影器 → 语言模型：图变成 4 个“词”，排在文字前面。"""

    def __init__(self, vocab_size, dim=64, n_layer=2, n_head=4):
        super().__init__()
        layers = []
        for c_in, c_out, size in [(3, 32, 4), (32, 64, 2), (64, 64, 2)]:
            layers += [nn.Conv2d(c_in, c_out, size, stride=size), nn.GELU()]
        self.encoder = nn.Sequential(*layers)  # 边长 32 → 8 → 4 → 2，块与块不重叠
        self.projector = nn.Linear(64, dim)
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
sizes = {
    "编码器": sum(p.numel() for p in model.encoder.parameters()),
    "投影器": sum(p.numel() for p in model.projector.parameters()),
}
whole = sum(p.numel() for p in model.parameters())
sizes["语言模型"] = whole - sum(sizes.values())
sizes["一共"] = whole
for name, size in sizes.items():
    print(f"{name}：{size:,} 个参数")
print("一张图变成：", tuple(model.look(train_images[:1]).shape))


# %% 训练的循环
def ask_something(scene):
    """随机挑一个东西、一种问法。"""
    return question(scene[rng.integers(2)], KINDS[rng.integers(len(KINDS))])


def train(tasks, steps, lr=2.5e-3, batch=64):
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


def target(scene):
    """问哪一个东西：有没见过的组合就问它，否则问第一个。"""
    return next((thing for thing in scene if thing[:2] in HELD_OUT), scene[0])


def answer(scenes, images, kind):
    """一种问法。返回模型的答案与标准答案，两个列表。"""
    asked = [question(target(scene), kind) for scene in scenes]
    written = complete(images, [words[:-1] for words in asked], 1)
    return [words[0] for words in written], [words[-1] for words in asked]


def answer_accuracy(scenes, images, kind):
    """一种问法答对的比例。"""
    return float(np.mean([a == t for a, t in zip(*answer(scenes, images, kind), strict=True)]))


# %% 先学看图说话 tags=["varies"]
caption_losses = train([(caption, 1)], steps=140)

scenes, images = tests["见过的组合"]
words = question(scenes[0][0], KINDS[0])[:-1]
print("问它：", "".join(words), "→", "".join(complete(images[:1], [words], 6)[0]))
before = np.mean([answer_accuracy(scenes, images, kind) for kind in KINDS])
print("描述：", "".join(complete(images[:1], [["描述"]], 12)[0]))
print("真相：", "".join(caption(scenes[0])[1:]))
print(f"描述全对的占 {caption_accuracy(scenes, images):.2f}")
print(f"还没学过问答，答对的占 {before:.2f}")

# %% 再学回答问题 tags=["varies"]
ask = (ask_something, 6)
answer_losses = train([ask, ask, ask, (caption, 1)], steps=300)  # 描述也不能丢下

print(f"描述全对的占 {caption_accuracy(scenes, images):.2f}")
for kind in KINDS:
    words = question(scenes[0][1], kind)[:-1]
    print("".join(words), "→", complete(images[:1], [words], 1)[0][0])

# %% 只看问题怎么猜
counts = {}
for scene in train_scenes:
    for thing in scene:
        for kind in KINDS:
            *asked, truth = question(thing, kind)
            counts.setdefault(tuple(asked), Counter())[truth] += 1
habit = {asked: count.most_common(1)[0][0] for asked, count in counts.items()}


def prior_accuracy(scenes, kind):
    """不看图，总答训练集里这个问题最常见的答案，能对多少。"""
    asked = [question(target(scene), kind) for scene in scenes]
    return float(np.mean([habit[tuple(words[:-1])] == words[-1] for words in asked]))


# %% 按问法评测 tags=["varies"]
table = {}
for name, (scenes, images) in tests.items():
    table[name] = [answer_accuracy(scenes, images, kind) for kind in KINDS]
scenes, images = tests["见过的组合"]
table["换了一张图"] = [answer_accuracy(scenes, images.roll(-1, 0), kind) for kind in KINDS]
table["只看问题"] = [prior_accuracy(scenes, kind) for kind in KINDS]
captions = [caption_accuracy(*test) for test in tests.values()]

print("见过  陌生  换图  先验")
for kind, row in zip(KINDS, zip(*table.values(), strict=True), strict=True):
    print("  ".join(f"{score:.2f}" for score in row), "由{}问{}".format(*kind))
print("  ".join(f"{score:.2f}" for score in captions), "            ", "描述全对")

# %% 画成柱状图
labels = ["由" + known + "\n问" + asked for known, asked in KINDS]
fig, ax = plt.subplots(figsize=(6.4, 3.8))
for i, name in enumerate(["见过的组合", "陌生的组合", "换了一张图"]):
    ax.bar(np.arange(4) + 0.27 * (i - 1), table[name], width=0.25, label=name)
ax.axhline(0.25, color="#8a929e", linestyle="--", linewidth=1)  # 四选一瞎猜
ax.set(xticks=range(4), xticklabels=labels, ylabel="答对的比例", ylim=(0, 1.3))
ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
ax.legend(loc="upper center", ncols=3, fontsize=11, columnspacing=1)
plt.show()


# %% 拆开两种陌生的组合 tags=["varies"]
split = {}
for held in sorted(HELD_OUT):
    rows = [i for i, scene in enumerate(tests["陌生的组合"][0]) if target(scene)[:2] == held]
    chosen = [tests["陌生的组合"][0][i] for i in rows], tests["陌生的组合"][1][rows]
    print("".join(held), f"{len(rows)} 题")
    for known in ["位置", "颜色"]:
        answers, truths = answer(*chosen, (known, "形状"))
        wrong = Counter(a for a, t in zip(answers, truths, strict=True) if a != t)
        split[held, known] = 1 - wrong.total() / len(rows)
        most = "、".join(f"{shape} {count}" for shape, count in wrong.most_common(2))
        print(f"  由{known}问形状 {split[held, known]:.2f}，错成 {most}")


# %% 遮住一格
def cover(images, place):
    """把一格涂成背景。images: (B, 3, 32, 32) -> 新的一份，原图不动。"""
    row, column = divmod(PLACES.index(place), 2)
    covered = images.clone()
    covered[:, :, 16 * row : 16 * row + 16, 16 * column : 16 * column + 16] = 0.93
    return covered


@torch.no_grad()
def confidence(images, asked):
    """每题正确答案的概率 (B,)；asked 是 B 道题，各 7 个词，含答案。"""
    ids = encode(asked)  # (B, 7)
    probabilities = model(images, ids[:, :-1])[:, -1].softmax(-1)  # (B, V)
    return probabilities[torch.arange(len(ids)), ids[:, -1]]


def cover_each(images, asked):
    """逐格遮住，概率各降多少。返回 (B, 4)。"""
    before = confidence(images, asked)
    return torch.stack([before - confidence(cover(images, p), asked) for p in PLACES], dim=1)


# %% 遮住之后 tags=["varies"]
asked = [question(scene[0], ("颜色", "形状")) for scene in scenes]  # 都问第一个东西
drop = cover_each(images, asked)  # (200, 4)
first, second = (torch.tensor([PLACES.index(scene[k][2]) for scene in scenes]) for k in (0, 1))
each = torch.arange(len(scenes))
print(f"遮住被问的东西，概率平均降低 {drop[each, first].mean():.2f}")
print(f"遮住另一个东西，概率平均降低 {abs(drop[each, second].mean()):.2f}")
covered_right = (drop.argmax(dim=1) == first).float().mean().item()
print(f"降得最多的一格就是被问的那格：{covered_right:.2f}")


# %% 画格子
def show_cells(ax, picture, values, title, **style):
    """画一张图，画出 2×2 的格线，每格写上 values 里的数。"""
    ax.imshow(picture, interpolation="nearest", extent=(0, 2, 2, 0), **style)
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    for i, value in enumerate(values):
        label = f"{round(value, 2) + 0:.2f}"  # 加 0 去掉 −0.00 的负号
        ax.text(i % 2 + 0.06, i // 2 + 0.24, label, fontsize=12, bbox=white)
    ax.set_title(title, fontsize=13)
    ax.set(xticks=[0, 1, 2], yticks=[0, 1, 2])
    ax.tick_params(length=0, labelbottom=False, labelleft=False)
    ax.spines[:].set_visible(True)
    ax.grid(color="#8a929e")
    ax.set_axisbelow(False)


# %% 哪一格最要紧
fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.4))
fig.set_label("png")
show_cells(axes[0], images[0].permute(1, 2, 0).numpy(), [], "图")
for ax, thing in zip(axes[1:], scenes[0], strict=True):
    values = cover_each(images[:1], [question(thing, ("颜色", "形状"))])[0]
    show_cells(ax, values.reshape(2, 2).numpy(), values.tolist(), f"问{thing[0]}的形状", vmin=0, vmax=1)
plt.show()


# %% 遮住之后它怎么猜 tags=["varies"]
pairs = zip(images, scenes, strict=True)
covered = torch.cat([cover(image[None], scene[0][2]) for image, scene in pairs])
guesses = [words[0] for words in complete(covered, [words[:-1] for words in asked], 1)]
favorite, count = Counter(guesses).most_common(1)[0]
lucky = torch.tensor([words[-1] == favorite for words in asked])
own = drop[each, first]  # 遮住被问的东西，每题各降多少
print(f"遮住之后最常答“{favorite}”，200 题里 {count} 题")
print(f"答案正是它的 {lucky.sum()} 题，概率平均降低 {own[lucky].mean():.2f}")
print(f"其余的 {(~lucky).sum()} 题，概率平均降低 {own[~lucky].mean():.2f}")


# %% 答题时看哪里
@torch.no_grad()
def gaze(images, asked):
    """写答案时，两层各自对四格的注意力，头取平均。返回 (2, B, 4)。"""
    model(images, encode([words[:-1] for words in asked]))
    return torch.stack([block.weights[:, :, -1, :4].mean(dim=1) for block in model.blocks])


# %% 把注意力叠在图上
fig, axes = plt.subplots(2, 2, figsize=(5.6, 6))
fig.set_label("png")
looks = gaze(images[[0, 0]], [question(thing, ("颜色", "形状")) for thing in scenes[0]])
for row, column in np.ndindex(2, 2):
    weights = looks[row, column]  # (4,)
    shade = (0.45 + 0.55 * weights / looks.max()).reshape(2, 2)  # 四幅用同一把尺子，越亮权重越大
    shade = shade.repeat_interleave(16, 0).repeat_interleave(16, 1)
    picture = (images[0] * shade).permute(1, 2, 0).numpy()
    show_cells(axes[row, column], picture, weights.tolist(), f"第 {row + 1} 层，问{scenes[0][column][0]}的形状")
plt.show()

# %% 看的与用的 tags=["varies"]
looked = (gaze(images, asked).argmax(dim=-1) == first).float().mean(dim=1).tolist()
for i, share in enumerate(looked):
    print(f"第 {i + 1} 层最亮的一格就是被问的那格：{share:.2f}")
print(f"遮住后降得最多的就是被问的那格：{covered_right:.2f}")

# %% 挡住视线 tags=["varies"]
blind = {}
for name, rows in {"只挡写答案的那个词": slice(9, 10), "挡住问题的每个词": slice(4, 10)}.items():
    for block in model.blocks:
        block.no_look = rows  # 前 4 个位置是图，后 6 个是问题
    blind[name] = np.mean([answer_accuracy(scenes, images, kind) for kind in KINDS])
    print(f"{name}，两层都看不见图：答对 {blind[name]:.2f}")
for block in model.blocks:
    block.no_look = slice(0, 0)
