"""PPO：零件与定义相同，奖励上升，KL 有界，走到笔算的最优。"""

import math
from collections import Counter

import pytest
import torch
from guide.code.runner import Run


def test_best_policy_maximizes_the_objective(run: Run) -> None:
    """平均奖励减 β 乘 KL：任何别的分布都不比它好。"""
    best = run.namespace["best_policy"]
    torch.manual_seed(0)
    rewards = torch.randn(4, dtype=torch.double)
    for beta in (0.2, 1.0):

        def value(q: torch.Tensor, beta: float = beta) -> float:
            return (q * rewards - beta * q * (4 * q).log()).sum().item()

        found = torch.tensor(best(rewards.tolist(), beta), dtype=torch.double)
        assert found.sum().item() == pytest.approx(1)
        assert all(value(q) <= value(found) + 1e-12 for q in torch.randn(500, 4, dtype=torch.double).softmax(-1))


def test_log_probs_equal_the_model_and_ignore_padding(run: Run) -> None:
    space = run.namespace
    torch.manual_seed(3)
    ids = space["write"](space["reference"], space["prompts"](6, space["random"].Random(7)))
    assert ids.shape == (6, space["P"] + space["LENGTH"])
    with torch.no_grad():
        ours, hidden = space["log_probs"](space["reference"], ids)
        full = space["reference"](ids).logits.log_softmax(-1)
    assert ours.shape == hidden.shape[:2] == (6, space["LENGTH"])
    for b in range(6):
        for t in range(space["LENGTH"]):
            place = space["P"] + t
            expected = 0.0 if ids[b, place] == space["PAD"] else full[b, place - 1, ids[b, place]].item()
            assert ours[b, t].item() == pytest.approx(expected, abs=1e-4)


def test_rollout_puts_the_score_on_the_last_token(run: Run) -> None:
    """策略就是参考、预期全 0、λ 为 1 时，每个词元的回报都是整条的分数。"""
    space = run.namespace
    value = torch.nn.Linear(64, 1)
    torch.nn.init.zeros_(value.weight)
    torch.nn.init.zeros_(value.bias)
    torch.manual_seed(5)
    ids, mask, old, advantage, returns, stats = space["rollout"](
        space["reference"], value, 0.5, space["random"].Random(3), 64
    )
    liked = torch.tensor([float(text == space["LIKED"]) for text in space["endings"](ids)])
    last = mask.sum(1).long() - 1
    torch.testing.assert_close(returns[torch.arange(64), last], liked)
    assert stats[0] == pytest.approx(liked.mean().item())
    assert abs(stats[1]) < 1e-4
    assert ((ids[:, space["P"] :] != space["PAD"]).float() == mask).all()
    kept = advantage[mask > 0]
    assert kept.mean().item() == pytest.approx(0, abs=1e-4)
    assert kept.std(correction=0).item() == pytest.approx(1, abs=1e-3)
    assert old.max() <= 0


def test_reward_rises_and_kl_stays_bounded(run: Run) -> None:
    history = run.namespace["history"]
    late = history[-8:]
    assert history[0][0] < 0.4 < 0.55 < sum(r for r, _ in late) / 8
    assert sum(k for _, k in late) / 8 < 1.2


def test_it_lands_on_the_optimum_computed_by_hand(run: Run) -> None:
    """学到的四种结尾与最优的概率各差不到 0.12；几乎都合格。"""
    space = run.namespace
    torch.manual_seed(11)
    written = Counter(
        space["endings"](space["write"](space["policy"], space["prompts"](400, space["random"].Random(8))))
    )
    for ending, chance in zip(space["ENDINGS"], space["best"], strict=True):
        assert written[ending] / 400 == pytest.approx(chance, abs=0.13), ending
    assert sum(written[e] for e in space["ENDINGS"]) > 0.93 * 400


def test_reference_is_frozen(run: Run) -> None:
    assert not any(p.requires_grad for p in run.namespace["reference"].parameters())
    assert all(p.grad is None for p in run.namespace["reference"].parameters())
    assert math.isclose(run.namespace["best"][0], math.exp(2) / (math.exp(2) + 3))
