"""三个洞：各家的损失都在自己的下限附近；能不能写出前后一致的句子。"""

import math
import random

import pytest
import torch
from guide.code.runner import Run

HOLES = ("第一个名字", "第二个名字", "最后的名字")


def test_floors_by_hand(run: Run) -> None:
    floor = run.namespace["FLOOR"]
    assert floor["GPT"] == pytest.approx([math.log(18), math.log(17), 0])
    assert floor["BERT"] == pytest.approx([0, math.log(17), 0])


def test_holes_are_where_the_names_are(run: Run) -> None:
    """三个位置确是名字的第二个字，第一个与最后一个相同，与第二个不同。"""
    space = run.namespace
    rng = random.Random(5)
    for _ in range(200):
        text = space["tell"](rng)
        first, second, last = (text[t] for t in space["HOLES"].values())
        assert first == last != second
        assert len(text) == 15 and text[:2] in space["WORDS"]["人"]


def test_losses_come_close_to_their_floors(run: Run) -> None:
    """没有一个洞明显低于下限（那是偷看），也没有一个远高于它。"""
    space = run.namespace
    for kind in ("GPT", "BERT"):
        for hole, loss, floor in zip(HOLES, space["SCORES"][kind], space["FLOOR"][kind], strict=True):
            assert floor - 0.1 < loss < floor + 0.45, f"{kind} 的{hole}是 {loss:.2f}，下限 {floor:.2f}"


@torch.no_grad()
def test_only_the_left_matters_to_gpt(run: Run) -> None:
    """改最后一个名字，GPT 对第一个名字的猜测不变，BERT 的变。"""
    space = run.namespace
    gpt, bert = space["nets"]["GPT"], space["nets"]["BERT"]
    ids = space["batch"](random.Random(6), 8)
    other = ids.clone()
    other[:, 13] = ids[:, 13].roll(1)
    left = torch.full((8, 1), space["BOS"])
    before, after = (gpt(torch.cat([left, x], 1)).logits[:, 1] for x in (ids, other))
    torch.testing.assert_close(before, after)
    hidden = [x.clone() for x in (ids, other)]
    for x in hidden:
        x[:, 1] = space["MASK"]
    before, after = (bert(x).logits[:, 1] for x in hidden)
    assert (before - after).abs().max() > 1


def test_corruption_keeps_the_eighty_ten_ten_rule(run: Run) -> None:
    space = run.namespace
    ids = space["batch"](random.Random(7), 2000)
    made = space["inputs_of"]("BERT", ids, torch.Generator().manual_seed(0))
    chosen = made["labels"] != -100
    assert chosen.float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert made["input_ids"][~chosen].equal(ids[~chosen])
    masked = made["input_ids"][chosen] == space["MASK"]
    assert masked.float().mean().item() == pytest.approx(0.8, abs=0.02)
    same = (made["input_ids"][chosen] == ids[chosen]).float().mean().item()
    assert same == pytest.approx(0.1, abs=0.02)


def test_only_gpt_writes_consistent_sentences(run: Run) -> None:
    """逐字写，句尾记得句首；一次填满，两处各抽各的，只有约 1/18 碰巧相同。"""
    wrote = run.namespace["WROTE"]
    form, agree = zip(*(wrote[name] for name in ("GPT", "BERT", "一次填一个")), strict=True)
    assert form[0] > 0.9 and agree[0] > 0.85
    assert form[1] < 0.15 and agree[1] < 0.2
    assert 0.5 < form[2] < form[0] and agree[2] > 0.6


def test_filling_one_at_a_time_samples(run: Run) -> None:
    """一次填一个也是抽，不是取最大：两百句里不会只有几种。"""
    space = run.namespace
    assert len(set(space["fill"](space["nets"]["BERT"], 200))) > 50


def test_report_counts_the_form_and_the_name(run: Run) -> None:
    """四句里三句首尾同名；合句式的只有两句：词表外的地点、首尾不同名的都看得出来。"""
    texts = [
        "小文在河边唱歌，小云来找小文。",
        "小文在河边唱歌，小云来找小刚。",
        "小文在公边唱歌，小云来找小文。",
        "小文。河边唱歌，小云来找小文。",
    ]
    assert run.namespace["report"]("试", texts) == (0.5, 0.75)


def test_both_read_the_same_sentences(run: Run) -> None:
    """两家各走 180 步，每步 32 句；种子相同，句子就相同。"""
    space = run.namespace
    source = (run.folder / "transformer-llm/pretrained_models_two_sides.py").read_text(encoding="utf-8")
    assert "steps=180" in source and "batch(rng, 32)" in source
    ids = space["batch"](random.Random(0), 4)
    gpt = space["inputs_of"]("GPT", ids, torch.Generator())["labels"][:, 1:]
    bert = space["inputs_of"]("BERT", ids, torch.Generator().manual_seed(0))["labels"]
    assert gpt.equal(ids)
    assert bert[bert != -100].equal(ids[bert != -100])
    first, second = (space["make"](kind).num_parameters() for kind in ("GPT", "BERT"))
    assert 0.85 < first / second < 1.15
