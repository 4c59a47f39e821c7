"""潜在语义分析：与 TruncatedSVD、NumPy 一致，近义词靠拢而话题分开。"""

import re

import numpy as np
import pytest
from guide.code.runner import Run
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import cosine_similarity


def test_table_equals_count_vectorizer(run: Run) -> None:
    """句子 × 词的表与 scikit-learn 数的相同。"""
    ns = run.namespace
    reference = CountVectorizer(vocabulary=ns["words"], token_pattern=r"\S+").fit_transform(ns["sentences"])
    np.testing.assert_array_equal(ns["counts"], reference.toarray())
    assert not set(ns["words"]) & ns["STOP"]


def test_synonyms_never_meet_in_a_sentence(run: Run) -> None:
    """三对近义词没有一句同时出现，所以原来的余弦正好是 0。"""
    ns = run.namespace
    for a, b in ns["pairs"][:3]:
        assert not any(a in line and b in line for line in ns["tokens"])
        assert ns["cosine"](ns["counts"][:, ns["column"][a]], ns["counts"][:, ns["column"][b]]) == 0


def test_cosine_equals_sklearn(run: Run) -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 5))
    assert run.namespace["cosine"](a, b) == pytest.approx(cosine_similarity([a], [b])[0, 0])


def test_three_directions_join_synonyms_and_keep_topics_apart(run: Run) -> None:
    ns = run.namespace
    values = dict(re.findall(r"(\S+ · \S+)：(-?[\d.]+)", run.text("词的新坐标")))
    for a, b in ns["pairs"][:3]:
        assert float(values[f"{a} · {b}"]) > 0.9
    assert abs(float(values["医生 · 电脑"])) < 0.3


def test_sentence_vectors_equal_truncated_svd(run: Run) -> None:
    """句子坐标与 TruncatedSVD 相同（不计正负），也等于 U S。"""
    ns = run.namespace
    reference = TruncatedSVD(3, algorithm="arpack").fit_transform(ns["counts"].astype(float))
    np.testing.assert_allclose(np.abs(ns["sentence_vectors"]), np.abs(reference), atol=1e-8)
    np.testing.assert_allclose(ns["sentence_vectors"], ns["U"][:, :3] * ns["S"][:3], atol=1e-8)
    gram = ns["word_vectors"] @ ns["word_vectors"].T  # 词与词的点积，应是共现表的低秩近似
    low = ns["U"][:, :3] * ns["S"][:3] @ ns["Vt"][:3]
    np.testing.assert_allclose(gram, low.T @ low, atol=1e-8)


def test_blocks_appear(run: Run) -> None:
    """每句话在三个方向里最像的都是同一个话题的句子。"""
    ns = run.namespace
    similar = cosine_similarity(ns["sentence_vectors"])
    np.fill_diagonal(similar, -1)
    topic = np.arange(18) // 6
    assert (topic[similar.argmax(axis=1)] == topic).mean() > 0.9
    assert cosine_similarity(ns["counts"])[:6, :6].mean() < similar[:6, :6].mean()


def test_search_finds_sentences_without_the_word(run: Run) -> None:
    """搜“大夫”：前六句都在讲看病，其中没有“大夫”的也排了上来。"""
    ns = run.namespace
    order = np.argsort(-ns["found"])[:6]
    assert set(order) == set(range(6))
    assert sum("大夫" not in ns["tokens"][i] for i in order) == 4
    np.testing.assert_allclose(ns["query_vector"], ns["Vt"][:3, ns["column"]["大夫"]])
    np.testing.assert_allclose(
        ns["found"], cosine_similarity([ns["query_vector"]], ns["sentence_vectors"])[0], atol=1e-9
    )


def test_too_few_and_too_many_directions(run: Run) -> None:
    """k=2 把看病与电脑混在一起，k=6 又把近义词分开。"""
    rows = {}
    for line in run.text("留几个方向").splitlines():
        k, *values = re.findall(r"-?\d+\.?\d*", line)
        rows[int(k)] = [float(v) for v in values]
    assert rows[2][3] > 0.9 and max(rows[6][:3]) < 0.3
    assert min(rows[3][:3]) > 0.9 and rows[3][3] < 0.3


def test_one_word_one_place(run: Run) -> None:
    """“苹果”在电脑与做饭之间，离哪边都不是 1，与看病无关。"""
    values = [float(x) for x in re.findall(r"：(-?[\d.]+)", run.text("一个词只有一个位置"))]
    assert 0.3 < values[1] < 0.95 and 0.3 < values[0] < 0.95 and abs(values[2]) < 0.2


def test_top_words_ignore_the_sign(run: Run) -> None:
    """每个方向列的是份量最重的六个词，不管正负号。"""
    ns = run.namespace
    lines = run.text("只留三个方向").splitlines()[1:]
    for line, direction in zip(lines, ns["Vt"][:3], strict=True):
        order = np.argsort(-np.abs(direction))
        listed = [ns["column"][word] for word in line.split("、")]
        assert np.abs(direction)[listed] == pytest.approx(np.abs(direction)[order[:6]])


def test_every_row_of_the_table_of_k(run: Run) -> None:
    """各个 k 的余弦，等于截断之后的表里两列的余弦。"""
    ns = run.namespace
    for line in run.text("留几个方向").splitlines():
        k, *values = re.findall(r"-?\d+\.?\d*", line)
        low = ns["U"][:, : int(k)] * ns["S"][: int(k)] @ ns["Vt"][: int(k)]
        similar = cosine_similarity(low.T)
        expected = [similar[ns["column"][a], ns["column"][b]] for a, b in ns["pairs"]]
        assert [float(v) for v in values] == pytest.approx(expected, abs=0.006)
