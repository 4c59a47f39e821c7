"""常见的错误：每一个真的发生，每一种补救真的有用。"""

import math

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention


def test_unused_layer_learns_nothing(run):
    """没用上的矩阵：有 72 个参数，一个也没有梯度。"""
    ns = run.namespace
    layer = ns["Unused"](8)
    x = torch.randn(2, 5, 8, requires_grad=True)
    layer(x, x, x).sum().backward()
    assert sum(p.numel() for p in layer.parameters()) == 72
    assert ns["without_gradient"](layer) == ["W.weight", "W.bias"]
    assert "does not require grad" in run.text("反向传播说没有可学的")


def test_self_attention_learns_with_all_projections(run):
    """三个投影都有梯度，而且不全是 0。"""
    layer = run.namespace["SelfAttention"](8)
    layer(torch.randn(2, 5, 8)).square().sum().backward()
    assert run.namespace["without_gradient"](layer) == []
    assert all(p.grad.abs().max() > 0 for p in layer.parameters())


def test_hidden_mistake_is_found(run):
    """前面有会学的层时不报错，列出没有梯度的参数才找得到。"""
    assert run.namespace["without_gradient"](run.namespace["model"]) == ["attention.W.weight", "attention.W.bias"]


def test_fully_masked_row(run):
    """一整行被遮住：前向 NaN，梯度 NaN；补救之后两者都没有，好行不变。"""
    assert "nan" in run.text("一整行都被遮住") and run.text("一整行都被遮住").endswith("True\n")
    weights = run.namespace["weights_safe"]
    assert not weights.isnan().any() and (weights[1] == 0).all()
    assert weights[0].tolist() == pytest.approx([math.e / (1 + math.e), 1 / (1 + math.e), 0])
    assert not run.namespace["v"].grad.isnan().any()


def test_half_precision_message_is_real(run):
    """页面上的报错来自真的运行；换成负无穷就没事。"""
    assert run.text("半精度装不下").startswith("RuntimeError: value cannot be converted to type c10::Half")
    half = run.namespace["half"].masked_fill(torch.tensor([[False, True, True]]), -torch.inf)
    assert half.softmax(dim=-1)[0].tolist() == [1, 0, 0]


def test_reversed_mask_sees_the_future(run):
    """True 是“可以看”：传反了就偷看未来。"""
    ns = run.namespace
    assert not ns["sees_future"](~ns["future"]) and ns["sees_future"](ns["future"])
    x = ns["x"]
    right = scaled_dot_product_attention(x, x, x, attn_mask=~ns["future"])
    torch.testing.assert_close(right, scaled_dot_product_attention(x, x, x, is_causal=True))


def test_wrong_axis_and_missing_transpose_are_silent(run):
    """这两种错都不报错：只能看行和、用 T 不等于 d_k 的输入去试。"""
    first, second = run.text("轴写错了").splitlines()
    assert "[1. 1. 1.]" in first and "[1. 1. 1.]" not in second
    assert "(6, 6)" in run.text("少了转置") and run.text("少了转置").endswith("False\n")
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        torch.randn(5, 6) @ torch.randn(7, 6)
