"""错误分析：计数表与 scikit-learn 相同，测试集过线且没有参与训练。"""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support


def test_confusion_and_report_equal_sklearn(run):
    """混淆矩阵、精确率、召回率、F1 都与 scikit-learn 相同。"""
    ns, rng = run.namespace, np.random.default_rng(0)
    truth, guess = rng.integers(0, 2, 90), (rng.random(90) < 0.3).astype(int)
    table = ns["confusion"](truth, guess)
    np.testing.assert_array_equal(table, confusion_matrix(truth, guess))
    expected = precision_recall_fscore_support(truth, guess, pos_label=0, average="binary")[:3]
    assert ns["report"](table) == pytest.approx(expected)


def test_held_out_accuracy(run):
    """测试集准确率不低于 0.80，三组没有相同的行。"""
    ns = run.namespace
    train, val, test = (set(ns[name]) for name in ("train", "val", "test"))
    assert not train & test and not val & test and not train & val
    assert len(train | val | test) == len(ns["texts"])
    right = np.mean([ns["final"].predict([ns["texts"][i]])[0] == ns["y"][i] for i in sorted(test)])
    assert right == pytest.approx(ns["accuracy"]) and right >= 0.80
    assert ns["accuracy"] - 1.96 * ns["error"] > (ns["y"][ns["test"]] == 0).mean() + 0.2


def test_thirty_errors_are_all_sorted(run):
    """三十条都真的判错，每条恰好归入一类。"""
    ns = run.namespace
    drawn = ns["drawn"]
    guess = ns["model"].predict([ns["texts"][i] for i in drawn])
    assert len(drawn) == 30 and (guess != ns["y"][drawn]).all()
    assert all((ns["chance"][i] > 0.5) != ns["y"][i] for i in drawn)
    sorted_rows = [i for rows in ns["KINDS"].values() for i in rows]
    assert len(sorted_rows) == len(set(sorted_rows)) and len(set(sorted_rows) & set(drawn)) >= 29


def test_explanations_add_up(run):
    """各片段的贡献加上偏置就是分数；否定词的误判确实存在。"""
    ns = run.namespace
    sentence = "房间很小，不过服务不错"
    p, low, high = ns["explain"](ns["model"], sentence, n=1000)
    assert low == high[::-1]
    score = sum(v for v, _ in low) + ns["model"][1].intercept_[0]
    assert 1 / (1 + np.exp(-score)) == pytest.approx(p)
    chance = {s: ns["explain"](ns["model"], s)[0] for s in ("不是很好", "不是不好")}
    assert chance["不是很好"] > 0.5 > chance["不是不好"]


def test_threshold_trades_precision_for_recall(run):
    """门槛越高，差评的召回率越高。"""
    precision, recall, _ = run.namespace["lines"].T
    assert (np.diff(recall) >= 0).all() and precision[0] > precision[-1] + 0.1


def test_quotes_are_short(run):
    """印出来的评论不超过二十六个字，不把数据抄进仓库。"""
    quoted = [line for line in run.text("归成四类").splitlines() if line.startswith("    ")]
    assert len(quoted) <= 16
    assert all(len(line.strip().split("  ", 1)[1]) <= 26 for line in quoted)


def test_confidence_matches_accuracy(run):
    """自称的把握与真正判对的比例相差不到一成。"""
    sure, right = run.namespace["sure"], run.namespace["right"]
    for low, high in [(0.5, 0.7), (0.7, 0.9), (0.9, 1.0)]:
        inside = (sure >= low) & (sure < high)
        assert inside.sum() > 100 and abs(sure[inside].mean() - right[inside].mean()) < 0.1


def test_final_model_never_saw_the_test_set(run):
    """最后一次训练用训练集加验证集，一条不多一条不少；标准误差按公式。"""
    ns = run.namespace
    rows = np.concatenate([ns["train"], ns["val"]])
    reference = CountVectorizer(analyzer=ns["pieces"], min_df=2).fit(ns["pick"](rows))
    assert ns["final"][0].vocabulary_ == reference.vocabulary_
    right = ns["q"] == ns["y"][ns["test"]]
    assert ns["error"] == pytest.approx(right.std() / np.sqrt(len(right)))


def test_the_spike_of_lengths(run):
    """140–191 字那一段多半是好评，两侧的段不是；只量长短也能赢过底线。"""
    ns = run.namespace
    length, y = np.array([len(text) for text in ns["texts"]]), ns["y"]
    np.testing.assert_array_equal(ns["odd"], (length >= 140) & (length <= 191))
    share = [y[(length >= a) & (length < b)].mean() for a, b in [(100, 140), (140, 192), (192, 250)]]
    assert share[1] > 0.8 > 0.6 > max(share[0], share[2])
    assert (ns["odd"] == y).mean() > (y == 0).mean() + 0.05
    outside = ~ns["odd"][ns["val"]]
    assert ns["right"][outside].mean() < ns["right"].mean() < ns["right"][~outside].mean()
    assert len(ns["spiked"]) == len(ns["train"]) and (ns["spiked"] == ns["odd"][ns["train"]]).all()
    labels, book, spiked = y[ns["train"]], ns["book"], ns["spiked"]
    assert labels[book & spiked].mean() > 0.9 and labels[book & ~spiked].mean() < 0.3
    assert ns["not_bad"] / ns["wrongs"] > 0.85 and abs(y[ns["train"]][ns["alone"]].mean() - 0.5) < 0.05
