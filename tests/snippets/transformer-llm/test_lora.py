"""从零的 LoRA：起点不变、合并不变、等于 peft；数出来的份额等于公式；NF4 与账都对。"""

import copy

import pytest
import torch
from guide.code.runner import Run
from peft import LoraConfig, get_peft_model
from torch import nn


@pytest.mark.parametrize(("r", "alpha", "shape"), [(1, 1, (8, 5)), (4, 32, (16, 48)), (8, 16, (64, 64))], ids=str)
def test_equals_peft(run: Run, r: int, alpha: int, shape: tuple[int, int]) -> None:
    """各种秩与形状下，输出、两个矩阵的梯度、合并后的权重都与 peft 相等。"""
    torch.manual_seed(r)
    linear = nn.Linear(*shape)
    config = LoraConfig(r=r, lora_alpha=alpha, target_modules=["proj"])
    wrapped = get_peft_model(nn.ModuleDict({"proj": copy.deepcopy(linear)}), config)
    theirs = wrapped.base_model.model["proj"]
    ours = run.namespace["LoRALinear"](linear, r=r, alpha=alpha)
    assert ours.A.shape == theirs.lora_A["default"].weight.shape
    nn.init.normal_(ours.B)
    theirs.lora_A["default"].weight.data = ours.A.data.clone()
    theirs.lora_B["default"].weight.data = ours.B.data.clone()
    x = torch.randn(3, 7, shape[0])
    torch.testing.assert_close(ours(x), theirs(x))
    ours(x).square().sum().backward()
    theirs(x).square().sum().backward()
    torch.testing.assert_close(ours.A.grad, theirs.lora_A["default"].weight.grad)
    torch.testing.assert_close(ours.B.grad, theirs.lora_B["default"].weight.grad)
    assert ours.linear.weight.grad is None
    merged = ours.merge()
    theirs.merge()
    torch.testing.assert_close(merged.weight, theirs.base_layer.weight, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(merged(x), ours(x), atol=1e-4, rtol=1e-4)


def test_starts_like_peft(run: Run) -> None:
    """B 从 0 开始，输出逐位不变；A 与 peft 的初始化同一范围；第一步只有 B 有梯度。"""
    linear = nn.Linear(400, 6)
    layer = run.namespace["LoRALinear"](linear, r=3, alpha=6)
    x = torch.randn(5, 400)
    assert torch.equal(layer(x), linear(x))
    wrapped = get_peft_model(nn.ModuleDict({"proj": copy.deepcopy(linear)}), LoraConfig(r=3, target_modules=["proj"]))
    theirs = wrapped.base_model.model["proj"].lora_A["default"].weight
    assert layer.A.abs().max().item() == pytest.approx(theirs.abs().max().item(), rel=0.05)
    layer(x).sum().backward()
    assert layer.B.grad.abs().max() > 0
    assert layer.A.grad.abs().max() == 0
    assert not any(p.requires_grad for p in layer.linear.parameters())


def test_merge_leaves_the_original_alone(run: Run) -> None:
    """合并得到新的一层，原来的权重不变，改动的秩不超过 r。"""
    linear = nn.Linear(20, 30)
    kept = linear.weight.detach().clone()
    layer = run.namespace["LoRALinear"](linear, r=2, alpha=4)
    nn.init.normal_(layer.B)
    change = layer.merge().weight - kept
    assert torch.equal(linear.weight, kept)
    assert torch.linalg.matrix_rank(change, atol=1e-4) == 2


def test_hand_example(run: Run) -> None:
    """页面手算的六行。"""
    values = [line.partition("=")[2].strip() for line in run.text("两行三列，旁边一条秩一的支路").splitlines()]
    assert values == [
        "[4.0, 4.0]",
        "[4.0]",
        "[4.0, -8.0]",
        "[8.0, -4.0]",
        "[[2.0, 2.0, 2.0], [-2.0, 1.0, -1.0]]",
        "[8.0, -4.0]",
    ]


def test_printed_shares(run: Run) -> None:
    """页面读的四个份额。"""
    shares = [line.split("，")[1] for line in run.text("训练百分之几").splitlines() if "，" in line]
    assert shares == ["2.93%", "14.08%", "0.06%", "0.30%"]


def test_both_zero_never_move(run: Run) -> None:
    """A、B 都从 0 开始，一百步之后仍是 0；只有 B 是 0 时两个都动了。"""
    dead, fresh = run.namespace["dead"], run.namespace["fresh"]
    assert dead.A.abs().max() == dead.B.abs().max() == 0
    assert fresh.B.abs().max() > 0


def test_scaling_rules(run: Run) -> None:
    """秩大 16 倍：α/r 让支路变弱 4 倍，固定缩放变强 4 倍，α/√r 大致不变。"""
    size = run.namespace["branch_size"]
    assert size(4, 4.0) / size(64, 0.25) == pytest.approx(4, rel=0.2)
    assert size(64, 2) / size(4, 2) == pytest.approx(4, rel=0.2)
    assert size(64, 2.0) / size(4, 8.0) == pytest.approx(1, rel=0.2)
    for r in (4, 16, 64):  # A 的方差是 1/(3·输入)，所以支路的标准差是 倍数 × 0.01 × √(r/3)
        assert size(r, 1.0) == pytest.approx(0.01 * (r / 3) ** 0.5, rel=0.15)


def test_twice_doubles(run: Run) -> None:
    """合并两次，改动是两倍。"""
    torch.testing.assert_close(run.namespace["twice"], 2 * run.namespace["change"], atol=1e-5, rtol=1e-4)


def test_share_matches_the_formula(run: Run) -> None:
    """LoRA 的参数等于 r 乘 (输入 + 输出) 的总和；7B 的基座是 6,738,415,616 个。"""
    share, config = run.namespace["share"], run.namespace["LLAMA_7B"]
    assert share(config, 8, ["q_proj", "v_proj"]) == (32 * 2 * 8 * (4096 + 4096), 6_738_415_616)
    per_layer = 4 * (4096 + 4096) + 3 * (4096 + 11008)
    assert share(config, 4, "all-linear")[0] == 32 * 4 * per_layer
    assert share(run.namespace["llama"].config, 8, "all-linear") == (2 * 8 * (4 * 128 + 3 * 240), 140_032)


def test_memory_account(run: Run) -> None:
    """16 字节一个参数；双重量化后每个参数多 0.127 位，与 QLoRA 论文相同。"""
    size = run.namespace["bytes_of"]
    assert size["全参数"] == 6_738_415_616 * 16
    assert size["LoRA"] == 6_738_415_616 * 2 + 19_988_480 * 16
    assert run.namespace["double"] == pytest.approx(0.127, abs=5e-4)
    packed = (6_738_415_616 - 2 * 32000 * 4096) * (4 + 0.126953125) / 8 + 2 * 32000 * 4096 * 2
    assert size["QLoRA"] == pytest.approx(packed + 19_988_480 * 16)
    assert "0.125 + 0.002 = 0.127" in run.text("双重量化")


def test_nf4_is_the_published_table(run: Run) -> None:
    """算出来的 16 个值等于 QLoRA 论文附录 E 的表。"""
    published = [-1.0, -0.6961928, -0.52507305, -0.39491749, -0.28444138, -0.18477343, -0.09105004, 0.0]
    published += [0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1.0]
    torch.testing.assert_close(run.namespace["NF4"], torch.tensor(published), atol=1e-4, rtol=0)


def test_quantize_picks_the_nearest(run: Run) -> None:
    """每个数都存成最近的一格，比例是这一组里最大的绝对值；NF4 在正态的数上误差更小。"""
    space = run.namespace
    quantize, dequantize = space["quantize"], space["dequantize"]
    torch.manual_seed(0)
    weight = torch.randn(8, 64)
    errors = {}
    for name in ("NF4", "EVEN"):
        levels = space[name]
        codes, scale = quantize(weight, levels)
        assert len(levels) == 16
        assert codes.max() == 15
        torch.testing.assert_close(scale[:, 0], weight.abs().amax(dim=1))
        back = dequantize(codes, scale, levels, weight.shape)
        best = ((weight / scale)[..., None] - levels).abs().min(dim=-1).values * scale
        torch.testing.assert_close((weight - back).abs(), best)
        errors[name] = (weight - back).norm()
        assert space["relative_error"](weight, levels) == pytest.approx(errors[name].item() / weight.norm().item())
    assert errors["NF4"] < errors["EVEN"]


def test_even_grid_is_even(run: Run) -> None:
    """与 NF4 比的那一组也是十六格，两端相同，间隔处处相等；十四个矩阵都比过。"""
    even = run.namespace["EVEN"]
    assert (even[0], even[-1]) == (-1, 1)
    torch.testing.assert_close(even.diff(), torch.full((15,), 2 / 15))
    assert len(run.namespace["errors"]) == 2 * 7
    assert all(0.05 < nf4 < plain < 0.15 for plain, nf4 in run.namespace["errors"])


def test_qlora_is_lora_on_the_dequantized_base(run: Run) -> None:
    """4 位的底座加 LoRA，等于把还原的权重装进 LoRALinear；只有 A、B 是参数。"""
    space = run.namespace
    linear = nn.Linear(64, 32, bias=False)
    ours = space["QLoRALinear"](linear, r=4, alpha=12)
    nn.init.normal_(ours.B)
    assert {name for name, _ in ours.named_parameters()} == {"A", "B"}
    plain = nn.Linear(64, 32, bias=False)
    plain.weight.data = space["dequantize"](ours.codes, ours.scale, space["NF4"], (32, 64))
    same = space["LoRALinear"](plain, r=4, alpha=12)
    same.A.data, same.B.data = ours.A.data, ours.B.data
    x = torch.randn(3, 64)
    torch.testing.assert_close(ours(x), same(x))


def test_wrong_target_message(run: Run) -> None:
    """照抄 Llama 的名字到 GPT-2，报错说找不到。"""
    assert "NoMatchingPeftModuleError" in run.text("照抄 q_proj 与 v_proj")
    assert "c_attn" in run.text("有哪些线性层")
