"""LLaVA 接口的行为：占位的格数对得上图块，语言模型真是 mini-gpt，少给占位符会报错。"""

import pytest
import torch
from guide.code.runner import Run


def test_template_expands_the_image(run: Run) -> None:
    """32 ÷ 8 的平方是 16 格，占位符连在一起，排在问题前面。"""
    ns = run.namespace
    ids = ns["inputs"]["input_ids"][0]
    places = (ids == ns["IMAGE"]).nonzero().flatten().tolist()
    assert len(places) == 16 == (32 // 8) ** 2
    assert places == list(range(places[0], places[0] + 16))
    after = ns["tokenizer"].decode(ids[places[-1] + 1 :])
    assert after.replace(" ", "") == "图里有什么？<|end|><|assistant|>"


def test_language_model_is_mini_gpt(run: Run) -> None:
    """不放图时，它与 mini-gpt 的 logits 完全相同，只多了 <image> 一列。"""
    ns = run.namespace
    ids = ns["tokenizer"]("小猫在哪里？", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        ours = ns["model"](input_ids=ids).logits
        expected = ns["gpt"](input_ids=ids).logits
    torch.testing.assert_close(ours[..., : expected.shape[-1]], expected)
    assert ours.shape[-1] == expected.shape[-1] + 1


def test_picture_reaches_the_language_model(run: Run) -> None:
    """换一张图，最后一个位置的 logits 会变；图后面的每个位置都看得见图。"""
    ns = run.namespace
    inputs = dict(ns["inputs"])
    with torch.no_grad():
        first = ns["model"](**inputs).logits
        inputs["pixel_values"] = -inputs["pixel_values"]
        second = ns["model"](**inputs).logits
    start = (inputs["input_ids"][0] == ns["IMAGE"]).nonzero()[0].item()
    moved = (first - second).abs().amax(-1)[0]
    assert (moved[:start] == 0).all() and (moved[start:] > 0).all()


def test_image_features_replace_the_placeholders(run: Run) -> None:
    """占位处放的正是投影器的输出：图块特征换成了 64 维。"""
    ns = run.namespace
    with torch.no_grad():
        features = ns["model"].model.get_image_features(pixel_values=ns["inputs"]["pixel_values"])
    features = getattr(features, "pooler_output", features)
    assert torch.cat(list(features)).shape == (16, 64)


def test_too_few_placeholders(run: Run) -> None:
    """只有一个占位符时报错，说出两边的个数。"""
    assert "Image features and image tokens do not match" in run.text("只放一个占位符")
    ns = run.namespace
    with pytest.raises(ValueError, match="do not match"):
        ns["model"](input_ids=ns["careless"]["input_ids"], pixel_values=ns["inputs"]["pixel_values"])


def test_only_new_tokens_are_the_answer(run: Run) -> None:
    """生成的前半段就是提示词，答案要切出来。"""
    ns = run.namespace
    length = ns["inputs"]["input_ids"].shape[1]
    assert ns["output"][0, :length].equal(ns["inputs"]["input_ids"][0])
    assert len(ns["answer"]) == ns["output"].shape[1] - length == 6


def test_token_counts(run: Run) -> None:
    """224 与 336 切成 14 的块，是 256 与 576；1080×1920 每 32 像素一格，是 2040。"""
    text = run.text("一张图占多少格").strip()
    assert "：256 个" in text and "：576 个" in text and text.endswith("34×60＝2040 个词元")


def test_same_words_after_reading_back(run: Run) -> None:
    """存下来、按文件夹的名字读回，写出的编号与原来一样，文字不含特殊词元。"""
    ns = run.namespace
    assert "True" in run.text("存下来再按名字读回")
    assert ns["again"].equal(ns["answer"]) and len(ns["again"]) == 6
    assert "<" not in ns["_"] and ns["_"].replace(" ", "")
