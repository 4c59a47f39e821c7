"""一个头做不到减法，两个头能；拿掉有用的头才会变差。"""

import re

import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from guide.code.runner import Run
from rerun import rerun


def error(run: Run, model) -> float:
    """测试数据上的均方误差。"""
    space = run.namespace
    with torch.no_grad():
        return space["error"](model, space["test_x"], space["test_y"]).item()


def test_head_equals_pytorch(run: Run) -> None:
    """一个头就是 PyTorch 的因果缩放点积注意力：按日子打分，取回气温。"""
    space = run.namespace
    torch.manual_seed(6)
    head, day, x = space["Head"](16, 4), 2 * torch.randn(space["T"], 16), torch.randn(3, space["T"], 1)
    with torch.no_grad():
        q, k = (m(day).expand(3, -1, -1) for m in (head.W_q, head.W_k))
        expected = F.scaled_dot_product_attention(q, k, head.W_v(x), is_causal=True)
        torch.testing.assert_close(head(day, x), expected)


def test_no_head_sees_the_future(run: Run) -> None:
    """学到的每个头：权重的上三角恰好是 0，每行的和是 1；改动明天，今天的预测不变。"""
    space = run.namespace
    models = [model for model, _ in space["runs"].values()] + [space["four"]]
    for model in models:
        x = torch.randn(2, space["T"], 1)
        changed = x.clone()
        changed[:, -1] += 5
        with torch.no_grad():
            before, after = model(x), model(changed)
        assert before[:, :-1].equal(after[:, :-1]), "改动最后一天，前面的预测变了"
        for head in model.heads:
            assert (head.weights.triu(1) == 0).all(), "有一天看到了后面的日子"
            torch.testing.assert_close(head.weights.sum(dim=-1), torch.ones(space["T"]))


def test_printed_errors_are_measured(run: Run) -> None:
    """打印的误差与参数个数，重新量一遍还是这些；曲线就是训练时的误差。"""
    space = run.namespace
    first, *rest = run.text("训练三个模型").splitlines()
    yesterday = (space["test_x"][:, 1:] - space["test_x"][:, :-1]).square().mean().item()
    assert first.endswith(f"误差 {yesterday:.1f}") and yesterday == pytest.approx(2, abs=0.1)
    for line, (model, losses) in zip(rest, space["runs"].values(), strict=True):
        size = sum(p.numel() for p in model.parameters())
        assert line.endswith(f"{size:4d} 个参数：误差 {error(run, model):.1f}")
        assert sum(losses[-50:]) / 50 == pytest.approx(error(run, model), abs=0.1)
    today, yesterday = run.text("W_o 给每个头的系数").splitlines()[::-1]
    assert today == "头 2：看今天 1.0，看昨天 0.0，系数 +1.0"
    assert yesterday == "头 1：看今天 0.0，看昨天 1.0，系数 -1.0"


def test_figures_show_what_was_learned(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """曲线图画的是三个模型前 200 步的误差与下限 1；权重图的次序是一个头、头 1、头 2。"""
    space = run.namespace
    monkeypatch.setattr(plt, "show", lambda: None)
    try:
        rerun(run, "误差曲线")
        *curves, floor = plt.gca().lines
        for curve, (_, losses) in zip(curves, space["runs"].values(), strict=True):
            assert list(curve.get_ydata()) == losses[:200]
        assert list(floor.get_ydata()) == [1, 1]
        plt.close("all")
        rerun(run, "学到的头")
        drawn = [torch.tensor(ax.images[0].get_array().data) for ax in plt.gcf().axes]
    finally:
        plt.close("all")
    for image, head in zip(drawn, [*space["one"].heads, *space["two"].heads], strict=True):
        torch.testing.assert_close(image, head.weights.detach(), check_dtype=False)


def test_one_head_stays_at_its_floor(run: Run) -> None:
    """一个头不管多大，都停在理论下限 1 附近；总猜没变是 2。"""
    for key in [(1, 8), (1, 32)]:
        assert 0.95 < error(run, run.namespace["runs"][key][0]) < 1.1


def test_two_heads_solve_it(run: Run) -> None:
    """两个头、同样多的参数，误差几乎为 0。"""
    runs = run.namespace["runs"]
    one, two = runs[1, 8][0], runs[2, 8][0]
    assert sum(p.numel() for p in one.parameters()) == sum(p.numel() for p in two.parameters())
    assert error(run, two) < 0.02


def test_heads_share_the_work(run: Run) -> None:
    """一个头看今天、系数 +1，另一个看昨天、系数 −1。"""
    two = run.namespace["two"]
    found = {}
    for c, head in zip(run.namespace["coefficients"](two), two.heads, strict=True):
        place = "今天" if head.weights.diagonal()[1:].mean() > 0.9 else "昨天"
        if place == "昨天":
            assert head.weights.diagonal(-1).mean() > 0.9
        found[place] = c
    assert abs(found["今天"] - 1) < 0.05 and abs(found["昨天"] + 1) < 0.05


def test_another_seed_swaps_the_roles(run: Run) -> None:
    """换一个种子，两个头的分工对调，误差仍几乎为 0。"""
    space = run.namespace
    model, _ = space["train"](2, 8, seed=2)
    assert error(run, model) < 0.02
    first, second = space["coefficients"](model)
    assert first > 0.9 and second < -0.9
    assert space["coefficients"](space["two"])[0] < -0.9


def test_average_of_equal_values(run: Run) -> None:
    """权重的和是 1，所以八天一样热时，一个头的输出处处相同且不是 0。"""
    space = run.namespace
    same = torch.ones(1, space["T"], 1)
    with torch.no_grad():
        one, two = space["one"](same)[0], space["two"](same)[0]
    torch.testing.assert_close(one, one[:1].expand_as(one))
    assert one.abs().min() > 0.9
    assert two[1:].abs().max() < 0.1


def test_an_untrained_single_head_obeys_the_argument(run: Run) -> None:
    """论证不靠训练：随便一个单头模型，常数序列的输出都处处相同，误差都不低于 1。"""
    space = run.namespace
    for seed in range(5):
        torch.manual_seed(seed)
        model = space["Difference"](1, 8)
        with torch.no_grad():
            model.W_o.weight.mul_(3 * torch.randn(()))
            model.day.mul_(5)
            out = model(torch.full((1, space["T"], 1), 2.0))[0]
        torch.testing.assert_close(out, out[:1].expand_as(out))
        assert error(run, model) > 0.95


def test_some_heads_can_go(run: Run) -> None:
    """四个头里，拿掉两个没有什么影响，拿掉另外两个误差大增；差多少由系数说了算。"""
    space = run.namespace
    four = space["four"]
    assert error(run, four) < 0.05
    after = []
    for number in range(4):
        kept = four.W_o.weight.detach().clone()
        with torch.no_grad():
            four.W_o.weight[:, number * four.d_k : (number + 1) * four.d_k] = 0
            after.append(error(run, four))
            four.W_o.weight.copy_(kept)
    first, *printed = [line.partition("：")[2] for line in run.text("四个头，拿掉一个试试").splitlines()]
    factors = space["coefficients"](four)
    assert [float(n) for n in re.findall(r"[-+]\d\.\d\d", first)] == pytest.approx(factors, abs=0.006)
    assert [float(line.split()[-1]) for line in printed] == pytest.approx([error(run, four), *after], abs=0.006)
    today, *yesterday = sorted(factors, reverse=True)
    assert abs(today - 1) < 0.05 and abs(sum(yesterday) + 1) < 0.05
    assert after == pytest.approx([c**2 for c in factors], abs=0.05), "拿掉一个头，误差约是它系数的平方"
    after.sort()
    assert after[1] < 0.2, f"最没用的两个头拿掉后误差是 {after[:2]}"
    assert after[2] > 0.4, f"最有用的两个头拿掉后误差是 {after[2:]}"
