"""对话模板：拼出的字符串逐字相等；错的记号真的让回答变坏。"""

import pytest
from guide.code.runner import Run

SYSTEM = "<bos><|system|>回答要短。<|end|>"
USER = "<|user|>小红家在桥头。小红家在哪里？<|end|>"


def test_strings_are_exact(run: Run) -> None:
    space = run.namespace
    assert space["asked"] == SYSTEM + USER
    assert space["ready"] == SYSTEM + USER + "<|assistant|>"
    assert space["whole"] == space["ready"] + "桥头。<|end|><|user|>谁家在桥头？<|end|><|assistant|>"


def test_one_bos_or_two(run: Run) -> None:
    """先拼文字再分词会多一个 <bos>；关掉特殊词元就与直接拼成编号相同。"""
    space = run.namespace
    assert space["again"] == [1, *space["direct"]]
    assert space["right"] == space["direct"]
    assert space["direct"].count(1) == 1


def test_loss_only_on_the_answer_and_its_end(run: Run) -> None:
    space = run.namespace
    ids, labels = space["ids"][0], space["labels"][0]
    answer = space["tokenizer"].decode(ids[labels != -100])
    assert answer == "一辆玩具车。<|end|>"
    assert (labels[labels != -100] == ids[labels != -100]).all()


def test_padding_is_ignored(run: Run) -> None:
    import random

    ids, labels = run.namespace["training_batch"](random.Random(9), 8)
    assert (labels[ids == 0] == -100).all()
    assert (ids == 0).any()


def test_wrong_marks_cost_answers(run: Run) -> None:
    """照模板答得好；没有记号或自己手写的记号几乎全错；别家的记号差一大截。"""
    right = run.namespace["RIGHT"]
    assert right["照模板"] > 0.6
    assert right["手写的中文记号"] < 0.1
    assert right["什么也不加"] < 0.1
    assert right["别家的记号"] < right["照模板"] - 0.3


def test_six_ways_of_asking_are_what_they_are_called(run: Run) -> None:
    asking = run.namespace["ASKING"]
    turn = "<|user|>问<|end|>"
    assert {name: wrap("问") for name, wrap in asking.items()} == {
        "照模板": f"<bos>{turn}<|assistant|>",
        "多一个 <bos>": f"<bos><bos>{turn}<|assistant|>",
        "少了 <|assistant|>": f"<bos>{turn}",
        "别家的记号": "<bos><|im_start|>user\n问<|im_end|>\n<|im_start|>assistant\n",
        "手写的中文记号": "<bos>用户：问助手：",
        "什么也不加": "<bos>问",
    }


@pytest.mark.parametrize("mark", ["<|user|>", "<|im_start|>"])
def test_only_our_marks_are_single_tokens(run: Run, mark: str) -> None:
    pieces = run.namespace["tokenizer"].tokenize(mark)
    assert (len(pieces) == 1) == (mark == "<|user|>")


def test_stopping_needs_the_end_mark(run: Run) -> None:
    first, _, second = run.text("在哪里停").partition("停在 <|end|>")
    assert "停在 <eos>：写了 30 个词元" in first and first.count("<|end|>") > 1
    assert second.splitlines()[1].count("<|end|>") == 1 and len(second.splitlines()) == 2


def test_pretty_only_adds_line_breaks(run: Run) -> None:
    space = run.namespace
    for text in (space["whole"], space["tokenizer"].decode(space["ids"][0])):
        assert space["pretty"](text).replace("\n", "") == text


def test_the_exam_is_new(run: Run) -> None:
    """考题的答案在故事里找得到，题目与训练里的第一批不是同一串。"""
    import random

    space = run.namespace
    seen = {space["ask"](rng) for rng in [random.Random(1)] for _ in range(170 * 16)}
    fresh = [pair for pair in space["exam"] if pair not in seen]
    assert len(fresh) > 0.9 * len(space["exam"])
