"""新闻上的潜在语义分析：表数得对，向量等于 SVD，近义词靠拢。"""

import numpy as np
from guide.code.runner import Run
from scipy.sparse.linalg import svds
from sklearn.metrics.pairwise import cosine_similarity


def test_nouns_keeps_only_nouns(run: Run) -> None:
    line = "19980101-01-001-001/m  北京/ns  的/u  医生/n  看/v  1/2/n"
    assert run.namespace["nouns"](line) == "北京 医生 1/2"


def test_vectors_are_a_truncated_svd(run: Run) -> None:
    """前十个奇异值与 SciPy 的稀疏 SVD 相差不到 1%，词向量长度都是 1。"""
    ns = run.namespace
    reference = np.sort(svds(ns["table"], k=10, return_singular_vectors=False, random_state=0))[::-1]
    np.testing.assert_allclose(ns["svd"].singular_values_[:10], reference, rtol=0.01)
    np.testing.assert_allclose(np.linalg.norm(ns["vectors"], axis=1), 1)
    assert ns["vectors"].shape == (ns["table"].shape[1], 100)
    scaled = ns["vectors"] / ns["svd"].singular_values_  # 除掉奇异值，就与主方向的列平行
    cosines = (scaled * ns["svd"].components_.T).sum(axis=1) / np.linalg.norm(scaled, axis=1)
    np.testing.assert_allclose(cosines, np.linalg.norm(ns["svd"].components_, axis=0))


def test_synonyms_come_together(run: Run) -> None:
    """医生与大夫：原来的表里几乎不像，一百个方向里很像；邻居不含自己。"""
    ns = run.namespace
    similar = ns["vectors"][ns["row"]["医生"]] @ ns["vectors"][ns["row"]["大夫"]]
    assert ns["raw"] < 0.1 < 0.5 < similar
    columns = ns["table"].T.tocsr()[[ns["row"]["医生"], ns["row"]["大夫"]]]
    np.testing.assert_allclose(ns["raw"], cosine_similarity(columns)[0, 1])
    assert len(ns["neighbours"]("医生")) == 6 and "医生" not in ns["neighbours"]("医生")
    assert len({"病人", "患者", "医院", "大夫", "医疗"} & set(ns["neighbours"]("医生"))) >= 3
    assert len({"旅客", "铁路局", "列车", "车站", "售票", "客车"} & set(ns["neighbours"]("火车"))) >= 3
