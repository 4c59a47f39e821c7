"""三种题目：输入、标签、损失与掩码都和手算的一致。"""

import random

import pytest
import torch
import torch.nn.functional as F
from guide.code.runner import Run

SENTENCE = "小红在河边看书，小明来找小红。"


def words(run: Run, ids: list[int]) -> list[str]:
    return [run.namespace["TOKENS"][i] if i >= 0 else "·" for i in ids]


def test_next_token_questions(run: Run) -> None:
    """第 t 道题看见前 t 个词元，猜第 t 个字；最后一道猜 <eos>。"""
    space = run.namespace
    answers = words(run, [answer for _, answer in space["questions"]])
    assert "".join(answers[:-1]) == SENTENCE
    assert answers[-1] == "<eos>"
    assert words(run, [seen for seen, _ in space["questions"]]) == ["<bos>", *SENTENCE]


def test_blanks_by_hand(run: Run) -> None:
    space = run.namespace
    assert "".join(words(run, space["bert_input"])) == "小[MASK]在河边看书，小[MASK]来找小红。"
    assert {t: word for t, word in enumerate(words(run, space["bert_labels"])) if word != "·"} == {1: "红", 9: "明"}


def test_eighty_ten_ten(run: Run) -> None:
    """15% 被选中；其中 80% 是 [MASK]；看上去没变的，是不动的 10% 加上随机抽到自己的。"""
    space = run.namespace
    assert len(space["picked"]) / len(space["many"]) == pytest.approx(0.15, abs=0.003)
    assert space["masked"] == pytest.approx(0.8, abs=0.005)
    words_left = len(space["TOKENS"]) - len(space["SPECIAL"])
    kept = sum(a == b for a, b in space["picked"]) / len(space["picked"])
    assert kept == pytest.approx(0.1 + 0.1 / words_left, abs=0.005)
    assert run.text("八成、一成、一成").endswith(f"看上去没变的 {kept:.3f}\n")
    assert f"[MASK] 的 {space['masked']:.3f}\n" in run.text("八成、一成、一成")
    assert f"选中 {len(space['picked']) / len(space['many']):.3f}\n" in run.text("八成、一成、一成")


def test_the_three_printed_lines_show_all_three_ways(run: Run) -> None:
    """第一次全是 [MASK]，第二次有乱换的，第三次有原样不动的。"""
    space = run.namespace
    rng, ways = random.Random(4069), []
    for _ in range(3):
        inputs, labels = space["corrupt"](space["ids"], rng)
        picked = [(a, b) for a, b in zip(inputs, labels, strict=True) if b != space["IGNORE"]]
        ways.append({"换" if a == space["MASK"] else "留" if a == b else "乱" for a, b in picked})
        assert space["show"](inputs) in run.text("八成、一成、一成")
    assert ways == [{"换"}, {"换", "乱"}, {"换", "留"}]


def test_corrupt_leaves_special_tokens_and_unchosen_alone(run: Run) -> None:
    space = run.namespace
    ids = [space["ID"]["<bos>"], *space["ids"], space["ID"]["<eos>"]] * 500
    inputs, labels = space["corrupt"](ids, random.Random(3))
    for before, after, label in zip(ids, inputs, labels, strict=True):
        assert label in (before, space["IGNORE"])
        if label == space["IGNORE"]:
            assert after == before
        if before < len(space["SPECIAL"]):
            assert label == space["IGNORE"]
    replaced = {a for a, b in zip(inputs, ids, strict=True) if a not in (b, space["MASK"])}
    assert min(replaced) == len(space["SPECIAL"])
    assert max(replaced) == len(space["TOKENS"]) - 1


def test_spans_by_hand_and_back(run: Run) -> None:
    """哨兵顶替；把目标填回去就是原句。"""
    space = run.namespace
    assert "".join(words(run, space["t5_input"])) == "小<X>边看书，小<Y>找小红。"
    assert "".join(words(run, space["t5_labels"])) == "<X>红在河<Y>明来<Z>"
    assert "".join(words(run, space["shifted"])) == "<pad><X>红在河<Y>明来"
    text = "".join(words(run, space["t5_input"])).replace("<X>", "红在河").replace("<Y>", "明来")
    assert text == SENTENCE


@torch.no_grad()
def test_losses_equal_the_library(run: Run) -> None:
    """三种手算的损失与模型返回的相同；错开一位才对。"""
    space = run.namespace
    for name, out in [("GPT", "g"), ("BERT", "b"), ("T5", "t")]:
        torch.testing.assert_close(space["by_hand"][name], space[out].loss)
    unshifted = F.cross_entropy(space["g"].logits[0], torch.tensor(space["gpt_labels"]))
    assert not torch.allclose(unshifted, space["g"].loss)
    assert space["counted"] == [16, 2, 8]


def test_masks_are_what_the_names_say(run: Run) -> None:
    """GPT 与解码器是下三角；BERT、编码器、交叉注意力全看得见。"""
    see = run.namespace["see"]
    for name in ("GPT", "解码器看解码器"):
        assert see[name].equal(torch.ones_like(see[name]).tril())
    for name in ("BERT", "编码器看编码器", "解码器看编码器"):
        assert see[name].all()
    whole = run.namespace["whole"]
    assert not whole[:6, 6:].any(), "编码器看不见解码器"
    assert whole[:, :6].all(), "两边都看得见编码器"
    assert whole[6:, 6:].equal(torch.ones(4, 4, dtype=torch.bool).tril()), "解码器只看左边"
