"""背诵与学会：背的低过熵、没见过的很差；成品两边一样，留出的一对也讲得对。"""

import math
import random
import re

import pytest
import torch
from guide.code.runner import Run


def test_the_reciter_goes_below_the_entropy(run: Run) -> None:
    """背诵的：训练用的故事低过文法的熵，没见过的远高于它。"""
    train, new = run.namespace["losses"]["背诵的"]
    assert train < run.namespace["FLOOR"] - 0.05
    assert new > 1
    assert run.namespace["recited"]["背诵的"] > 0.3


def test_the_stored_model_does_not(run: Run) -> None:
    """成品：两组故事的损失都在熵附近，采样不是那 32 个里的。"""
    for loss in run.namespace["losses"]["成品"]:
        assert abs(loss - run.namespace["FLOOR"]) < 0.05
    assert run.namespace["recited"]["成品"] <= 0.02


@torch.inference_mode()
def test_held_out_pair_keeps_its_places(run: Run) -> None:
    """留出的一对词：多个故事里，该照应“海边”的地方都填海边。"""
    space = run.namespace
    rng = random.Random(3)
    right = 0
    for _ in range(40):
        other, doing = rng.choice(["小红", "小林", "小华", "小雨"]), rng.choice(space["WORDS"]["做"])
        text = f"早上，小明打电话问{other}：“你在哪里？”{other}说：“我在海边{doing}。”小明马上来到"
        ids = space["tokenizer"](text, return_tensors="pt").input_ids
        right += space["tokenizer"].decode(space["good"](ids).logits[0, -1].argmax()) == "海"
    assert right >= 32
    assert abs(sum(space["places"].values()) - 1) < 0.1
    assert space["tokenizer"].decode(space["top"].indices) == "海"


def test_exam_uses_stories_outside_training(run: Run) -> None:
    """“没听过”查过：不在成品训练时讲的 64,000 个里；损失只比照文法该付的高一点点。"""
    space = run.namespace
    assert 60_000 < len(space["told"]) < 64_000
    assert len(space["again"]) == 1000
    assert 850 < len(space["unheard"]) < 1000
    assert not space["told"] & {story for story, _ in space["unheard"]}
    heard = [story for story, _ in space["fresh"](random.Random(1), 300)]  # 训练时最先讲的
    assert set(heard) <= space["told"]
    for group in (space["again"], space["unheard"]):
        stories, bills = zip(*group, strict=True)
        bill = sum(bills) / sum(len(story) + 1 for story in stories)
        assert bill == pytest.approx(space["FLOOR"], abs=0.004)
        assert bill - 0.002 < space["loss_of"](space["good"], stories) < bill + 0.01


def test_bill_is_minus_log_probability(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """把词表缩小，数出某个模板的全部故事：每个的账都是 ln 模板数 + ln 个数。"""
    space = run.namespace
    monkeypatch.setitem(space, "WORDS", {kind: words[:3] for kind, words in space["WORDS"].items()})
    rng, seen = random.Random(2), {}
    for _ in range(4000):
        story, bill = space["tell"](rng)
        seen.setdefault(round(bill, 6), set()).add(story)
    for bill in seen:
        possible = math.exp(bill) / len(space["TEMPLATES"])
        assert possible == pytest.approx(round(possible), abs=1e-3)
    smallest = min(seen)  # 个数最少的那几个模板，故事早就讲全了
    assert len(seen[smallest]) % round(math.exp(smallest) / len(space["TEMPLATES"])) == 0


def test_same_stories_as_the_training_script(run: Run) -> None:
    """与 mini_gpt.py 的 tell 逐字相同：同样的种子，讲同样的故事。"""
    space = run.namespace
    text = (run.folder / "transformer-llm/mini_gpt.py").read_text(encoding="utf-8")
    start, stop = text.index("def slots_of"), text.index("def fold")
    theirs = {"re": re, "TEMPLATES": space["TEMPLATES"], "WORDS": space["WORDS"]}
    exec(text[start:stop], theirs)
    one, two = random.Random(1), random.Random(1)
    for _ in range(500):
        assert space["tell"](one)[0] == theirs["tell"](two)


def test_new_stories_are_unheard_and_the_pair_is_written_right(run: Run) -> None:
    """“没见过”查过；小明与小红的概率逐个相近；写到海边的约八分之一，九成合格。"""
    space = run.namespace
    assert len(space["new"]) == 64
    assert not set(space["new"]) & (space["told"] | set(space["few"]))
    assert not any("小明" in s and "海边" in s for s in space["told"])
    for place, p in space["places"].items():
        assert abs(p - space["control"][place]) < 0.02
    assert 30 <= len(space["pair"]) <= 75
    assert space["right"] >= 0.85 * len(space["pair"])
    story = next(iter(space["told"]))
    assert space["is_story"](story)
    assert not space["is_story"](story[:-1])
    two = "早上，小明去找小明，没有找到。陈奶奶说：“小明去河边了。”"
    assert not space["is_story"](two)
