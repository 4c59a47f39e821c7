"""四个零件：策略梯度与枚举相同，优势与裁剪与定义相同，KL 的估计无偏。"""

import math

import numpy as np
import pytest
import torch
from guide.code.runner import Run


def test_score_function_gradient_equals_the_exact_one(run: Run) -> None:
    """奖励乘 log π 的导数，对动作取平均，等于平均奖励的导数（有限差分）；基线不改变平均。"""
    rng = np.random.default_rng(0)
    for _ in range(20):
        theta, rewards = rng.normal(), rng.normal(size=2)

        def mean_reward(x: float, rewards: np.ndarray = rewards) -> float:
            p = 1 / (1 + math.exp(-x))
            return p * rewards[0] + (1 - p) * rewards[1]

        p = 1 / (1 + math.exp(-theta))
        numeric = (mean_reward(theta + 1e-5) - mean_reward(theta - 1e-5)) / 2e-5
        for baseline in (0.0, 3.0):
            estimate = p * (rewards[0] - baseline) * (1 - p) + (1 - p) * (rewards[1] - baseline) * -p
            assert estimate == pytest.approx(numeric, abs=1e-8)
    text = run.text("减去基线")
    assert "[2.5, -2.0]，平均 0.25，标准差 2.25" in text
    assert "[0.25, 0.25]，平均 0.25，标准差 0.00" in text
    assert run.namespace["exact"] == pytest.approx(0.25)


def test_a_sentence_is_a_sum_over_tokens(run: Run) -> None:
    """整句的对数概率是 ln 0.18，两种算法一样。"""
    shown = [float(x) for x in run.text("一句话的对数概率").replace("，", " ").split() if x.startswith("-")]
    assert shown == pytest.approx([math.log(0.18)] * 2, abs=1e-3)


def test_ratio_has_the_policy_gradient_at_one(run: Run) -> None:
    """ρ = 1 处，ρ 的导数就是 ln π 的导数；旧样本乘 ρ，平均奖励与新策略的相同。"""
    space = run.namespace
    assert space["slope_ratio"].item() == pytest.approx(space["SLOPE"]["甲"])
    assert space["slope_log"].item() == pytest.approx(space["SLOPE"]["甲"])
    assert space["by_new"] == pytest.approx(4.8) and space["by_old"] == pytest.approx(4.8)


def test_advantages_at_both_ends_of_lambda(run: Run) -> None:
    """λ 为 0 是一步的差，λ 为 1 是往后的奖励之和减预期；γ 同样乘在两处。"""
    advantages = run.namespace["advantages"]
    torch.manual_seed(1)
    rewards, values = torch.randn(2, 5, 7)
    mask = torch.ones(5, 7)
    following = torch.cat([values[:, 1:], torch.zeros(5, 1)], 1)
    one_step, _ = advantages(rewards, values, mask, gamma=0.9, lam=0.0)
    torch.testing.assert_close(one_step, rewards + 0.9 * following - values)
    to_the_end, returns = advantages(rewards, values, mask, gamma=1.0, lam=1.0)
    total = rewards.flip(1).cumsum(1).flip(1)
    torch.testing.assert_close(to_the_end, total - values)
    torch.testing.assert_close(returns, total)


def test_padding_changes_nothing(run: Run) -> None:
    """补齐处的奖励与预期是什么都一样，补齐处的优势是 0。"""
    advantages = run.namespace["advantages"]
    torch.manual_seed(2)
    rewards, values = torch.randn(2, 1, 6)
    short, _ = advantages(rewards[:, :4], values[:, :4], torch.ones(1, 4))
    mask = torch.tensor([[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]])
    clean = rewards * mask
    long, returns = advantages(clean, values, mask)
    torch.testing.assert_close(long[:, :4], short)
    assert (long[:, 4:] == 0).all() and (returns[:, 4:] == 0).all()


def test_clipped_objective_by_definition(run: Run) -> None:
    """目标是下界：不超过没裁剪的；范围之内相等；只有“已经够了”的方向没有梯度。"""
    clip = run.namespace["clipped_objective"]
    ratio = torch.linspace(0.1, 2, 96)
    for a in (-2.0, -1.0, 0.5, 3.0):
        value = clip(ratio, torch.tensor(a), eps=0.3)
        assert (value <= ratio * a + 1e-6).all()
        inside = (ratio > 0.7) & (ratio < 1.3)
        torch.testing.assert_close(value[inside], (ratio * a)[inside])
        x = ratio.clone().requires_grad_(True)
        clip(x, torch.tensor(a), eps=0.3).sum().backward()
        enough = ratio > 1.3 if a > 0 else ratio < 0.7
        assert (x.grad[enough] == 0).all() and (x.grad[~enough] != 0).all()


def test_kl_estimators(run: Run) -> None:
    """k1、k3 无偏，k2 有偏；k3 不会是负的，标准差比 k1 小。"""
    policy, reference = run.namespace["policy"], run.namespace["reference"]
    exact = run.namespace["kl"]
    assert exact == pytest.approx(sum(p * math.log(p / 0.25) for p in (0.7, 0.1, 0.1, 0.1)), abs=1e-6)
    r = reference / policy
    k = {"k1": -r.log(), "k2": r.log() ** 2 / 2, "k3": r - 1 - r.log()}
    mean = {name: (policy * x).sum().item() for name, x in k.items()}
    assert mean["k1"] == pytest.approx(exact, abs=1e-6)
    assert mean["k3"] == pytest.approx(exact, abs=1e-6)
    assert abs(mean["k2"] - exact) > 0.02
    lines = run.text("KL 的三种估计").splitlines()[1:]
    shown = [float(line.split("平均 ")[1].split("，")[0]) for line in lines]
    np.testing.assert_allclose(shown, list(mean.values()), atol=0.02)
    assert "有负的" in lines[0] and "没有负的" in lines[2]
    assert k["k3"].min() >= 0 > k["k1"].min()
