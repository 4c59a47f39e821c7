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
