"""BLIP 两个类的行为：描述的类接着写问题，问答的类另起一句，而且看图、看题。"""

import numpy as np
import pytest
import torch


def test_captioner_only_continues_the_question(run):
    """描述的类写出的每一句都以问题本身开头：它把问题当成了描述的前半句。"""
    continued = run.namespace["continued"]
    assert len(continued) == 2
    for asked, texts in continued.items():
        assert all(text.startswith(asked) for text in texts)
        after = {text.removeprefix(asked) for text in texts}
        colors = set(run.namespace["COLORS"])
        right = np.mean([text.removeprefix(asked) in colors for text in texts])
        assert right < 0.1, f"描述的类竟然答出了颜色：{after}"


def test_answerer_answers(run):
    """问答的类两种问题都过 0.85，四选一瞎猜只有 0.25。"""
    assert min(run.namespace["scores"].values()) >= 0.85, run.namespace["scores"]


def test_scores_are_exact_matches(run):
    """印出来的比例，就是答案与颜色一字不差的比例。"""
    ns = run.namespace
    for i, words in enumerate(ns["QUESTIONS"]):
        ids = ns["encode"]([words] * len(ns["images"]))
        out = ns["answerer"].generate(pixel_values=ns["images"], input_ids=ids, max_new_tokens=4)
        right = [ns["decode"](row) == pair[i] for row, pair in zip(out, ns["pairs"], strict=True)]
        assert ns["scores"]["".join(words)] == pytest.approx(np.mean(right), abs=0.01)


def test_answers_depend_on_the_question(run):
    """同一张图，问圆与问背景，答案应当不同。"""
    ns = run.namespace
    answers = []
    for words in ns["QUESTIONS"]:
        ids = ns["encode"]([words] * 50)
        out = ns["answerer"].generate(pixel_values=ns["images"][:50], input_ids=ids, max_new_tokens=4)
        answers.append([ns["decode"](row) for row in out])
    different = np.mean([a != b for a, b in zip(*answers, strict=True)])
    assert different >= 0.85
    assert not any("什么" in text for text in answers[0] + answers[1]), "答案里不该有问题"


def test_captions_are_learnt(run):
    """新图上的描述九成以上一字不差。"""
    assert np.mean(run.namespace["right"]) >= 0.85


def test_only_the_answerer_has_a_question_encoder(run):
    """差别在结构：问答的类多一个读问题的编码器，它的每个参数都分到过梯度。"""
    ns = run.namespace
    assert not hasattr(ns["captioner"], "text_encoder")
    parameters = list(ns["answerer"].text_encoder.encoder.parameters())
    assert parameters and all(p.grad is not None for p in parameters)


def test_captioner_overwrites_its_input(run):
    """注释里说的两件事是真的：第一列被就地改写，最后一个词元被丢掉。"""
    ns = run.namespace
    ids = torch.tensor([[ns["ID"]["圆"], ns["ID"]["是"], ns["ID"]["颜色"]]])
    out = ns["captioner"].generate(pixel_values=ns["images"][:1], input_ids=ids, max_new_tokens=1)
    assert ids[0, 0] == ns["CLS"]
    assert out[0, :2].tolist() == [ns["CLS"], ns["ID"]["是"]] and out.shape[1] == 3
