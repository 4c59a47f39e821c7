"""挑设置：折与折不重叠，词表只从训练的一份学，曲线呈现欠拟合与过拟合。"""

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline


def test_folds_equal_kfold(run):
    """五折与 scikit-learn 的 KFold 相同：除不尽也不漏，每行恰好验证一次。"""
    ns, rows = run.namespace, np.arange(100, 123)
    ours = list(ns["folds"](rows, 5))
    for (fit, held), (a, b) in zip(ours, KFold(5).split(rows), strict=True):
        np.testing.assert_array_equal(fit, rows[a])
        np.testing.assert_array_equal(held, rows[b])


def test_tfidf_does_not_see_the_held_out_rows(run):
    """改掉验证的行，训练的行变成的数一个也不变。"""
    ns = run.namespace
    X = ns["X"][ns["few"][:400]]
    fit_on, use_on = np.arange(300), np.arange(300, 400)
    before, held = ns["tfidf"](X, fit_on, use_on)
    changed = X.copy().tolil()
    changed[use_on] = X[use_on] * 7 + X[fit_on[:100]]
    after, _ = ns["tfidf"](changed.tocsr(), fit_on, use_on)
    assert held.shape[1] == before.shape[1] and (before != after).nnz == 0


def test_cross_validation_equals_sklearn_pipeline(run):
    """准确率与“流水线加 cross_val_score”的逐折相同。"""
    ns = run.namespace
    rows = ns["train"][:600]
    some = [ns["texts"][i] for i in rows]
    steps = [TfidfVectorizer(analyzer=ns["pieces"], min_df=2, sublinear_tf=True), LogisticRegression(C=3, max_iter=500)]
    theirs = cross_val_score(make_pipeline(*steps), some, ns["y"][rows], cv=KFold(5))
    X = CountVectorizer(analyzer=ns["pieces"]).fit_transform(some)
    ours = ns["cross_validate"](X, ns["y"][rows], np.arange(600), C=3)
    np.testing.assert_allclose(ours, theirs, atol=0.009)


def test_under_and_overfitting_are_visible(run):
    """左端两条线都低，右端训练接近满分而验证回落。"""
    fitted, held = run.namespace["curve"].T
    assert fitted[0] < 0.75 and held[0] < 0.75 and fitted[0] - held[0] < 0.03
    assert fitted[-1] > 0.99 and held.argmax() not in (0, len(held) - 1)
    assert held.max() - held[-1] > 0.005 and (np.diff(fitted) > -0.003).all()


def test_more_data_helps(run):
    """数据越多，验证越高，两条线越近。"""
    fitted, held = run.namespace["learning"].T
    assert held[-1] - held[0] > 0.08 and held[-1] > 0.8
    assert fitted[-1] - held[-1] < fitted[0] - held[0] - 0.1


def test_winner_is_the_best_mean(run):
    """选中的是平均最高的一格，字与相邻两字好过单字。"""
    ns = run.namespace
    means = {choice: scores.mean() for choice, scores in ns["table"].items()}
    assert len(means) == 12 and means[ns["winner"]] == max(means.values()) > 0.8
    assert max(v for (cut, _), v in means.items() if cut == "single") < means["pieces", 3] - 0.01
    assert not set(ns["few"]) & set(ns["val"])


def test_same_split_and_untouched_test_set(run):
    """与第一个脚本的切分相同，测试集的一成没有碰。"""
    ns = run.namespace
    order = np.random.default_rng(0).permutation(len(ns["texts"]))
    tenth = len(order) // 10
    np.testing.assert_array_equal(ns["val"], order[:tenth])
    np.testing.assert_array_equal(ns["train"], order[2 * tenth :])
