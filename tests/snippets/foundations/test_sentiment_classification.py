"""朴素贝叶斯：与 scikit-learn 和手算一致，没有重复的评论跨过切分。"""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB


def test_deduplication(run):
    """留下的样子各不相同，两边都有的全丢掉，标签来自原来的文件。"""
    ns = run.namespace
    kept = [ns["key"](text) for text in ns["texts"]]
    assert len(set(kept)) == len(kept) == len(ns["y"]) > 17_000 and all(kept)
    bad, good = ({ns["key"](line) for line in ns[name]} for name in ("bad", "good"))
    assert not set(kept) & bad & good
    assert all((k in good) == label for k, label in zip(kept, ns["y"], strict=True))
    texts, labels = ns["deduplicate"](["差。", "差！", "一样", "……"], ["好", "一样", "好 "])
    assert texts == ["差。", "好"] and labels.tolist() == [0, 1]


def test_split_is_a_partition(run):
    """三组合起来正好是全部，比例 8:1:1，同样的种子同样的切分。"""
    ns = run.namespace
    parts = ns["split"](1000)
    assert [len(part) for part in parts] == [800, 100, 100]
    assert sorted(np.concatenate(parts)) == list(range(1000))
    assert all((a == b).all() for a, b in zip(parts, ns["split"](1000), strict=True))
    assert not (ns["split"](1000, seed=1)[1] == parts[1]).all()
    rows = np.concatenate([ns["train"], ns["val"], ns["test"]])
    assert sorted(rows) == list(range(len(ns["texts"])))


def test_vocabulary_from_training_reviews_only(run):
    """词表里的片段都至少出现在两条训练评论里；次数与 scikit-learn 的计数相同。"""
    ns = run.namespace
    training = [ns["texts"][i] for i in ns["train"]]
    reference = CountVectorizer(analyzer=ns["pieces"], min_df=2)
    X = reference.fit_transform(training)
    assert reference.vocabulary_ == ns["vocabulary"]
    np.testing.assert_array_equal(X[:300].toarray(), ns["X"][ns["train"][:300]].toarray())


@pytest.mark.parametrize("alpha", [0.01, 1.0, 5.0])
def test_equals_sklearn(run, alpha):
    """各个概率与 scikit-learn 的多项式朴素贝叶斯相同，类别不平衡时也一样。"""
    ns, rng = run.namespace, np.random.default_rng(3)
    X, y = rng.poisson(0.7, size=(60, 12)).astype(float), (rng.random(60) < 0.25).astype(int)
    ours = ns["NaiveBayes"](alpha).fit(X[:40], y[:40])
    theirs = MultinomialNB(alpha=alpha).fit(X[:40], y[:40])
    np.testing.assert_allclose(ours.log_word, theirs.feature_log_prob_)
    np.testing.assert_allclose(ours.log_prior, theirs.class_log_prior_)
    np.testing.assert_allclose(ours.predict_proba(X[40:]), theirs.predict_proba(X[40:]))
    np.testing.assert_array_equal(ours.predict(X[40:]), theirs.predict(X[40:]))


def test_equals_sklearn_on_reviews(run):
    """真评论上逐个相同，每行的和是 1。"""
    ns = run.namespace
    X, y, train, val = (ns[name] for name in ("X", "y", "train", "val"))
    p = MultinomialNB(alpha=1.0).fit(X[train], y[train]).predict_proba(X[val])
    np.testing.assert_allclose(ns["model"].predict_proba(X[val]), p, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(p.sum(axis=1), 1)


def test_hand_calculation(run):
    """手算的“不好看”：0.4·0.2·0.1 比 (2/9)³。"""
    ns = run.namespace
    up, down = 0.4 * 0.2 * 0.1, (2 / 9) ** 3
    assert ns["toy"].predict_proba(ns["asked"])[0, 1] == pytest.approx(up / (up + down))


def test_underflow_is_real_and_avoided(run):
    """连乘得到 0，对数相加得到有限的数。"""
    ns = run.namespace
    assert (ns["product"] == 0).all()
    assert np.isfinite(ns["model"].joint(ns["X"][[ns["longest"]]])).all()


def test_beats_majority_and_is_overconfident(run):
    """验证集上远好过多数类；自称 99.9% 的把握，对的不到九成。"""
    ns = run.namespace
    majority = (ns["y"][ns["val"]] == 0).mean()
    assert ns["accuracy"](ns["model"], ns["val"]) > max(0.75, majority + 0.2)
    assert ns["sure"].mean() > 0.6 and ns["right"][ns["sure"]].mean() < 0.9
    assert ns["both"] > 0.2
    assert ns["on_val"][-1] < max(ns["on_val"]) - 0.05  # 平滑太重就欠拟合
    assert ns["on_train"] == sorted(ns["on_train"], reverse=True)


def test_key_and_pieces_ignore_case_width_and_spaces(run):
    """去重看不见大小写、全角与标点；切片段看不见大小写与空白。"""
    ns = run.namespace
    assert ns["key"]("ＯＫ，Abc！ _１") == "okabc1"
    assert ns["pieces"]("A 好") == ["a", "好", "a好"]
