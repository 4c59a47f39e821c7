"""word2vec_subword.py 的行为：没见过的词由片段凑成，有道理的与没道理的都在。"""

import numpy as np
import pytest
from gensim.models.fasttext import ft_ngram_hashes
from gensim.models.fasttext_inner import compute_ngrams
from guide.code.runner import Run


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


@pytest.mark.parametrize("word", ["足球迷", "北京", "猫", "电视剧本"])
@pytest.mark.parametrize(("low", "high"), [(1, 2), (2, 3), (3, 6)])
def test_pieces_equal_gensim(ns: dict, word: str, low: int, high: int) -> None:
    """片段与 gensim 切的相同（单独的尖括号不算）。"""
    official = [piece for piece in compute_ngrams(word, low, high) if piece not in "<>"]
    assert sorted(ns["pieces"](word, low, high)) == sorted(official)


@pytest.mark.parametrize("word", ["足球迷", "女教师", "饕餮"])
def test_unseen_vector_is_the_mean_of_its_pieces(ns: dict, word: str) -> None:
    """没见过的词：向量等于片段向量的平均，片段数与页面数的一样。"""
    wv = ns["wv"]
    rows = ft_ngram_hashes(word, wv.min_n, wv.max_n, wv.bucket)
    assert len(rows) == len(ns["pieces"](word, wv.min_n, wv.max_n))
    np.testing.assert_allclose(wv[word], wv.vectors_ngrams[rows].mean(axis=0), atol=1e-6)


def test_unseen_words_have_neighbours(ns: dict) -> None:
    """sub-word：三个没见过的词，近邻里有意思相关的。"""
    expected = {"足球迷": {"足球", "足球赛"}, "女教师": {"教师"}, "农业部长": {"农业部", "部长"}}
    for word, good in expected.items():
        assert word not in ns["wv"].key_to_index
        assert good & {near for near, _ in ns["wv"].most_similar(word, topn=5)}, word


def test_spelling_is_not_meaning(ns: dict) -> None:
    """页面的反例：“马铃薯”的近邻多带“马”字，“饕餮”的近邻没有一个同字的。"""
    near = [word for word, _ in ns["wv"].most_similar("马铃薯", topn=5)]
    assert sum("马" in word for word in near) >= 3
    near = [word for word, _ in ns["wv"].most_similar("饕餮", topn=5)]
    assert not any(set(word) & set("饕餮") for word in near)


def test_none_of_the_examples_was_seen(ns: dict, run: Run) -> None:
    """例子都不在词表里。"""
    assert not set(ns["UNSEEN"]) & set(ns["wv"].key_to_index)
    assert run.text("没见过的词有没有近邻").splitlines()[0].endswith("[]")


def test_by_hand_equals_gensim(ns: dict) -> None:
    """页面自己凑的那个向量，与 gensim 给的相同。"""
    assert ns["same"]
    np.testing.assert_allclose(ns["by_hand"], ns["wv"]["足球迷"], atol=1e-6)


def test_default_lengths_share_one_piece(ns: dict) -> None:
    """长度 3 到 6：“足球”与“足球迷”只共有一片，“球”只切得出整个的自己。"""
    assert set(ns["pieces"]("足球", 3, 6)) & set(ns["pieces"]("足球迷", 3, 6)) == {"<足球"}
    assert ns["pieces"]("球", 3, 6) == ["<球>"]
