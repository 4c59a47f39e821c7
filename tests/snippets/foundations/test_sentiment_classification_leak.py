"""泄漏：种下的两种让分数虚高，抛硬币的标签把它们揪出来。"""

import numpy as np


def test_planted_leaks_raise_the_score(run):
    """没去重、全体词典都虚高一成以上；全体 idf 这里看不出差别。"""
    ns = run.namespace
    assert 0.76 < ns["honest"] < 0.86
    assert ns["copied"] > ns["honest"] + 0.1 and ns["shared"].mean() > 0.7
    assert ns["leaky"] > ns["clean"] + 0.1
    assert abs(ns["peeked"] - ns["honest"]) < 0.02


def test_coin_labels_expose_the_leaks(run):
    """标签与内容无关时，干净的评估在一半上下，泄漏的远高于一半。"""
    checks = run.namespace["checks"]
    assert 0.44 < checks["干净"] < 0.56 and 0.44 < checks["全体 idf"] < 0.56
    assert checks["没去重"] > 0.8 and checks["全体词典"] > 0.8


def test_clean_lexicon_passes_the_coin_test(run):
    """只用训练集编的词典，抛硬币时也在一半上下：问题在偷看，不在词典。"""
    ns = run.namespace
    value = ns["lexicon_score"](ns["X"], ns["coin"], ns["train"], ns["held"])
    assert 0.44 < value < 0.56


def test_lexicon_reads_only_its_rows(run):
    """改掉别的行的标签，词典一个数也不变。"""
    ns = run.namespace
    flipped = ns["few_y"].copy()
    flipped[ns["held"]] = 1 - flipped[ns["held"]]
    before, after = (ns["lexicon"](ns["X"], y, ns["train"]) for y in (ns["few_y"], flipped))
    np.testing.assert_array_equal(before, after)


def test_copies_and_blocks(run):
    """副本共用标签；按段切分的分数与逐行切分相差不大。"""
    ns = run.namespace
    assert len(ns["owner"]) > 9000 and set(ns["owner"]) == set(range(5000))
    assert (ns["y_rows"] == ns["few_y"][ns["owner"]]).all()
    assert abs(np.mean(ns["by_line"]) - np.mean(ns["by_block"])) < 0.05


def test_honest_means_honest(run):
    """干净的一次与没去重的一次，验证的行都不在训练的行里；词表与 idf 只看训练的行。"""
    ns = run.namespace
    train, held = ns["train"], ns["held"]
    assert not set(train) & set(held) and not set(ns["train_rows"]) & set(ns["held_rows"])
    changed = ns["X"].tolil()
    changed[held] = ns["X"][held] * 5 + ns["X"][train[:1000]]
    before, after = (ns["tfidf"](X, train)[train] for X in (ns["X"], changed.tocsr()))
    assert before.shape == after.shape and abs(before - after).max() < 1e-12
    assert ns["honest"] == ns["evaluate"](ns["tfidf"](ns["X"], train), ns["few_y"], train, held)


def test_last_cuts_can_be_repeated(run):
    """最后一次的两种切法，只用留下的行重新编词典，得到同样的分数。"""
    ns = run.namespace
    by_line = np.zeros(len(ns["y"]), dtype=bool)
    by_line[ns["shuffled"][: len(by_line) // 10]] = True
    for inside, scores in [(by_line, ns["by_line"]), (ns["apart"], ns["by_block"])]:
        outside, inside = np.flatnonzero(~inside), np.flatnonzero(inside)
        assert scores[-1] == ns["lexicon_score"](ns["X_all"], ns["y"], outside, inside)
    kept = set(ns["blocks"][~ns["apart"]])
    assert not kept & set(ns["blocks"][ns["apart"]])


def test_one_coin_a_line_finds_nothing(run):
    """副本各抛各的，没去重也回到一半上下：检验的前提是相同的输入得到同一枚硬币。"""
    ns = run.namespace
    score = ns["evaluate"](ns["Z_rows"], ns["each"], ns["train_rows"], ns["held_rows"])
    assert abs(score - 0.5) < 0.06 and len(ns["each"]) == len(ns["owner"])


def test_common_pieces_are_silent_under_coins(run):
    """至少一百条里有的片段，真标签下的权重比抛硬币的大得多；只有一条用的片段两边一样大。"""
    ns = run.namespace
    df = np.asarray((ns["X"] > 0).sum(axis=0)).ravel()
    sizes = [np.abs(ns["lexicon"](ns["X"], y, ns["everything"])) for y in (ns["few_y"], ns["coin"])]
    assert sizes[0][df >= 100].mean() > 3 * sizes[1][df >= 100].mean()
    assert abs(sizes[0][df == 1].mean() - sizes[1][df == 1].mean()) < 0.2
