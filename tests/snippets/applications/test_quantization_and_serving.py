"""量化：误差有界，与 PyTorch 的官方量化逐个整数相等，体积与困惑度如页面所说。"""

import itertools
import json
import warnings
from pathlib import Path

import pytest
import torch
from guide.code.runner import Run
from rerun import rerun
from torch import nn
from torch.nn import functional as F

SNIPPETS = Path(__file__).parents[3] / "snippets"


@pytest.fixture(autouse=True)
def absolute_model(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """测试不在 snippets/ 里运行，模型的路径要写全。"""
    monkeypatch.setitem(run.namespace["load"].__globals__, "MODEL", str(SNIPPETS / "models/mini-gpt"))


def official(run_it):
    """官方的量化张量会说自己将被删除，这里只借它来核对。"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run_it()


@pytest.mark.parametrize(("bits", "dim"), list(itertools.product((8, 4, 3, 2), (None, 1))))
def test_error_is_at_most_half_a_step(run: Run, bits: int, dim: int | None) -> None:
    """误差不超过半个比例，整数不超出范围，最大的数恰好用到头。"""
    torch.manual_seed(1)
    w = torch.randn(20, 30)
    q, scale = run.namespace["quantize"](w, bits, dim)
    top = 2 ** (bits - 1) - 1
    assert q.dtype == torch.int8 and q.abs().max() == top
    assert ((w - scale * q).abs() <= scale / 2 + 1e-6).all()


def test_symmetric_equals_official(run: Run) -> None:
    """整数与 torch.quantize_per_tensor、quantize_per_channel 的相同。"""
    torch.manual_seed(2)
    w = torch.randn(16, 40) * torch.rand(16, 1).mul(4).exp()
    q, scale = run.namespace["quantize"](w)
    assert q.equal(official(lambda: torch.quantize_per_tensor(w, scale.item(), 0, torch.qint8)).int_repr())
    q, scale = run.namespace["quantize"](w, dim=1)
    zeros = torch.zeros(16, dtype=torch.int64)
    rows = official(lambda: torch.quantize_per_channel(w, scale[:, 0].double(), zeros, 0, torch.qint8))
    assert (q.int() - rows.int_repr().int()).abs().max() == 0


@pytest.mark.parametrize("kind", ["mixed", "positive", "negative", "zeros", "constant", "shifted"])
def test_affine_equals_official(run: Run, kind: str) -> None:
    """比例、零点与整数都与官方的 MinMaxObserver 相同；0 总能准确还原。"""
    torch.manual_seed(3)
    x = torch.randn(300)
    x = {
        "mixed": x,
        "positive": x.abs() + 3,
        "negative": -x.abs() - 2,
        "zeros": torch.zeros(5),
        "constant": torch.full((5,), 0.7),
        "shifted": x + 1.5,
    }[kind]
    q, scale, zero_point = run.namespace["quantize_affine"](x)
    assert -128 <= zero_point <= 127 and q.dtype == torch.int8
    back = run.namespace["dequantize_affine"](q, scale, zero_point)
    assert ((x - back).abs() <= scale / 2 + 1e-5).all()
    assert run.namespace["dequantize_affine"](torch.tensor([zero_point], dtype=torch.int8), scale, zero_point) == 0
    if kind != "zeros":  # 全是 0 时官方另取一个最小的比例
        observer = official(lambda: torch.ao.quantization.MinMaxObserver(torch.qint8, torch.per_tensor_affine))
        observer(x)
        s, z = official(observer.calculate_qparams)
        assert scale.item() == pytest.approx(s.item(), rel=1e-6)
        assert zero_point == z.item()
        theirs = official(lambda: torch.quantize_per_tensor(x, s.item(), z.item(), torch.qint8)).int_repr()
        assert (q.int() - theirs.int()).abs().max() <= 1  # 恰在半格上时可能差 1
        assert (q == theirs).float().mean() > 0.99


def test_affine_never_wraps_around(run: Run) -> None:
    """两头恰好落在半格上，取整加零点得到 128：截断成 127，不绕回 −128。"""
    for size in (127.5, 127.5 / 1024):  # 比例恰好是 2 的幂，没有舍入
        q, scale, zero_point = run.namespace["quantize_affine"](torch.tensor([-size, size]))
        assert q.tolist() == [-128, 127] and zero_point == 0 and scale == size / 127.5


def test_hand_worked_numbers(run: Run) -> None:
    """页面上手算的四个权重与四个激活。"""
    assert run.text("四个权重").splitlines()[:2] == ["比例 0.0100", "整数： [127, -50, 30, 2]"]
    lines = run.text("四个激活").splitlines()
    assert lines[0] == "非对称：比例 0.0100，零点 -73" and lines[1].endswith("[-128, -73, 7, 127]")


def test_shared_scale_hurts_the_small_row(run: Run) -> None:
    """页面上的两行：共用比例时小的那行错两成，各用各的就几乎不错。"""
    w, quantize = torch.tensor([[1.27, -0.5, 0.304], [0.024, -0.013, 0.03]]), run.namespace["quantize"]
    lost = {}
    for dim in (None, 1):
        q, scale = quantize(w, dim=dim)
        lost[dim] = ((w - scale * q)[1] / w[1]).abs().max().item()
    assert 0.2 < lost[None] < 0.25 and lost[1] < 0.01
    lines = run.text("每行一个比例").splitlines()
    assert lines[2].endswith("[0.02, -0.01, 0.03]") and lines[5].endswith("[0.0241, -0.013, 0.03]")


def test_zero_rows_survive(run: Run) -> None:
    """全零的一行量化后还是零，没有除以零。"""
    q, scale = run.namespace["quantize"](torch.zeros(2, 4), dim=1)
    assert torch.equal(q * scale, torch.zeros(2, 4)) and (scale > 0).all()


def test_finer_granularity_and_more_bits_help(run: Run) -> None:
    """粒度越细误差越小；位数越多误差越小；离群的行只害邻居。"""
    ns = run.namespace
    torch.manual_seed(4)
    w = torch.randn(64, 128)
    w[5] *= 20
    for bits in ns["bit_range"]:
        errors = [ns["relative_error"](w, bits, group) for group in (None, 128, 32)]
        assert errors[0] > errors[1] > errors[2] > 0
    by_bits = [ns["relative_error"](w, bits, 32) for bits in ns["bit_range"]]
    assert by_bits == sorted(by_bits)
    q, scale = ns["quantize"](w)
    lost = (w - scale * q).norm(dim=1) / w.norm(dim=1)
    assert lost[5] < lost[torch.arange(64) != 5].min() / 5


def test_relative_error_by_hand(run: Run) -> None:
    """误差的平方和开方，除以原来的平方和开方。"""
    w = torch.tensor([[3.5, 1.4, -2.1, 0.7]])  # 4 位：比例 0.5，还原成 3.5、1.5、−2、0.5
    lost = (0.1**2 + 0.1**2 + 0.2**2) ** 0.5
    assert run.namespace["relative_error"](w, 4) == pytest.approx(lost / w.norm().item(), rel=1e-4)
    groups = run.namespace["relative_error"](w, 4, 2)  # 后两个的比例变成 0.3：−2.1 准了，0.7 成 0.6
    assert groups == pytest.approx((0.1**2 + 0.1**2) ** 0.5 / w.norm().item(), rel=1e-4)


def test_group_overhead(run: Run) -> None:
    """比例分摊到每个权重上的位数，与数出来的相同。"""
    bits = run.namespace["bits_per_weight"]
    for group in (32, 128):
        n = 4096
        assert bits(4, group) == (n * 4 + n // group * 16) / n
        assert bits(4, group, zero_bits=4) == (n * 4 + n // group * 20) / n


def test_integer_product(run: Run) -> None:
    """整数乘加减去零点的那一份，等于先还原再乘；int16 真的装不下。"""
    space, lines = rerun(run, "用整数做矩阵乘法")
    x = space["dequantize_affine"](space["q_x"], space["s_x"], space["z_x"]).double()
    w = (space["s_w"] * space["q_w"]).double()
    torch.testing.assert_close(space["y"].double(), x @ w.T, atol=1e-4, rtol=1e-4)
    assert lines[0].endswith("True") and space["z_x"] != 0
    assert "58159" in run.text("用整数做矩阵乘法")


def test_smoothing_moves_the_difficulty(run: Run) -> None:
    """两边同乘同除，结果不变，误差小好几倍；换个种子也是。"""
    ns = run.namespace
    for seed in range(3):
        torch.manual_seed(seed)
        space, _ = rerun(run, "激活里的离群值")
        x, w, smooth = space["x"], space["w"], space["smooth"]
        torch.testing.assert_close((x / smooth) @ (w * smooth).T, x @ w.T, atol=1e-2, rtol=1e-4)
        direct, smoothed = space["dynamic_error"](x, w), space["dynamic_error"](x / smooth, w * smooth)
        assert smoothed < direct / 2.5
        torch.testing.assert_close((x / smooth).abs().amax(0), (w * smooth).abs().amax(0))  # 两边一样难
    assert ns["lost"] > 0


def test_int8_linear_equals_dequantized_weight(run: Run) -> None:
    """输出就是用还原的权重算的，偏置原样保留，半精度也能用。"""
    torch.manual_seed(5)
    layer = nn.Linear(64, 48)
    small, x = run.namespace["Int8Linear"](layer), torch.randn(5, 7, 64)
    q, scale = run.namespace["quantize"](layer.weight.detach(), dim=1)
    torch.testing.assert_close(small(x), F.linear(x, scale * q, layer.bias))
    assert (small(x) - layer(x)).norm() / layer(x).norm() < 0.02
    assert torch.equal(small(torch.zeros(1, 64)), layer.bias.detach()[None])
    half = run.namespace["Int8Linear"](layer.to(torch.bfloat16))
    assert half(x.to(torch.bfloat16)).dtype == torch.bfloat16


def test_sizes_add_up(run: Run) -> None:
    """体积等于数出来的字节：int8 一个字节，比例与没量化的四个字节，共用的只算一份。"""
    ns = run.namespace
    left = [name for name, m in ns["small"].named_modules() if isinstance(m, nn.Linear)]
    assert left == ["lm_head"] and ns["changed"] == 14
    linears = [m for n, m in ns["model"].named_modules() if isinstance(m, nn.Linear) and n != "lm_head"]
    weights = sum(m.weight.numel() for m in linears)
    rows = sum(m.weight.shape[0] for m in linears)
    total = sum(p.numel() for p in ns["model"].parameters())
    extra = sum(b.numel() * b.element_size() for b in ns["model"].buffers()) / 1024
    before, after = ns["kilobytes"](ns["model"]), ns["kilobytes"](ns["small"])
    assert before <= total * 4 / 1024 + extra + 1e-6
    assert before - after == pytest.approx((weights * 3 - rows * 4) / 1024)


def test_perplexity_equals_transformers(run: Run) -> None:
    """损失与 transformers 自己算的相同，后面再补多少空都不变。"""
    ns = run.namespace
    ids, real = ns["stories"].input_ids[:20], ns["stories"].attention_mask[:20]
    batch = type("Batch", (), {"input_ids": ids, "attention_mask": real})
    labels = ids.masked_fill(real == 0, -100)
    with torch.inference_mode():
        theirs = ns["model"](input_ids=ids, labels=labels).loss.item()
    assert ns["mean_loss"](ns["model"], batch) == pytest.approx(theirs, abs=1e-5)
    longer = type("Batch", (), {})
    longer.input_ids = F.pad(ids, (0, 6), value=ns["tokenizer"].pad_token_id)
    longer.attention_mask = F.pad(real, (0, 6))
    assert ns["mean_loss"](ns["model"], longer) == pytest.approx(theirs, abs=1e-4)


def test_stories_follow_the_grammar(run: Run) -> None:
    """量困惑度的故事都合文法：没有剩下的槽，同类的词不重复。"""
    import random

    grammar = json.loads((SNIPPETS / "data/stories.json").read_text(encoding="utf-8"))
    tell, rng = run.namespace["tell"], random.Random(5)
    alphabet = set("".join(grammar["alphabet"]))
    for _ in range(50):
        story = tell(rng)
        assert "{" not in story and set(story) <= alphabet


def test_cost_of_quantizing(run: Run) -> None:
    """半精度与 int8 几乎没有代价；4 位以上平，2 位垮；分组总是更好。"""
    ns = run.namespace
    base = ns["perplexity"](ns["model"])
    assert 1.3 < base < 1.4
    assert abs(ns["perplexity"](ns["half"]) - base) < 0.01
    assert abs(ns["perplexity"](ns["small"]) - base) < 0.002
    rows, groups = (dict(zip(ns["bit_range"], c, strict=True)) for c in ns["curves"].values())
    assert abs(rows[8] - base) < 0.002 and abs(rows[4] - base) < 0.02
    assert rows[2] > 100 > groups[2] > 10 and rows[3] > groups[3] > base


@pytest.mark.parametrize("group", [None, 16])
def test_bits_equal_fake_quantization(run: Run, group: int | None) -> None:
    """与官方的 fake_quantize 逐个相等，而且只动线性层。"""
    ns = run.namespace
    copy = ns["with_bits"](3, group)
    assert torch.equal(copy.lm_head.weight, ns["model"].lm_head.weight)
    before = ns["model"].model.layers[1].mlp.down_proj.weight.detach()
    after = copy.model.layers[1].mlp.down_proj.weight.detach()
    rows = before.reshape(-1, group or before.shape[1])
    scale = rows.abs().amax(1) / 3
    zero = torch.zeros(len(rows), dtype=torch.int32)
    expected = torch.fake_quantize_per_channel_affine(rows, scale, zero, 0, -3, 3).reshape(before.shape)
    torch.testing.assert_close(after, expected)


def test_torchao_agrees(run: Run) -> None:
    """torchao 的比例是 max/127.5，整数与我们的最多差 1，模型的困惑度不变。"""
    ns = run.namespace
    for index, name in itertools.product(range(2), ("gate_proj", "down_proj")):
        original = getattr(ns["model"].model.layers[index].mlp, name).weight.detach()
        theirs = getattr(ns["weight_only"].model.layers[index].mlp, name).weight
        torch.testing.assert_close(theirs.scale, original.abs().amax(1, keepdim=True) / 127.5)
        q, _ = ns["quantize"](original, dim=1)
        assert (theirs.qdata.int() - q.int()).abs().max() == 1
    assert abs(ns["perplexity"](ns["weight_only"]) - ns["perplexity"](ns["model"])) < 0.002
    assert abs(ns["perplexity"](ns["dynamic"]) - ns["perplexity"](ns["model"])) < 0.01
    assert isinstance(ns["weight_only"].lm_head.weight, nn.Parameter)
    assert type(ns["weight_only"].lm_head.weight.data) is torch.Tensor


def test_old_dynamic_quantization_grows_gpt2(run: Run) -> None:
    """GPT-2 里只有 lm_head 是 nn.Linear，量化后反而变大；Llama 结构明显变小。"""
    ns = run.namespace
    text = run.text("旧写法：GPT-2 越量化越大")
    assert "nn.Linear 1 层，Conv1D 8 层" in text and "nn.Linear 15 层" in text
    assert "541 KB → 573 KB" in text and "554 KB → 310 KB" in text
    assert "DeprecationWarning" in run.text("旧写法：入口要被删了")
    assert run.text("旧写法：存下的权重读不回来").startswith("Error(s) in loading state_dict")
    assert abs(ns["perplexity"](ns["old_llama"]) - ns["perplexity"](ns["model"])) < 0.02


def test_saved_weights_come_back(run: Run) -> None:
    """存下再读回的模型与原来的逐个相等。"""
    ns = run.namespace
    ids = ns["stories"].input_ids[10:14]
    with torch.inference_mode():
        assert torch.equal(ns["again"](ids).logits, ns["small"](ids).logits)
        assert not torch.equal(ns["again"](ids).logits, ns["model"](ids).logits)
    assert ns["missing"] == ["lm_head.weight"] and ns["unexpected"] == []
