"""对着学来的奖励模型训练：它冻结着、次序对；策略走到它的最优，而不是标注者的。"""

import math

import pytest
import torch
from guide.code.runner import Run


def test_judge_is_frozen_and_ranks_the_endings(run: Run) -> None:
    space = run.namespace
    assert not any(p.requires_grad for p in space["judge"].parameters())
    assert all(p.grad is None for p in space["reference"].parameters())
    learned, taste = space["learned"], space["TASTE"]
    assert sorted(learned, key=learned.get) == sorted(taste, key=taste.get)
    own = {p.data_ptr() for p in space["judge"].parameters()}
    assert not own & {p.data_ptr() for p in space["reference"].parameters()}


def test_preferences_follow_bradley_terry(run: Run) -> None:
    """好的在前；分差为 d 时选对的约占 σ(d)。"""
    space = run.namespace
    ids = space["preferences"](3000, space["random"].Random(4))
    better, worse = (
        space["tokenizer"].batch_decode(ids[:, side, space["P"] :], skip_special_tokens=True) for side in (0, 1)
    )
    wins: dict[int, list[bool]] = {}
    for a, b in zip(better, worse, strict=True):
        gap = round(space["TASTE"][a] - space["TASTE"][b])
        wins.setdefault(abs(gap), []).append(gap > 0)
    for gap, found in wins.items():
        assert sum(found) / len(found) == pytest.approx(1 / (1 + math.exp(-gap)), abs=0.04), gap


def test_whole_log_prob_equals_the_model(run: Run) -> None:
    space = run.namespace
    ids = space["pairs"][:4, 0]
    with torch.no_grad():
        ours = space["log_prob"](space["reference"], ids)
        full = space["reference"](ids).logits.log_softmax(-1)
    for b in range(4):
        real = (ids[b] != space["PAD"]).sum().item()
        expected = sum(full[b, t - 1, ids[b, t]].item() for t in range(space["P"], real))
        assert ours[b].item() == pytest.approx(expected, abs=1e-3)


def test_best_policies_by_hand(run: Run) -> None:
    weights = [math.exp(r / 0.5) for r in (2, 1, 0, -1)]
    assert run.namespace["by_taste"] == pytest.approx([w / sum(weights) for w in weights])
    learned = list(run.namespace["learned"].values())
    weights = [math.exp((r - max(learned)) / 0.5) for r in learned]
    assert run.namespace["by_judge"] == pytest.approx([w / sum(weights) for w in weights], abs=1e-6)


def test_policy_lands_on_the_optimum_of_the_judge(run: Run) -> None:
    space = run.namespace
    for ending, chance in zip(space["TASTE"], space["by_judge"], strict=True):
        assert space["found"][ending] / 600 == pytest.approx(chance, abs=0.12), ending
    assert sum(space["found"][e] for e in space["TASTE"]) > 0.95 * 600


def test_the_judge_is_not_the_labeller(run: Run) -> None:
    """奖励模型高估了第二名；策略跟着它走，离它的最优比离标注者的近。"""
    space = run.namespace
    written = [space["found"][e] / 600 for e in space["TASTE"]]

    def distance(goal: list[float]) -> float:
        return sum(abs(a - b) for a, b in zip(written, goal, strict=True))

    assert distance(space["by_judge"]) < distance(space["by_taste"])
