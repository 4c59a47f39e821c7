"""TF-IDF 与逻辑回归：与 scikit-learn 相同，梯度等于有限差分与自动微分。"""

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


@pytest.mark.parametrize("least", [1, 2])
def test_tfidf_equals_sklearn(run, least):
    """词表、idf 与变换后的数都和 TfidfVectorizer 相同；没见过的片段丢掉。"""
    ns = run.namespace
    lists, held = [[ns["pieces"](ns["texts"][i]) for i in ns[part][:300]] for part in ("train", "val")]
    vocabulary, idf = ns["fit_tfidf"](lists, least=least)
    reference = TfidfVectorizer(analyzer=lambda f: f, min_df=least, sublinear_tf=True).fit(lists)
    assert vocabulary == reference.vocabulary_
    np.testing.assert_allclose(idf, reference.idf_)
    ours = ns["transform"](held, vocabulary, idf).toarray()
    np.testing.assert_allclose(ours, reference.transform(held).toarray(), atol=1e-12)


def test_rows_have_length_one(run):
    """每行长度是 1；一个片段也不认识的评论整行是 0，不是 NaN。"""
    ns = run.namespace
    length = np.sqrt(ns["X_val"].power(2).sum(axis=1))
    assert np.isclose(length[length > 0], 1).all() and (length > 0).mean() > 0.99
    empty = ns["transform"]([["从没见过"]], ns["vocabulary"], ns["idf"]).toarray()
    assert (empty == 0).all()


def test_vocabulary_never_saw_validation(run):
    """词表与 idf 只由训练集决定。"""
    ns = run.namespace
    again, idf = ns["fit_tfidf"]([ns["pieces"](ns["texts"][i]) for i in ns["train"]])
    assert again == ns["vocabulary"] and np.array_equal(idf, ns["idf"])
    assert not set(ns["train"]) & set(ns["val"])


@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_gradient_equals_finite_differences_and_autograd(run, lam):
    """损失与梯度同有限差分、同 PyTorch 的自动微分一致。"""
    function, rng = run.namespace["loss_and_gradient"], np.random.default_rng(4)
    X, y = rng.normal(size=(9, 4)), rng.integers(0, 2, 9)
    w, b, h = rng.normal(size=4), -0.7, 1e-6
    loss, dw, db = function(w, b, X, y, lam)
    steps = [function(w + h * e, b, X, y, lam)[0] - function(w - h * e, b, X, y, lam)[0] for e in np.eye(4)]
    np.testing.assert_allclose(dw, np.array(steps) / (2 * h), atol=1e-7)
    slope = (function(w, b + h, X, y, lam)[0] - function(w, b - h, X, y, lam)[0]) / (2 * h)
    assert db == pytest.approx(slope, abs=1e-7)
    wt, bt = torch.tensor(w, requires_grad=True), torch.tensor(b, dtype=torch.float64, requires_grad=True)
    z, target = torch.tensor(X) @ wt + bt, torch.tensor(y, dtype=torch.float64)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(z, target) + lam / 2 * wt @ wt
    expected.backward()
    assert loss == pytest.approx(expected.item())
    np.testing.assert_allclose(dw, wt.grad.numpy())
    assert db == pytest.approx(bt.grad.item())


def test_large_scores_do_not_overflow(run):
    """分数到一万，损失、概率与梯度仍是有限的数。"""
    ns = run.namespace
    X, y = np.array([[1.0], [-1.0]]), np.array([0, 1])
    with np.errstate(over="raise", invalid="raise"):
        loss, dw, db = ns["loss_and_gradient"](np.array([1e4]), 0.0, X, y, 0.0)
    assert loss == pytest.approx(1e4) and np.isfinite([*dw, db]).all()
    np.testing.assert_allclose(ns["sigmoid"](np.array([-1e4, 0, 1e4])), [0, 0.5, 1])


def test_finds_the_optimum_of_sklearn(run):
    """走完之后，损失与 scikit-learn 的最低点相差不到千分之一，判断几乎一样。"""
    ns = run.namespace
    assert 0 <= ns["losses"][-1] - ns["lowest"] < 1e-3
    assert ns["same"] > 0.99 and ns["losses"][-1] < 0.45 < ns["losses"][0]


def test_fit_converges_on_a_small_problem(run):
    """小问题上逐个参数与 scikit-learn 相同。"""
    ns, rng = run.namespace, np.random.default_rng(5)
    X = rng.normal(size=(80, 3))
    y = (X[:, 0] + rng.normal(size=80) > 0).astype(int)
    w, b, losses = ns["fit"](X, y, lam=0.05, lr=0.2, steps=400)
    best = LogisticRegression(C=1 / (0.05 * 80), tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(w, best.coef_[0], atol=1e-4)
    assert b == pytest.approx(best.intercept_[0], abs=1e-4) and losses[-1] < losses[0]
    for momentum in (0, 0.9):  # 走一步：不论惯性多大，都是 −学习率·梯度
        w, b, _ = ns["fit"](X, y, lam=0.05, lr=0.2, momentum=momentum, steps=1)
        _, dw, db = ns["loss_and_gradient"](np.zeros(3), 0.0, X, y, 0.05)
        np.testing.assert_allclose([*w, b], [*(-0.2 * dw), -0.2 * db])


@pytest.mark.parametrize("momentum", [0, 0.9])
def test_momentum_equals_pytorch(run, momentum):
    """走五步，w 与 b 都同 PyTorch 的 SGD（同样的动量）一致。"""
    ns, rng = run.namespace, np.random.default_rng(6)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    w, b, _ = ns["fit"](X, y, lam=0.1, lr=0.4, momentum=momentum, steps=5)
    wt = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    bt = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([wt, bt], lr=0.4, momentum=momentum)
    for _ in range(5):
        z, target = torch.tensor(X) @ wt + bt, torch.tensor(y, dtype=torch.float64)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target) + 0.05 * wt @ wt
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    np.testing.assert_allclose(w, wt.detach().numpy())
    assert b == pytest.approx(bt.item())


def test_accuracy_and_three_walks(run):
    """验证集准确率过线；惯性更快，学习率 20 越走损失越大。"""
    ns = run.namespace
    assert ns["accuracy"](np.array([1.0, -1.0, 1.0, -1.0]), 0, np.eye(4), np.array([1, 0, 1, 1])) == 0.75
    assert ((ns["best"].predict(ns["X_val"])) == ns["y"][ns["val"]]).mean() > 0.8
    assert ns["losses"][99] < ns["plain"][-1] - 0.05 and ns["wild"][-1] > 1


def test_same_split_and_untouched_test_set(run):
    """与第一个脚本的切分相同，测试集的一成没有碰。"""
    ns = run.namespace
    order = np.random.default_rng(0).permutation(len(ns["texts"]))
    tenth = len(order) // 10
    np.testing.assert_array_equal(ns["val"], order[:tenth])
    np.testing.assert_array_equal(ns["train"], order[2 * tenth :])
