"""常见的错误：每一个真的发生，每一种补救真的有用。"""

import math
from types import SimpleNamespace

import pytest
import torch
from rerun import rerun
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


@pytest.mark.parametrize(("T", "d_model"), [(5, 8), (3, 16), (4, 4)])
def test_both_layers_equal_pytorch(run, T, d_model):
    """算法本身没有错，错只在矩阵没用上：两层都与 PyTorch 的缩放点积注意力逐元素相等。"""
    torch.manual_seed(5)
    x, y, z = 3 * torch.randn(3, 2, T, d_model)
    unused, layer = run.namespace["Unused"](d_model), run.namespace["SelfAttention"](d_model)
    torch.testing.assert_close(unused(x, y, z), scaled_dot_product_attention(x, y, z))
    q, k, v = (x @ layer.get_parameter(f"W_{name}.weight").T for name in "qkv")
    torch.testing.assert_close(layer(x), scaled_dot_product_attention(q, k, v))
    assert [name for name, _ in layer.named_parameters()] == ["W_q.weight", "W_k.weight", "W_v.weight"]


def test_hidden_mistake_is_found(run):
    """前面有会学的层时不报错，列出没有梯度的参数才找得到。"""
    assert run.namespace["without_gradient"](run.namespace["model"]) == ["attention.W.weight", "attention.W.bias"]


def test_fully_masked_row(run, monkeypatch):
    """一整行被遮住：前向 NaN，梯度 NaN；补救之后两者都没有，好行不变。"""
    assert "nan" in run.text("一整行都被遮住") and run.text("一整行都被遮住").endswith("True\n")
    weights = run.namespace["weights_safe"]
    assert not weights.isnan().any() and (weights[1] == 0).all()
    assert weights[0].tolist() == pytest.approx([math.e / (1 + math.e), 1 / (1 + math.e), 0])
    assert not run.namespace["v"].grad.isnan().any()
    space, lines = rerun(run, "一整行都被遮住")
    visible, good = space["visible"], space["weights"][0]
    assert visible.tolist() == [[True, True, False], [False, False, False]]
    assert space["weights"][1].isnan().all() and space["v"].grad.isnan().any()
    torch.testing.assert_close(good, torch.tensor([math.e, 1, 0]) / (1 + math.e))
    assert lines[-2:] == ["损失： 2.0", "v 的梯度里有 NaN： True"]
    space, lines = rerun(run, "一整行都被遮住", "两种补救")
    expected = scaled_dot_product_attention(space["q"], space["k"], space["v"], attn_mask=visible)
    assert expected[1].tolist() == [0, 0] and expected[0].abs().min() > 0
    torch.testing.assert_close(space["out"], expected)
    assert not space["v"].grad.isnan().any()
    assert lines[-2:] == ["v 的梯度里有 NaN： False", "PyTorch 的第二行输出： [0.0, 0.0]"]
    monkeypatch.setitem(run.namespace, "scores", torch.full((2, 3), torch.nan))  # 打印的 False 是查出来的
    assert rerun(run, "两种补救")[1][-2] == "v 的梯度里有 NaN： True"


def test_a_big_negative_number_is_not_minus_infinity(run):
    """整行都被遮住时：−1e9 悄悄给出平均，−∞ 给出看得见的 NaN。"""
    finite, infinite = run.text("大负数不等于负无穷").splitlines()
    assert finite == "-1e+09：[0.33 0.33 0.33]" and infinite == "-inf：[nan nan nan]"
    row = run.namespace["row"]
    assert row.masked_fill(run.namespace["hidden"], -1e9).softmax(dim=-1).tolist() == pytest.approx([1 / 3] * 3)
    assert row.masked_fill(run.namespace["hidden"], -torch.inf).softmax(dim=-1).isnan().all()


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
    assert run.text("真假反了").splitlines() == ["传 ~future，偷看未来： False", "传 future，偷看未来： True"]


def test_wrong_axis_and_missing_transpose_are_silent(run, monkeypatch):
    """这两种错都不报错：只能看行和、用 T 不等于 d_k 的输入去试。"""
    first, second = run.text("轴写错了").splitlines()
    assert "[1. 1. 1.]" in first and "[1. 1. 1.]" not in second
    assert first.startswith("dim -1") and second.startswith("dim -2")
    assert run.text("少了转置").count("(6, 6)") == 2 and run.text("少了转置").endswith("False\n")
    q, k = run.namespace["q"], run.namespace["k"]
    assert not torch.allclose(q @ k.T, q @ k)
    symmetric = SimpleNamespace(randn=torch.ones, allclose=torch.allclose)  # 对称的 k 转不转置都一样
    monkeypatch.setitem(run.namespace, "torch", symmetric)
    assert rerun(run, "少了转置")[1][-1] == "数值一样吗： True"
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        torch.randn(5, 6) @ torch.randn(7, 6)
