"""练习二：以 TF-IDF 加权的文档向量，并找出最像的一篇

补全两个函数。要求：

- document_vectors 返回 (N, d)：每个词的向量乘它的 idf，加起来，再缩成长度 1
  （一个词出现几次就加几次，这就是 tf）；不认得的词跳过；
  一个认得的词也没有，那一行是全 0，不能有 NaN
- most_similar 返回每个查询最像的文档是第几篇；查询是全 0 的，返回 -1
- 写完运行这个文件，看到“全部通过”就对了
"""

import numpy as np


def document_vectors(texts, vectors, idf):
    """texts 是 N 个词的列表，vectors 是 词 -> (d,)，idf 是 词 -> 数；返回 (N, d)

    idf 里没有的词，权重当作 0
    """
    raise NotImplementedError


def most_similar(queries, documents):
    """queries (Q, d) 与 documents (N, d) 的每行长度是 1 或 0；返回 Q 个编号的列表"""
    raise NotImplementedError


# 以下是检查，不用改
vectors = {
    "的": np.array([0.0, 0.0, 1.0]),
    "球员": np.array([1.0, 0.0, 0.0]),
    "冠军": np.array([0.8, 0.6, 0.0]),
    "银行": np.array([0.0, 1.0, 0.0]),
}
idf = {"的": 0.0, "球员": 2.0, "冠军": 1.0, "银行": 2.0}

with np.errstate(all="ignore"):
    got = document_vectors(
        [["球员", "的", "冠军"], ["球员", "球员", "银行"]], vectors, idf
    )
assert got.shape == (2, 3), f"形状是 {got.shape}，应为 (2, 3)：每篇一行"
assert np.allclose(np.linalg.norm(got, axis=1), 1), (
    f"每行的长度是 {np.linalg.norm(got, axis=1).round(2)}，应为 1：加完要缩成长度 1"
)
assert abs(got[0, 2]) < 1e-9, (
    f"“的”的 idf 是 0，却还留下 {got[0, 2]:.2f}：每个词的向量要先乘它的 idf"
)
assert np.allclose(got[0], [0.978, 0.209, 0], atol=1e-3), (
    f"第 1 篇是 {got[0].round(3)}，应为 [0.978 0.209 0]：2×球员 + 1×冠军，再缩成长度 1"
)
assert np.allclose(got[1], [0.894, 0.447, 0], atol=1e-3), (
    f"第 2 篇是 {got[1].round(3)}，应为 [0.894 0.447 0]：“球员”出现两次，要加两次"
)

with np.errstate(all="ignore"):
    try:
        got = document_vectors([["微信", "冠军"], ["微信"], []], vectors, idf)
    except KeyError as error:
        raise AssertionError(f"遇到没有向量的词 {error} 就停了：要跳过它") from error
assert np.allclose(got[0], vectors["冠军"]), "不认得的“微信”应当跳过，只剩“冠军”"
assert not np.isnan(got).any(), "一个认得的词也没有时出现了 NaN：长度是 0 的行不要除"
assert (got[1:] == 0).all(), "一个认得的词也没有时，那一行应为全 0"

with np.errstate(all="ignore"):
    try:
        partial = document_vectors([["球员", "冠军"]], vectors, {"球员": 1.0})
    except KeyError as error:
        raise AssertionError(f"idf 里没有 {error} 就停了：没有的当作 0") from error
assert np.allclose(partial[0], vectors["球员"]), "idf 里没有的词，权重应为 0"

documents = document_vectors([["银行"], ["球员"], ["冠军"]], vectors, idf)
queries = document_vectors([["球员"], ["银行", "的"], ["微信"]], vectors, idf)
best = list(most_similar(queries, documents))
assert best[:2] == [1, 0], (
    f"前两个查询最像的是 {best[:2]}，应为 [1, 0]：要沿文档那个轴取最大"
)
assert best[2] == -1, f"查询全是 0 时返回了 {best[2]}，应为 -1：它和谁都不像"
opposite = most_similar(np.array([[-1.0, 0.0, 0.0]]), documents[1:])
assert list(opposite) == [1], (
    f"分数都是负数时返回 {list(opposite)}，应为 [1]："
    "负的也有高低，只有全 0 的查询才是 -1"
)

print("全部通过")
