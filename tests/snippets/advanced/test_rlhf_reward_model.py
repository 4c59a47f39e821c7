"""奖励模型：损失与手算相同，一条一个分，补齐不影响，接近标注噪声允许的上限，分差找得回来。"""

import math

import pytest
import torch
from guide.code.runner import Run


def test_loss_by_hand_and_shift(run: Run) -> None:
    """−log σ(差)；两边同加一个数损失不变。"""
    loss = run.namespace["preference_loss"]
    torch.manual_seed(0)
    a, b = torch.randn(2, 9)
    expected = sum(math.log(1 + math.exp(-(x - y))) for x, y in zip(a.tolist(), b.tolist(), strict=True)) / 9
    assert loss(a, b).item() == pytest.approx(expected, abs=1e-6)
    torch.testing.assert_close(loss(a + 5, b + 5), loss(a, b))
    assert loss(torch.tensor([900.0]), torch.tensor([-900.0])).item() == 0
    assert torch.isfinite(loss(torch.tensor([-900.0]), torch.tensor([900.0])))


def test_one_score_a_sequence_and_padding_does_not_matter(run: Run) -> None:
    """形状是 (B,)；右边多补 PAD 分数不变；分数看的是最后一个真词元，改前面的词会变。"""
    model, encode = run.namespace["reward_model"], run.namespace["encode"]
    rng = run.namespace["random"].Random(3)
    texts = [run.namespace["story"](rng) + e for e in run.namespace["TASTE"]]
    ids = encode(texts)
    with torch.no_grad():
        scores = model(ids)
        padded = model(torch.nn.functional.pad(ids, (0, 5), value=run.namespace["PAD"]))
        alone = torch.cat([model(encode([text])) for text in texts])
        hidden = model.trunk(ids[:1]).last_hidden_state
        last = (ids[0] != run.namespace["PAD"]).sum() - 1
        by_hand = model.head(hidden[0, last])
    assert scores.shape == (4,)
    torch.testing.assert_close(padded, scores, atol=1e-5, rtol=0)
    torch.testing.assert_close(alone, scores, atol=1e-5, rtol=0)
    torch.testing.assert_close(by_hand[0], scores[0])


def test_trunk_is_not_shared_with_the_policy(run: Run) -> None:
    """训练奖励模型没有动底座。"""
    from transformers import AutoModelForCausalLM

    fresh = AutoModelForCausalLM.from_pretrained(run.folder / "models/mini-gpt")
    base = run.namespace["base"]
    for name, weight in fresh.state_dict().items():
        assert torch.equal(weight, base.state_dict()[name]), name
    moved = run.namespace["reward_model"].trunk.layers[0].mlp.up_proj.weight
    assert not torch.equal(moved, base.model.layers[0].mlp.up_proj.weight)


def test_labels_follow_bradley_terry(run: Run) -> None:
    """分差 1 时约 73% 选对，分差 3 时约 95%。"""
    label, taste, ending = (run.namespace[n] for n in ("label", "TASTE", "ending_of"))
    counts: dict[int, list[bool]] = {}
    for a, b in label(run.namespace["random"].Random(5), 6000):
        gap = round(taste[ending(a)] - taste[ending(b)])
        counts.setdefault(abs(gap), []).append(gap > 0)
    for gap, wins in counts.items():
        assert sum(wins) / len(wins) == pytest.approx(1 / (1 + math.exp(-gap)), abs=0.03), gap


def test_accuracy_is_near_the_ceiling(run: Run) -> None:
    assert run.namespace["possible"] > 0.75
    assert run.namespace["right"] > run.namespace["possible"] - 0.04


def test_gaps_are_recovered(run: Run) -> None:
    """次序全对，两端的分差与真的 3 相差不到 1。"""
    score, taste = run.namespace["score"], run.namespace["TASTE"]
    assert sorted(score, key=score.get) == sorted(taste, key=taste.get)
    assert max(score.values()) - min(score.values()) == pytest.approx(3, abs=1)


def test_unseen_endings_fool_it(run: Run) -> None:
    """没见过的胡话拿到的分，高过它真正的第二名：奖励模型在训练范围之外不可信。"""
    lines = run.text("没见过的结尾").splitlines()
    nonsense = float(lines[2].split()[0])
    second = run.namespace["score"]["大家都很高兴。"] + run.namespace["shift"]
    assert nonsense > second - 0.5
