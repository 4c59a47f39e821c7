"""低秩微调：学到的就是 SVD，梯度与自动微分一致，参数少而误差接近全量。"""

import re

import numpy as np
import pytest
import scipy.linalg
import torch
from guide.code.runner import Run


def test_gradient_descent_reaches_the_svd(run: Run) -> None:
    """两个瘦矩阵学到的误差就是 Eckart–Young 的下限，不会更低。"""
    S = scipy.linalg.svdvals(run.namespace["target"])
    lines = run.text("学出来的低秩近似").splitlines()
    assert len(lines) == 3
    for line in lines:
        r, learned, best = re.findall(r"\d+\.?\d*", line)
        floor = np.sqrt((S[int(r) :] ** 2).sum())
        assert float(best) == pytest.approx(floor, abs=1e-4)
        assert floor - 1e-4 <= float(learned) <= floor + 1e-3


def test_halves_put_together_are_the_picture(run: Run) -> None:
    ns = run.namespace
    left, right = ns["halves"](ns["pixels"])
    assert left.shape == (1797, 33) and right.shape == (1797, 32) and (left[:, 32] == 1).all()
    whole = np.concatenate([left[:, :32].reshape(-1, 8, 4), right.reshape(-1, 8, 4)], axis=2)
    np.testing.assert_array_equal(whole, ns["digits"].images / 16)


def test_no_six_in_pretraining_and_no_overlap(run: Run) -> None:
    """预训练没见过 6；微调与测试的 6 不重叠。"""
    ns = run.namespace
    sixes = (ns["digits"].target == 6).sum()
    assert len(ns["X_old"]) == 1797 - sixes and len(ns["X"]) + len(ns["X_test"]) == sixes
    test = {row.tobytes() for row in np.c_[ns["X_test"], ns["Y_test"]]}
    assert not test & {row.tobytes() for row in np.c_[ns["X"], ns["Y"]]}


def test_gradient_equals_autograd(run: Run) -> None:
    """手写的梯度与 PyTorch 的相同；B、A 的梯度由链式法则得到。"""
    ns = run.namespace
    rng = np.random.default_rng(0)
    B, A = (torch.tensor(rng.normal(size=s), requires_grad=True) for s in [(32, 3), (3, 33)])
    X, Y, W0 = (torch.tensor(ns[name]) for name in ("X", "Y", "W0"))
    W = W0 + B @ A
    W.retain_grad()
    (0.5 * ((X @ W.T - Y) ** 2).sum() / len(X)).backward()
    g = ns["gradient"](W.detach().numpy())
    np.testing.assert_allclose(g, W.grad.numpy())
    np.testing.assert_allclose(g @ A.detach().numpy().T, B.grad.numpy())
    np.testing.assert_allclose(B.detach().numpy().T @ g, A.grad.numpy())


def test_one_step_of_lora_moves_only_b(run: Run) -> None:
    """B 从 0 开始：零步时与 W0 相同，第一步只有 B 动，方向是梯度乘 A 的转置。"""
    ns = run.namespace
    B0, A0 = ns["tune_lora"](4, steps=0)
    assert (B0 == 0).all() and np.abs(A0).max() > 0
    B1, A1 = ns["tune_lora"](4, steps=1, rate=0.1)
    np.testing.assert_array_equal(A1, A0)
    np.testing.assert_allclose(B1, -0.1 * ns["gradient"](ns["W0"]) @ A0.T)
    B2, A2 = ns["tune_lora"](4, steps=2, rate=0.1)
    g = ns["gradient"](ns["W0"] + B1 @ A1)
    np.testing.assert_allclose(B2, B1 - 0.1 * g @ A1.T)
    np.testing.assert_allclose(A2, A1 - 0.1 * B1.T @ g)  # 用的是更新之前的 B


def test_low_rank_tuning_is_almost_as_good(run: Run) -> None:
    """秩越大误差越小；秩 1 的 65 个数拿回八成好处；W0 没有被改。"""
    ns = run.namespace
    error = ns["error_of"]
    before, after = error(ns["W0"], ns["X_test"], ns["Y_test"]), error(ns["W_full"], ns["X_test"], ns["Y_test"])
    tuned = [error(ns["W0"] + B @ A, ns["X_test"], ns["Y_test"]) for B, A in ns["lora"].values()]
    assert tuned == sorted(tuned, reverse=True) and before > 0.3 and after < 0.2
    assert (before - tuned[0]) / (before - after) > 0.8
    assert (before - tuned[-1]) / (before - after) > 0.95
    for r, (B, A) in ns["lora"].items():
        assert np.linalg.matrix_rank(B @ A) == r and B.size + A.size == 65 * r
    np.testing.assert_allclose(ns["W0"].T, np.linalg.lstsq(ns["X_old"], ns["Y_old"], rcond=1e-3)[0])


def test_full_tuning_is_gradient_descent(run: Run) -> None:
    ns = run.namespace
    W = ns["W0"].copy()
    for _ in range(3):
        W = W - 0.1 * ns["gradient"](W)
    np.testing.assert_allclose(ns["tune_full"](steps=3), W)


def test_order_of_the_three_ways(run: Run) -> None:
    """一开始就低秩 < 事后砍改动 ≤ 砍整个权重；砍到秩 1 的权重比不微调还差。"""
    for line in run.text("砍改动，还是砍权重").splitlines():
        _, whole, after, during = (float(x) for x in re.findall(r"\d+\.?\d*", line))
        assert during < after < whole
    assert run.namespace["error_of"](
        run.namespace["truncate"](run.namespace["W_full"], 1), run.namespace["X_test"], run.namespace["Y_test"]
    ) > run.namespace["error_of"](run.namespace["W0"], run.namespace["X_test"], run.namespace["Y_test"])


def test_stored_weights_are_not_low_rank(run: Run) -> None:
    """mini-gpt 的 q_proj 与随机矩阵差不多：八个方向远远不够。"""
    S = scipy.linalg.svdvals(run.namespace["W"])
    assert run.namespace["W"].shape == (64, 64)
    assert np.sqrt((S[8:] ** 2).sum() / (S**2).sum()) > 0.6
    percents = [int(x) for x in re.findall(r"误差 (\d+)%", run.text("真模型的权重是低秩的吗"))]
    assert percents[0] == round(100 * np.sqrt((S[8:] ** 2).sum() / (S**2).sum()))
    assert abs(percents[0] - percents[1]) < 8


def numbers_of(line: str) -> float:
    """一行账里，改动的个数占整张表的比例。"""
    d, r = int(line.split(" ")[0]), int(re.search(r"秩 +(\d+)", line)[1])
    return (np.zeros((d, r)).size + np.zeros((r, d)).size) / d**2


def test_shown_pictures_come_from_the_named_weights(run: Run) -> None:
    """图上三列各用各的权重：误差次序是微调前 > 秩 1 > 全参数。"""
    ns = run.namespace
    before, low, full = (ns["error_of"](W, ns["X_test"], ns["Y_test"]) for W in list(ns["weights"].values())[1:])
    assert before > low > full


def test_parameter_count(run: Run) -> None:
    for line in run.text("大模型上的账").splitlines():
        assert f"占 {100 * numbers_of(line):.2f}%" in line
        d, _, r, numbers = (int(x.replace(",", "")) for x in re.findall(r"[\d,]+(?= ×|，|：| 个)|\d+(?=，)", line)[:4])
        assert numbers == sum(np.prod(s) for s in [(d, r), (r, d)])


def test_the_weight_is_more_low_rank_than_the_change(run: Run) -> None:
    """小模型里压得动的反而是权重：报的误差与奇异值算的相同，次序是权重 < 改动 < 随机矩阵。"""
    ns = run.namespace
    rows = [[int(x) for x in re.findall(r"(\d+)%", line)] for line in run.text("权重与改动，谁更低秩").splitlines()]
    for matrix, row in zip((ns["W0"], ns["W_full"] - ns["W0"]), rows[:2], strict=True):
        S = scipy.linalg.svdvals(matrix)
        assert row == [round(100 * np.sqrt((S[r:] ** 2).sum() / (S**2).sum())) for r in (1, 2, 4, 8)]
    assert all(a < b < c for a, b, c in zip(*rows, strict=True))


def test_two_zero_factors_never_move(run: Run) -> None:
    """A、B 都从 0 开始，两个梯度都是 0：正文说“谁也动不了”。"""
    g = run.namespace["gradient"](run.namespace["W0"])
    B, A = np.zeros((32, 4)), np.zeros((4, 33))
    assert not (g @ A.T).any() and not (B.T @ g).any() and g.any()
