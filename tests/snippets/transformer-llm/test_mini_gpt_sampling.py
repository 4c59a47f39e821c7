"""采样：三种办法等于 transformers 的实现，留下的个数对，温度与截断怎样改变合格率。"""

import pytest
import torch
from guide.code.runner import Run
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper


@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_equal_to_transformers(run: Run, scale: float) -> None:
    """尖的平的打分，概率都与官方相同。"""
    space = run.namespace
    torch.manual_seed(4)
    logits = torch.randn(60, 80) * scale
    for p in (0.1, 0.5, 0.93, 0.999):
        theirs = TopPLogitsWarper(p)(None, logits)
        torch.testing.assert_close(space["top_p"](logits, p), theirs)
    for k in (1, 3, 80):
        torch.testing.assert_close(space["top_k"](logits, k), TopKLogitsWarper(k)(None, logits))
    for t in (0.2, 1.0, 3.0):
        torch.testing.assert_close(space["heat"](logits, t), TemperatureLogitsWarper(t)(None, logits))


def test_small_numbers_by_hand(run: Run) -> None:
    """四个字：温度 0.5 是平方再归一化，top-k 2 是 0.5 与 0.3 重分，top-p 0.9 去掉最小的。"""
    space = run.namespace
    p = torch.tensor([0.5, 0.3, 0.15, 0.05])
    squared = p.square() / p.square().sum()
    torch.testing.assert_close(space["heat"](space["four"], 0.5).softmax(-1), squared)
    torch.testing.assert_close(space["top_k"](space["four"], 2).softmax(-1), torch.tensor([0.625, 0.375, 0, 0]))
    kept = torch.tensor([0.5, 0.3, 0.15, 0]) / 0.95
    torch.testing.assert_close(space["top_p"](space["four"], 0.9).softmax(-1), kept)


def test_validity_follows_temperature(run: Run) -> None:
    """温度越高越不合格；截断把高温救回一部分；花样并不少。"""
    results = run.namespace["results"]
    valid = results
    assert valid["温度 0.1"] > 0.9
    assert valid["温度 1"] >= 0.9
    assert valid["温度 1.5"] < 0.85
    assert valid["温度 2"] < 0.3
    assert valid["温度 2，top-k 5"] > valid["温度 2"] + 0.3
    assert valid["温度 2，top-p 0.9"] > valid["温度 2"] + 0.1
    assert min(run.namespace["different"].values()) > 150


def test_loop_equals_generate_when_greedy(run: Run) -> None:
    """top_k 为 1 时与 generate 的贪心逐字相同，写三遍也一样。"""
    space = run.namespace
    first = torch.full((1, 1), 1)
    ids = space["model"].generate(first, do_sample=False, max_new_tokens=72)
    theirs = space["tokenizer"].decode(ids[0], skip_special_tokens=True)
    assert space["greedy"] == [theirs] * 3


def test_loop_draws_from_the_distribution(run: Run) -> None:
    """第一个字的频率等于模型给的概率（卡方在自由度附近）。"""
    space = run.namespace
    stories = space["sample"](600, seed=3)
    probs = space["next_logits"]("").softmax(-1)
    chi, seen = 0.0, 0
    for char in "小早中下傍放星有前春":
        p = probs[space["tokenizer"].convert_tokens_to_ids(char)].item()
        n = sum(story[:1] == char for story in stories)
        seen += n
        chi += (n - 600 * p) ** 2 / (600 * p)
    assert seen > 590
    assert chi < 30
