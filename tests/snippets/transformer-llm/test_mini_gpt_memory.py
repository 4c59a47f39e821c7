"""背诵与学会：背的低过熵、没见过的很差；成品两边一样，留出的一对也讲得对。"""

import random

import torch
from guide.runner import Run


def test_the_reciter_goes_below_the_entropy(run: Run) -> None:
    """背诵的：训练用的故事低过文法的熵，没见过的远高于它。"""
    train, new = run.namespace["losses"]["背诵的"]
    assert train < run.namespace["FLOOR"] - 0.05
    assert new > 1
    assert run.namespace["recited"]["背诵的"] > 0.3


def test_the_stored_model_does_not(run: Run) -> None:
    """成品：两组故事的损失都在熵附近，采样不是那 64 个里的。"""
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
