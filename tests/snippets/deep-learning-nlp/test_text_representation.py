"""text_representation.py 的行为：手算等于官方，词向量学到预先埋好的结构。"""

import math

import numpy as np
import pytest
import torch
from guide.code.runner import Run
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


@pytest.mark.parametrize(
    "texts",
    [
        ["猫 爱 吃 鱼 猫 爱 睡觉", "狗 爱 吃 骨头", "孩子 爱 猫"],
        ["一 二 二", "二 三", "三 三 三 一", "四"],
        ["北京 北京大学", "北京大学 大学"],
    ],
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
    first, second = run.text("默认设置会丢掉单字词").splitlines()[1::2]
    assert "睡觉" in first and "'猫'" not in first
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
    twice = ns["count_pairs"]([["甲", "乙"], ["甲", "乙"]], ["甲", "乙"])
    assert twice.tolist() == [[0, 2], [2, 0]], "见过两次要数两次"


def test_neighbours_reach_two_words(ns: dict) -> None:
    """页面说窗口是左右各两个词：“小猫爱吃…”里，“吃”也是小猫的邻居，食物不是。"""
    near = dict(zip(ns["words"], ns["pairs"][ns["words"].index("小猫")].tolist(), strict=True))
    assert near["爱"] > 0 and near["吃"] > 0 and near["喂"] > 0
    assert near["米饭"] == near["小狗"] == 0


def test_word_vectors_find_the_planted_groups(ns: dict) -> None:
    """16 个名词，每个最近的三个词都在自己那一组里。"""
    words, similar = ns["words"], ns["similar"]
    for members in ns["GROUPS"].values():
        for word in members:
            near = {words[i] for i in similar[words.index(word)].topk(4).indices}
            assert near == set(members), f"{word} 的近邻是 {near}"


def test_neighbours_on_the_page_exclude_the_word_itself(ns: dict, run: Run) -> None:
    """印出来的近邻是同组的另外三个；相似度是余弦，自己与自己是 1。"""
    torch.testing.assert_close(ns["similar"].diagonal(), torch.ones(len(ns["words"])))
    for line in run.text("近邻").splitlines()[:4]:
        word, near = line.split("：")
        group = next(members for members in ns["GROUPS"].values() if word in members)
        assert set(near.split()) == set(group) - {word}


def test_the_plane_keeps_the_groups_apart(ns: dict) -> None:
    """图上画的两个方向：每个词最近的三个点仍是同组的。"""
    nouns = [word for members in ns["GROUPS"].values() for word in members]
    points = ns["flat"][[ns["words"].index(word) for word in nouns]]
    for i, row in enumerate(torch.cdist(points, points)):
        assert {int(j) // 4 for j in row.topk(4, largest=False).indices} == {i // 4}, nouns[i]


def test_skip_gram_reaches_the_entropy(ns: dict) -> None:
    """损失不会低于邻居本身的熵，也离它很近。"""
    loss, floor = ns["loss"].item(), ns["floor"].item()
    assert floor - 1e-4 <= loss < floor + 0.03
    assert floor < math.log(len(ns["words"]))


def test_every_pair_counts_as_often_as_it_was_seen(ns: dict) -> None:
    """一次算完与逐个窗口走是同一个损失：每一对按次数加权，权重和为 1。"""
    ids = {word: i for i, word in enumerate(ns["words"])}
    losses, scores = [], ns["context"](ns["center"].weight).detach().log_softmax(dim=-1)
    for sentence in ns["corpus"]:
        for i, word in enumerate(sentence):
            for j in {i - 2, i - 1, i + 1, i + 2} & set(range(len(sentence))):
                losses.append(-scores[ids[word], ids[sentence[j]]].item())
    at_once = -(ns["target"] * scores).sum().item()
    assert at_once == pytest.approx(sum(losses) / len(losses), abs=1e-4)


def test_fasttext_pieces(ns: dict, run: Run) -> None:
    """片段带首尾标记；没见过的词与见过的共有六个片段。"""
    assert ns["pieces"]("猫", sizes=(2, 3)) == {"<猫", "猫>", "<猫>"}
    assert len(ns["seen"] & ns["unseen"]) == 6
    two, three, *_, shared, none = run.text("没见过的词").splitlines()
    assert set(two.split("：")[1].split()) | set(three.split("：")[1].split()) == ns["seen"]
    assert set(shared.split()) == ns["seen"] & ns["unseen"]
    assert none.endswith(" 0 个")


def test_subword_vocabulary_has_unknowns(run: Run) -> None:
    """子词跨过了词的边界，生僻字成了 <unk>，一个汉字是三个字节。"""
    text = run.text("切成子词")
    assert "在北京" in text and "<unk>" in text
    assert str(list("饕".encode())) in text


def test_gradients_vanish_unless_the_gate_is_open(ns: dict) -> None:
    """退 20 步：RNN 与默认的 LSTM 都不到万分之一，遗忘门打开的还有一成以上。"""
    rnn, lstm, opened = (size[20].item() for size in ns["reach"].values())
    assert rnn < lstm < 1e-4
    assert opened > 0.1
    assert all(size[0] == 1 for size in ns["reach"].values())


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_gradient_of_a_known_recurrence(ns: dict, factor: float) -> None:
    """h = factor·h + x 的答案是 factor 的若干次方，消失与爆炸都要量得出。"""

    class Known(torch.nn.Module):
        """宽度不变的线性循环。"""

        def __init__(self, width: int, hidden: int, batch_first: bool) -> None:
            super().__init__()

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, None]:
            h, out = 0, []
            for step in x.unbind(dim=1):
                h = factor * h + step
                out.append(h)
            return torch.stack(out, dim=1), None

    size = ns["gradient_by_step"](Known, steps=30, hidden=16)
    torch.testing.assert_close(size, factor ** torch.arange(30.0))


def test_forget_bias_is_what_was_asked(ns: dict) -> None:
    """两个偏置相加才是遗忘门的偏置，别的门不动。"""
    made = []

    def cell(*args: int, **kwargs: bool) -> torch.nn.LSTM:
        made.append(torch.nn.LSTM(*args, **kwargs))
        return made[-1]

    ns["gradient_by_step"](cell, steps=2, hidden=8, forget_bias=2.0)
    bias = made[0].bias_ih_l0 + made[0].bias_hh_l0
    assert bias[8:16].tolist() == [2.0] * 8
    assert bias[:8].abs().max() < 1 and bias[16:].abs().max() < 1


def test_recurrent_parameter_ratio(run: Run) -> None:
    """GRU 是 RNN 的 3 倍，LSTM 是 4 倍。"""
    assert [line.split()[-2] for line in run.text("三种循环单元的参数").splitlines()] == ["1", "3", "4"]
