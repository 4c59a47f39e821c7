"""潜在语义分析：让没有共同字的句子也能相像

十八句话数成一张“句子 × 词”的表，做 SVD，只留三个方向。从没一起出现过的
“医生”与“大夫”于是靠到了一起；再看方向留多了、留少了各会怎样

来源：Deerwester et al. 1990《Indexing by Latent Semantic Analysis》
句子是为这一课写的，词与词之间已经用空格分开
"""

# %% 数成一张表
import matplotlib.pyplot as plt
import numpy as np

TEXT = """
医生 给 病人 开 了 感冒 药
感冒 的 病人 去 医院 看 医生
医院 的 护士 给 病人 打针
大夫 让 病人 吃 药 休息
发烧 要 去 医院 打针 吃 药
大夫 说 发烧 要 多 休息
医院 的 电脑 又 死机 了
苹果 电脑 屏幕 变 黑
电脑 死机 之后 只好 重启
计算机 死机 屏幕 没有 反应
计算机 运行 程序 没有 反应
更新 程序 之后 要 重启 计算机
番茄 炒 鸡蛋 要 放 盐
锅 里 放 油 炒 鸡蛋
苹果 和 西红柿 切块 下 锅
汤 里 放 盐 和 西红柿
番茄 鸡蛋 汤 要 少 放 盐
油 热 了 下 西红柿 炒
"""
STOP = set("了的给去要让说多少里和又再下") | {"只好", "之后"}  # 哪里都有的词
sentences = TEXT.strip().splitlines()
tokens = [[w for w in s.split() if w not in STOP] for s in sentences]
words = list(dict.fromkeys(w for line in tokens for w in line))
column = {w: j for j, w in enumerate(words)}  # 每个词在第几列
counts = np.array([[line.count(w) for w in words] for line in tokens])

print("表的形状（句子, 词）：", counts.shape)
print(f"不是 0 的格子只有 {(counts != 0).mean():.0%}")


# %% 没有共同的句子，就一点也不像
def cosine(a, b):
    """余弦相似度：a、b 形状 (C,)，返回 −1 到 1 之间的数。"""
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def between(vectors, a, b):
    """两个词有多像。vectors 每行一个词，形状 (词, C)；a、b 是词。"""
    return cosine(vectors[column[a]], vectors[column[b]])


pairs = ["医生 大夫", "电脑 计算机", "番茄 西红柿", "医生 电脑"]
pairs = [pair.split() for pair in pairs]
for a, b in pairs:
    print(f"{a} · {b}：{between(counts.T, a, b):.2f}")  # 转置之后一行一个词

# %% 只留三个方向
U, S, Vt = np.linalg.svd(counts, full_matrices=False)
k = 3
print("奇异值：", S[:6].round(2), "…")
for direction in Vt[:k]:
    top = np.argsort(-np.abs(direction))[:6]  # 不管正负，份量最重的六个词
    print("、".join(words[j] for j in top))

# %% 词的新坐标
word_vectors = Vt[:k].T * S[:k]  # 每行一个词，(37, 3)
for a, b in pairs:
    print(f"{a} · {b}：{between(word_vectors, a, b):.2f}")

# %% 句子与句子有多像
sentence_vectors = counts @ Vt[:k].T  # (18, 37) @ (37, 3) -> (18, 3)，等于 U S
fig, axes = plt.subplots(1, 2, figsize=(6.2, 3.3))
for ax, (name, rows) in zip(
    axes, {"原来的表": counts, "三个方向": sentence_vectors}.items(), strict=True
):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    ax.imshow(unit @ unit.T, vmin=0, vmax=1)
    ax.set_title(name, fontsize=16)
    ax.set_xticks([2.5, 8.5, 14.5], ["看病", "电脑", "做饭"], fontsize=14)
    ax.set_yticks([2.5, 8.5, 14.5], ["看病", "电脑", "做饭"], fontsize=14)
    ax.grid(visible=False)
plt.show()

# %% 搜“大夫”
query = np.zeros(len(words))
query[column["大夫"]] = 1
query_vector = Vt[:k] @ query  # (3, 37) @ (37,) -> (3,)，与句子用同一组方向
found = np.array([cosine(query_vector, row) for row in sentence_vectors])
for i in np.argsort(-found, kind="stable")[:8]:
    print(f"{found[i]:.2f}（原来 {cosine(query, counts[i]):.2f}）{sentences[i]}")

# %% 留几个方向
for k in [2, 3, 4, 5, 6]:
    vectors = Vt[:k].T * S[:k]
    shown = [f"{a}·{b} {between(vectors, a, b):5.2f}" for a, b in pairs]
    print(f"k = {k}：{'，'.join(shown)}")

# %% 一个词只有一个位置
for other in ["电脑", "锅", "医生"]:
    print(f"苹果 · {other}：{between(word_vectors, '苹果', other):.2f}")

# %% 与 scikit-learn 比较
from sklearn.decomposition import TruncatedSVD

theirs = TruncatedSVD(3, algorithm="arpack").fit_transform(counts.astype(float))
print(
    "句子坐标相同（不计正负号）：",
    np.allclose(np.abs(theirs), np.abs(sentence_vectors)),
)
