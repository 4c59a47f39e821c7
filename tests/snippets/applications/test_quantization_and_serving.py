"""量化与推理优化的行为：误差有界、体积变小、结果不变、调度不丢活。"""

import itertools
from pathlib import Path

import pytest
import torch
from torch import nn


def test_quantization_error_is_at_most_half_a_step(run):
    """取整的误差不超过半个比例；整数不超出范围。"""
    quantize = run.namespace["quantize"]
    torch.manual_seed(1)
    w = torch.randn(20, 30)
    for bits, dim in itertools.product((8, 4, 2), (None, 1)):
        q, scale = quantize(w, bits, dim)
        assert q.dtype == torch.int8
        assert q.abs().max() <= 2 ** (bits - 1) - 1
        assert ((w - q * scale).abs() <= scale / 2 + 1e-6).all()


def test_zero_rows_survive(run):
    """全零的一行量化后还是零，没有除以零。"""
    q, scale = run.namespace["quantize"](torch.zeros(2, 4), dim=1)
    assert torch.equal(q * scale, torch.zeros(2, 4))


def test_finer_granularity_and_more_bits_help(run):
    """有离群行时，粒度越细误差越小；位数越多误差越小。"""
    ns = run.namespace
    for bits in ns["bit_range"]:
        errors = [ns["relative_error"](ns["w"], bits, group) for group in (None, 96, 32)]
        assert errors[0] > errors[1] > errors[2] > 0
    by_bits = [ns["relative_error"](ns["w"], bits, 32) for bits in ns["bit_range"]]
    assert by_bits == sorted(by_bits)


def test_int8_linear_is_close_to_the_original(run):
    """量化后的层输出与原来接近，偏置原样保留，半精度输入也能用。"""
    torch.manual_seed(2)
    layer = nn.Linear(64, 48)
    small = run.namespace["Int8Linear"](layer)
    x = torch.randn(5, 7, 64)
    expected = layer(x)
    assert (small(x) - expected).norm() / expected.norm() < 0.02
    assert torch.equal(small(torch.zeros(1, 64)), layer.bias.detach()[None])
    half = run.namespace["Int8Linear"](layer.to(torch.bfloat16))
    assert half(x.to(torch.bfloat16)).dtype == torch.bfloat16


def test_quantized_model_is_smaller_and_nearly_lossless(run):
    """线性层全换掉，体积不到原来的一半，损失几乎不变。"""
    ns = run.namespace
    left = [name for name, m in ns["small"].named_modules() if isinstance(m, nn.Linear)]
    assert left == ["lm_head"]
    assert ns["changed"] == 7 * ns["model"].config.num_hidden_layers
    assert ns["kilobytes"](ns["small"]) < 0.5 * ns["kilobytes"](ns["model"])
    assert abs(ns["mean_loss"](ns["small"], ns["texts"]) - ns["base"]) < 0.02
    assert abs(ns["extra"][8]) < 0.02
    assert ns["extra"][2] > ns["extra"][4] > -0.01


def test_bits_are_taken_from_the_linear_layers_only(run, monkeypatch):
    """量损失用的副本只动线性层：词嵌入与共用它的 lm_head 一位不差，线性层每行最多 3 个值。"""
    ns = run.namespace
    path = Path(__file__).parents[3] / "snippets" / ns["MODEL"]
    monkeypatch.setitem(ns["with_bits"].__globals__, "MODEL", str(path))
    copy = ns["with_bits"](2)
    assert torch.equal(copy.lm_head.weight, ns["model"].lm_head.weight)
    assert max(len(row.unique()) for row in copy.model.layers[0].mlp.up_proj.weight) <= 3


def test_mean_loss_ignores_padding(run):
    """后面再补多少空，平均损失都不变。"""
    ns = run.namespace
    ids = ns["texts"][:8]
    padding = torch.full((8, 6), ns["tokenizer"].pad_token_id)
    longer = torch.cat([ids, padding], dim=1)
    assert ns["mean_loss"](ns["model"], longer) == pytest.approx(ns["mean_loss"](ns["model"], ids), abs=1e-4)


def test_dynamic_quantization_skips_conv1d_and_grows_gpt2(run):
    """GPT-2 里只有 lm_head 是 nn.Linear，量化后反而变大；Llama 结构明显变小。"""
    ns = run.namespace
    assert ns["kilobytes"](ns["dynamic"]) > ns["kilobytes"](ns["gpt2"])
    assert ns["kilobytes"](ns["dynamic_llama"]) < 0.6 * ns["kilobytes"](ns["model"])
    assert "RuntimeError: Error(s) in loading state_dict" in run.text("现成的动态量化")


def test_cache_changes_the_work_not_the_tokens(run):
    """有没有缓存词元都一样；计算量等于按公式数出来的。"""
    ns = run.namespace
    assert torch.equal(ns["cached"], ns["uncached"])
    start, new = ns["prompt"].shape[1], 60
    assert ns["fast"] == start + new - 1
    assert ns["slow"] == sum(start + i for i in range(new))


def test_work_counts_every_row_of_a_batch(run):
    """一批 3 条、每条 5 个词元，经过第一层的是 15 个；数完钩子就摘掉。"""
    ns = run.namespace
    with torch.inference_mode():
        _, work = ns["count_work"](ns["model"], lambda: ns["model"](ns["texts"][:3, :5]))
    assert work == 15
    assert not ns["model"].model.layers[0]._forward_pre_hooks


def test_service_keeps_int8_weights(run):
    """要 int8 就真的换了层，没要就没有换；两者都在评估模式。"""
    ns = run.namespace
    kinds = {name: [type(m) for m in ns[name].model.modules()] for name in ("serve", "plain")}
    assert kinds["serve"].count(ns["Int8Linear"]) == ns["changed"]
    assert kinds["plain"].count(ns["Int8Linear"]) == 0
    assert not ns["serve"].model.training and not ns["plain"].model.training


def test_left_padding_equals_one_by_one(run):
    """左补齐的一批与逐条生成相同，右补齐不然。"""
    ns = run.namespace
    assert ns["greedy"](ns["starts"], "left") == ns["alone"]
    assert ns["greedy"](ns["starts"], "right") != ns["alone"]


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_inference_keeps_the_order(run, batch_size):
    """不管批多大、顺序怎样，每条提示词都拿回自己的续写。"""
    ns = run.namespace
    options = {"max_new_tokens": 12, "do_sample": False}
    shuffled = [2, 0, 3, 1]
    answers = ns["plain"].generate([ns["starts"][i] for i in shuffled], batch_size=batch_size, **options)
    assert answers == [ns["alone"][i] for i in shuffled]


def test_batching_saves_forward_passes(run):
    """一批一起算，前向次数是逐条的四分之一左右。"""
    ns = run.namespace
    assert ns["together"] <= 12
    assert len(ns["calls"]) - ns["together"] > 2 * ns["together"]


def test_schedules_do_all_the_work_without_overlap(run):
    """两种调度都做完全部请求，同一位置不重叠；连续的更快。"""
    ns = run.namespace
    for plan in ns["plans"].values():
        assert sorted(n for _, _, n in plan) == sorted(ns["lengths"])
        for slot in range(4):
            spans = sorted((start, start + n) for s, start, n in plan if s == slot)
            assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    static, continuous = ns["plans"].values()
    assert ns["finish"](continuous) < ns["finish"](static)
    groups = [ns["lengths"][i : i + 4] for i in range(0, 16, 4)]
    assert ns["finish"](static) == sum(max(group) for group in groups)


def test_memory_estimates(run):
    """显存估算与手算一致。"""
    text = run.text("要多少显存")
    assert "每词元 512 KiB，8,192 词元 4.0 GiB" in text
    assert "每词元 128 KiB，8,192 词元 1.0 GiB" in text
    assert "16 位 12.6，8 位 6.3，4 位 3.1" in text
