"""text_representation.py 的行为：手算等于官方，词向量学到预先埋好的结构。"""

import math

import numpy as np
import pytest
import torch
from guide.runner import Run
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


@pytest.mark.parametrize(
    "texts",
    [["猫 爱 吃 鱼 猫 爱 睡觉", "狗 爱 吃 骨头", "孩子 爱 猫"], ["一 二 二", "二 三", "三 三 三 一", "四"]],
)
def test_bag_and_tfidf_equal_sklearn(ns: dict, texts: list[str]) -> None:
    """词袋与 TF-IDF 在别的句子上也等于 scikit-learn。"""
    vocab, counts = ns["bag_of_words"](texts)
    official = CountVectorizer(vocabulary=vocab, analyzer=str.split)
    np.testing.assert_array_equal(counts, official.fit_transform(texts).toarray())
    official = TfidfVectorizer(vocabulary=vocab, analyzer=str.split)
    np.testing.assert_allclose(ns["tfidf_sklearn"](counts), official.fit_transform(texts).toarray(), atol=1e-12)


def test_textbook_idf(ns: dict) -> None:
    """到处都有的词权重为 0，只在一句里的是 ln N。"""
    idf = dict(zip(ns["vocab"], ns["idf_textbook"](ns["counts"]), strict=True))
    assert idf["爱"] == 0
    assert idf["猫"] == pytest.approx(math.log(3 / 2))
    assert idf["鱼"] == pytest.approx(math.log(3))


def test_cosine(ns: dict) -> None:
    """只看方向：放大不变，垂直为 0；页面上的 0.29 是 1/(2√3)。"""
    a, b = np.array([1.0, 2, 0]), np.array([0.0, 0, 3])
    assert ns["cosine"](a, 5 * a) == pytest.approx(1)
    assert ns["cosine"](a, b) == 0
    assert ns["cosine"](ns["counts"][1], ns["counts"][2]) == pytest.approx(1 / (2 * math.sqrt(3)))


def test_default_settings_drop_single_characters(run: Run) -> None:
    """scikit-learn 的默认设置里没有单字词；哪天改了，页面要跟着改。"""
    first, second = run.text("默认设置会丢掉单字词").splitlines()
    kept = first.split("->")[1]
    assert "睡觉" in kept and "'猫'" not in kept
    assert "'猫爱吃鱼'" in second


def test_bag_loses_order(ns: dict) -> None:
    """次序不同的两句，词袋向量一样。"""
    _, (first, second) = ns["bag_of_words"](["狗 咬 人", "人 咬 狗"])
    assert (first == second).all()


def test_pair_counts(ns: dict) -> None:
    """共现次数：窗口以内才算，且对称。"""
    pairs = ns["count_pairs"]([["甲", "乙", "丙", "丁"]], ["丁", "丙", "乙", "甲"], window=2)
    assert torch.equal(pairs, pairs.T)
    assert pairs[3].tolist() == [0, 1, 1, 0], "甲的邻居是乙、丙，不含丁与自己"


def test_word_vectors_find_the_planted_groups(ns: dict) -> None:
    """16 个名词，每个最近的三个词都在自己那一组里。"""
    words, similar = ns["words"], ns["similar"]
    for members in ns["GROUPS"].values():
        for word in members:
            near = {words[i] for i in similar[words.index(word)].topk(4).indices}
            assert near == set(members), f"{word} 的近邻是 {near}"


def test_skip_gram_reaches_the_entropy(ns: dict) -> None:
    """损失不会低于邻居本身的熵，也离它很近。"""
    loss, floor = ns["loss"].item(), ns["floor"].item()
    assert floor - 1e-4 <= loss < floor + 0.03
    assert floor < math.log(len(ns["words"]))


def test_fasttext_pieces(ns: dict) -> None:
    """片段带首尾标记；没见过的词与见过的共有六个片段。"""
    assert ns["pieces"]("猫", sizes=(2, 3)) == {"<猫", "猫>", "<猫>"}
    assert len(ns["seen"] & ns["unseen"]) == 6


def test_subword_vocabulary_has_unknowns(run: Run) -> None:
    """子词跨过了词的边界，生僻字成了 <unk>，一个汉字是三个字节。"""
    text = run.text("切成子词")
    assert "在北京" in text and "<unk>" in text
    assert str(list("饕".encode())) in text


def test_gradients_vanish_unless_the_gate_is_open(ns: dict) -> None:
    """退 20 步：RNN 与默认的 LSTM 都不到万分之一，遗忘门打开的还有一成以上。"""
    rnn, lstm, opened = (size[-21].item() for size in ns["reach"].values())
    assert rnn < lstm < 1e-4
    assert opened > 0.1
    assert all(size[-1] == 1 for size in ns["reach"].values())


def test_recurrent_parameter_ratio(run: Run) -> None:
    """GRU 是 RNN 的 3 倍，LSTM 是 4 倍。"""
    assert [line[-3] for line in run.text("三种循环单元的参数").splitlines()] == ["1", "3", "4"]
