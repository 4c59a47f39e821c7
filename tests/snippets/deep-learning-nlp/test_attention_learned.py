"""学出来的注意力：学会了抽屉题，权重指向对的抽屉，平均的模型做不到。"""

import matplotlib.pyplot as plt
import pytest
import torch
from rerun import rerun


@pytest.fixture
def batch(run):
    """训练时没有出过的一批题。"""
    torch.manual_seed(11)
    return run.namespace["make_batch"](2000)


def test_questions_are_well_formed(run):
    """同一题颜色不重复，问的颜色与答案在同一只抽屉里。"""
    colors, digits, asked, answer, place = run.namespace["make_batch"](500, 12)
    row = torch.arange(500)
    assert all(len(set(c.tolist())) == 12 for c in colors)
    assert (colors[row, place] == asked).all() and (digits[row, place] == answer).all()
    assert place.unique().numel() == 12 and digits.unique().numel() == 10


def test_attention_layer_equals_pytorch(run):
    """这一层就是三个投影加 PyTorch 的缩放点积注意力。"""
    layer = run.namespace["looking"].attention
    x, source = torch.randn(3, 2, 32), torch.randn(3, 7, 32)
    expected = torch.nn.functional.scaled_dot_product_attention(layer.W_q(x), layer.W_k(source), layer.W_v(source))
    torch.testing.assert_close(layer(x, source), expected)
    assert [name for name, _ in layer.named_parameters()] == ["W_q.weight", "W_k.weight", "W_v.weight"]


def test_attention_learns_and_averaging_does_not(run, batch):
    """300 步后注意力接近全对；同样步数的平均不比只数数字好多少。"""
    ns = run.namespace
    assert ns["accuracy"](ns["looking"], batch) > 0.97
    assert ns["curve"][300] > 0.97
    assert ns["curve_mean"][300] < 0.45
    assert 0.3 < ns["guess"].mean() < 0.38


def test_weights_point_at_the_asked_drawer(run, batch):
    """学到的权重：问的那只抽屉平均拿到九成以上；训练前接近六分之一。"""
    ns = run.namespace
    *inputs, _, place = batch
    row = torch.arange(len(place))
    for model, low, high in [(ns["looking"], 0.9, 1.0001), (ns["untrained"], 0.1, 0.3)]:
        with torch.no_grad():
            model(*inputs)
        weights = model.attention.weights[:, 0]
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(len(place)))
        assert low < weights[row, place].mean() < high


def test_drawn_weights(run, monkeypatch):
    """左图是训练前，每格都浅；右图是训练后，每行最深的一格正是问的颜色。"""
    monkeypatch.setattr(plt, "show", lambda: None)
    try:
        space, _ = rerun(run, "六个问题看向哪里")
        before, after = (torch.tensor(ax.images[0].get_array().data) for ax in space["axes"])
        assert [ax.get_title() for ax in space["axes"]] == ["训练前", "训练后"]
        asked = [label.get_text() for label in space["axes"][0].get_yticklabels()]
    finally:
        plt.close("all")
    assert before.max() < 0.5 and after.max(dim=1).values.min() > 0.8
    seen = [space["names"][i] for i in after.argmax(dim=1)]
    assert [f"问{name[0]}" for name in seen] == asked and len(set(asked)) == 6


def test_the_row_read_aloud(run):
    """读出的那一行：权重最大的抽屉贴着问的颜色，回答就是那只抽屉里的数字。"""
    ns = run.namespace
    place = ns["row"].argmax()
    assert ns["colors"][0, place] == ns["order"][0] and ns["row"][place] > 0.8
    assert ns["reply"] == ns["digits"][0, place]
    first, _, last = run.text("读一行权重").splitlines()
    assert first.endswith("问" + ns["names"][place][0]) and last == f"回答 {ns['reply']}"


def test_averaging_looks_everywhere_equally(run, batch):
    """对照模型的权重全是六分之一，别的部分与注意力模型一样多。"""
    ns = run.namespace
    *inputs, _, _ = batch
    with torch.no_grad():
        ns["averaging"](*inputs)
    assert torch.allclose(ns["averaging"].attention.weights, torch.tensor(1 / 6))
    sizes = [sum(p.numel() for p in ns[name].parameters()) for name in ("looking", "averaging")]
    assert sizes[0] == sizes[1]


def test_attention_generalizes_to_more_drawers(run):
    """只见过 6 只抽屉，12 只也找得到；平均的模型找不到。"""
    ns = run.namespace
    torch.manual_seed(12)
    batch = ns["make_batch"](2000, 12)
    assert ns["accuracy"](ns["looking"], batch) > 0.95
    assert ns["accuracy"](ns["averaging"], batch) < 0.4


def test_keys_carry_colors_and_values_carry_digits(run):
    """键主要随颜色变，值主要随数字变。"""
    for line, most, least in zip(run.text("键与值各带着什么").splitlines(), (0, 1), (1, 0), strict=True):
        shares = [float(part.split()[-1]) for part in line.split("，")]
        assert shares[most] > 0.7 > 0.35 > shares[least], line
