"""DPO：损失与手算相同，偏好照分差的概率给，训练走向同一个最优，学习率太大毁掉文字。"""

import math

import pytest
import torch
from guide.code.runner import Run


def test_loss_by_hand(run: Run) -> None:
    loss = run.namespace["dpo_loss"]
    torch.manual_seed(0)
    pb, pw, rb, rw = torch.randn(4, 8) * 3
    for beta in (0.1, 2.0):
        x = [beta * ((a - c) - (b - d)) for a, b, c, d in zip(*(t.tolist() for t in (pb, pw, rb, rw)), strict=True)]
        expected = sum(math.log(1 + math.exp(-v)) for v in x) / 8
        assert loss(pb, pw, rb, rw, beta).item() == pytest.approx(expected, abs=1e-5)
    assert loss(pb, pw, pb, pw, 0.5).item() == pytest.approx(math.log(2))


def test_sequence_log_prob_equals_the_model(run: Run) -> None:
    """整个结尾（含 <eos>）的对数概率，等于逐个词元相加；提示与补齐不算。"""
    space = run.namespace
    ids = space["better"][:5]
    with torch.no_grad():
        ours = space["log_prob"](space["reference"], ids)
        full = space["reference"](ids).logits.log_softmax(-1)
    for b in range(5):
        real = (ids[b] != space["PAD"]).sum().item()
        assert ids[b, real - 1] == space["EOS"]
        expected = sum(full[b, t - 1, ids[b, t]].item() for t in range(space["P"], real))
        assert ours[b].item() == pytest.approx(expected, abs=1e-3)


def test_half_of_the_pairs_are_coin_flips(run: Run) -> None:
    """有想要的那一种的对子约占一半，其中约 73% 选对。"""
    space = run.namespace
    read = [space["tokenizer"].batch_decode(x, skip_special_tokens=True) for x in (space["better"], space["worse"])]
    first = [text.endswith("大家都笑了。") for text in read[0]]
    second = [text.endswith("大家都笑了。") for text in read[1]]
    n = len(first)
    assert (sum(first) + sum(second)) / n == pytest.approx(0.5, abs=0.04)
    assert sum(first) / (sum(first) + sum(second)) == pytest.approx(1 / (1 + math.exp(-1)), abs=0.04)


def test_training_moves_towards_the_optimum(run: Run) -> None:
    """想要的结尾从四分之一升上去，靠近 0.71；其余三种各在 0.2 以下；文字没坏。"""
    space = run.namespace
    starts = [space["story"](space["random"].Random(i)) for i in range(500, 540)]
    chance = {}
    with torch.no_grad():
        for ending in space["TASTE"]:
            ids = space["encode"]([s + ending for s in starts])
            chance[ending] = space["log_prob"](space["policy"], ids).exp().mean().item()
    assert 0.45 < chance["大家都笑了。"] < 0.9
    assert all(p < 0.25 for e, p in chance.items() if e != "大家都笑了。")
    assert sum(chance.values()) > 0.85
    assert space["history"][0][0] == pytest.approx(math.log(2), abs=1e-4)


def test_a_low_loss_can_hide_broken_text(run: Run) -> None:
    """步子太大：好的与差的一起掉得很深，差的更深，没见过的对子上损失照样近下限，写出来的却坏了。"""
    space = run.namespace
    assert space["valid_share"](space["policy"])[0] > 0.85
    assert space["valid_share"](space["broken"])[0] < 0.5
    _, good, bad = (sum(column) / 10 for column in zip(*space["hot"][-10:], strict=True))
    assert bad < good < -5
    assert space["held_out"](space["broken"], 0.1) < space["floor"] + 0.03
    assert space["held_out"](space["reference"], 0.1) == pytest.approx(math.log(2), abs=1e-5)


def test_floor_is_the_loss_of_the_optimum(run: Run) -> None:
    """最优的策略在没见过的对子上的损失：接近标注的熵，训练到的离它不远。"""
    p = 1 / (1 + math.exp(-1))
    conditional = -(p * math.log(p) + (1 - p) * math.log(1 - p))
    assert run.namespace["floor"] == pytest.approx((conditional + math.log(2)) / 2, abs=0.02)
    space = run.namespace
    best = torch.log_softmax(torch.tensor([r / space["BETA"] for r in space["TASTE"].values()]), 0)
    log_best = dict(zip(space["TASTE"], best.tolist(), strict=True))
    found = [space["tokenizer"].batch_decode(ids[:, space["P"] :], skip_special_tokens=True) for ids in space["held"]]
    b, w = (torch.tensor([log_best[e] for e in side]) for side in found)
    assert space["dpo_loss"](b, w, torch.zeros(800), torch.zeros(800), space["BETA"]).item() == pytest.approx(
        space["floor"], abs=1e-5
    )
    assert space["floor"] - 0.005 < space["held_loss"] < space["floor"] + 0.03
