"""KV 缓存：打分与整段重算、与 transformers 都相同；省下的计算随长度增长。"""

import pytest
import torch
from guide.code.runner import Run


@pytest.mark.parametrize("sizes", [[40], [1] * 12, [5, 1, 1, 9], [3, 7]], ids=str)
def test_any_split_gives_the_same_logits(run: Run, sizes: list[int]) -> None:
    """一次送几个都行，打分与 LlamaForCausalLM 整段的相同。"""
    space = run.namespace
    torch.manual_seed(7)
    ids = torch.randint(10, 615, (2, sum(sizes)))
    cache: dict = {}
    parts = [space["forward"](piece, cache) for piece in ids.split(sizes, dim=1)]
    with torch.no_grad():
        official = space["model"](ids).logits
    torch.testing.assert_close(torch.cat(parts, 1), official, atol=1e-4, rtol=1e-3)
    assert cache[0][0].shape == cache[1][1].shape == (2, 4, sum(sizes), 16)


def test_cache_equals_transformers(run: Run) -> None:
    """缓存里的键与值，就是 transformers 缓存里的键与值。"""
    space = run.namespace
    ids = torch.randint(10, 615, (2, 9))
    cache: dict = {}
    space["forward"](ids, cache)
    with torch.no_grad():
        theirs = space["model"](ids, use_cache=True).past_key_values
    for layer in range(2):
        torch.testing.assert_close(cache[layer][0], theirs.layers[layer].keys, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(cache[layer][1], theirs.layers[layer].values, atol=1e-4, rtol=1e-3)


def test_same_text_and_counted_work(run: Run) -> None:
    """写出的字相同；计算量的比随长度翻倍，约是长度的一半。"""
    space = run.namespace
    first = torch.full((1, 1), 1)
    assert torch.equal(space["write"](first, 50, True), space["write"](first, 50, False))
    for n, (slow, fast) in space["work"].items():
        assert n / 2 < slow / fast < n / 2 + 3
    assert space["ratios"][200] > 1.3


def test_position_matters(run: Run) -> None:
    """忘了挪位置，打分差得很远。"""
    assert (run.namespace["wrong"] - run.namespace["right"]).abs().max() > 1


def test_cache_size_formula(run: Run) -> None:
    """2 × 层数 × 头数 × d_head × 4 字节 × 词元数。"""
    assert run.namespace["size"] == 2 * 2 * 4 * 16 * 4 * 3 * 40
