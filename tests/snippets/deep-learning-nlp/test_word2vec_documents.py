"""word2vec_documents.py 的行为：四种向量算得对，两道题的输赢与页面说的一样。"""

import numpy as np
import pytest
from guide.code.runner import Run
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


def test_mean_is_gensim_mean(ns: dict) -> None:
    """平均的方向与 gensim 的 get_mean_vector 相同（不先缩成长度 1 的那种）。"""
    words = ["足球", "冠军", "冠军", "微信"]
    expected = ns["wv"].get_mean_vector(words, pre_normalize=False, ignore_missing=True)
    got = ns["mean_vectors"]([words])[0]
    np.testing.assert_allclose(got, expected / np.linalg.norm(expected), atol=1e-5)


def test_weighted_mean_equals_tfidf_times_vectors(ns: dict) -> None:
    """加权平均等于 TF-IDF 矩阵乘词向量矩阵，再缩成长度 1。"""
    texts = ns["tails"][:20]
    tfidf = TfidfVectorizer(analyzer=ns["same_text"]).fit(ns["tails"])
    names = tfidf.get_feature_names_out()
    table = np.stack([ns["wv"][w] if w in ns["wv"] else np.zeros(ns["wv"].vector_size) for w in names])
    expected = ns["unit"](tfidf.transform(texts) @ table)
    got = ns["mean_vectors"](texts, dict(zip(names, tfidf.idf_, strict=True)))
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_unknown_words_and_empty_texts(ns: dict) -> None:
    """不认得的词跳过；一个也不认得，那一行是 0，没有 NaN。"""
    got = ns["mean_vectors"]([["微信"], [], ["微信", "足球"]])
    assert (got[:2] == 0).all()
    np.testing.assert_allclose(got[2], ns["mean_vectors"]([["足球"]])[0])


def test_win_rate_is_auc(ns: dict) -> None:
    """胜率就是 AUC，并列算一半。"""
    for table in [*ns["meaning"].values(), np.zeros((3, 3)), np.eye(4)]:
        labels = np.eye(len(table)).ravel()
        assert ns["win_rate"](table) == pytest.approx(roc_auc_score(labels, table.ravel()))


def test_top_hits(ns: dict) -> None:
    """全是 0 的行不算命中。"""
    assert ns["top_hits"](np.eye(3)) == 3
    assert ns["top_hits"](np.zeros((3, 3))) == 0
    assert ns["top_hits"](np.array([[0.1, 0.9], [0.9, 0.1]])) == 0


def test_similarities_are_cosines(ns: dict) -> None:
    """每张表都在 −1 与 1 之间；自己与自己是 1。"""
    for name, table in ns["four_ways"](ns["tails"][:5], ns["tails"][:5], ns["tails"]).items():
        np.testing.assert_allclose(np.diag(table), 1, atol=1e-5, err_msg=name)
    for table in [*ns["meaning"].values(), *ns["halves"].values()]:
        assert np.abs(table).max() <= 1 + 1e-5


def test_pairs_share_few_words(ns: dict) -> None:
    """我们写的句子几乎没有相同的词，也没有重复的句子。"""
    assert len(ns["pairs"]) == 16
    assert ns["same"] <= 3
    assert len({text for pair in ns["pairs"] for text in pair}) == 32


def test_vectors_win_on_meaning(ns: dict) -> None:
    """意思相同、用词不同：词向量胜率过 0.9，TF-IDF 接近瞎猜。"""
    rate = {name: ns["win_rate"](table) for name, table in ns["meaning"].items()}
    assert min(rate["平均"], rate["加权平均"]) > 0.9
    assert max(rate["词袋"], rate["TF-IDF"]) < 0.6
    assert ns["top_hits"](ns["meaning"]["加权平均"]) >= 13


def test_tfidf_wins_on_halves(ns: dict) -> None:
    """找另一半：TF-IDF 最好，远高于瞎猜的 1/500。"""
    hit = {name: ns["top_hits"](table) / 500 for name, table in ns["halves"].items()}
    assert hit["TF-IDF"] > 0.5 > hit["加权平均"] + 0.05
    assert min(hit.values()) > 0.2


def test_halves_cut_each_paragraph_once(ns: dict) -> None:
    """前后两半接起来就是原来的段落，段落不重复、不短于一百字。"""
    for head, tail, words in zip(ns["heads"], ns["tails"], ns["chosen"], strict=True):
        assert head + tail == words and head and tail
        assert len("".join(words)) >= 100
    assert len({id(words) for words in ns["chosen"]}) == 500


def test_means_look_alike(ns: dict) -> None:
    """毫不相干的两段：平均很像，加权少一点，TF-IDF 几乎不像。"""
    off = ns["off"]
    assert off.sum() == 500 * 499
    mean, weighted, tfidf = (ns["halves"][name][off].mean() for name in ["平均", "加权平均", "TF-IDF"])
    assert mean > weighted > 0.5 and tfidf < 0.1


def test_mean_ignores_order_and_negation(ns: dict) -> None:
    """次序不同完全一样；反义与否定仍然很像。"""
    scores = [(ns["mean_vectors"]([a.split()]) @ ns["mean_vectors"]([b.split()]).T).item() for a, b in ns["TRAPS"]]
    assert scores[0] == pytest.approx(1)
    assert min(scores[1:]) > 0.8


def test_segmentation_mismatch(ns: dict) -> None:
    """jieba 的切法与语料不同：“物价上涨”没有向量，“物价”“上涨”各自有。"""
    assert "物价上涨" in ns["missing"]
    assert "物价" in ns["wv"] and "上涨" in ns["wv"]


def test_split_query_finds_inflation(ns: dict) -> None:
    """“物价上涨”切成两个词，排第一的是“通货膨胀率有所下降”：开头的问题有了答案。"""
    assert "".join(ns["right"][ns["scores"][0].argmax()]) == "通货膨胀率有所下降"


def test_halves_count_idf_on_the_tails(ns: dict) -> None:
    """“找另一半”的 idf 只用被检索的后半段来数，前半段只做变换。"""
    tfidf = TfidfVectorizer(analyzer=ns["same_text"]).fit(ns["tails"])
    expected = (tfidf.transform(ns["heads"][:40]) @ tfidf.transform(ns["tails"]).T).toarray()
    np.testing.assert_allclose(ns["halves"]["TF-IDF"][:40], expected, atol=1e-9)


def test_three_methods_are_within_two_standard_errors(ns: dict) -> None:
    """页面说词袋、平均、加权平均两两相差不到两个标准误：按同一批题成对地比。"""
    hit = {}
    for name in ["词袋", "平均", "加权平均"]:
        table = ns["halves"][name]
        hit[name] = (table.argmax(axis=1) == np.arange(500)).astype(int)
    for a, b in [("词袋", "平均"), ("词袋", "加权平均"), ("平均", "加权平均")]:
        gap = hit[a] - hit[b]
        assert abs(gap.mean()) < 2 * gap.std() / 500**0.5, (a, b)
