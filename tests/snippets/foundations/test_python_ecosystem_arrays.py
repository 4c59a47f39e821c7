"""视图与广播：自己写的规则与 NumPy 的一致，画出来的与真的一致。"""

import itertools

import numpy as np
import pytest
import torch
from guide.code.runner import Run
from matplotlib.figure import Figure

SHAPES = [shape for n in range(4) for shape in itertools.product((1, 2, 3), repeat=n)]


def test_rule_agrees_with_numpy(run: Run) -> None:
    """四十种形状两两配对，能不能广播、广播成什么都与 NumPy、PyTorch 相同。"""
    rule = run.namespace["broadcast_shape"]
    refused = 0
    for a, b in itertools.product(SHAPES, repeat=2):
        try:
            expected = np.broadcast_shapes(a, b)
        except ValueError:
            refused += 1
            with pytest.raises(ValueError, match="对不上"):
                rule(a, b)
            continue
        assert rule(a, b) == expected == tuple(torch.broadcast_shapes(a, b))
    assert refused > 600
    for a, b in [((0,), (1,)), ((2, 0), (1,)), ((3, 1), (0,))]:  # 空的轴也是一种长度
        assert rule(a, b) == rule(b, a) == np.broadcast_shapes(a, b)
    with pytest.raises(ValueError, match="对不上"):
        rule((0,), (2,))


def test_loop_agrees_with_broadcasting(run: Run) -> None:
    """能广播的每一对，逐个元素的循环与 x + y 完全相同。"""
    rng = np.random.default_rng(1)
    checked = 0
    for a, b in itertools.product(SHAPES, repeat=2):
        x, y = rng.normal(size=a), rng.normal(size=b)
        try:
            expected = x + y
        except ValueError:
            continue
        checked += 1
        np.testing.assert_array_equal(run.namespace["add_by_loop"](x, y), expected)
    assert checked > 900


def test_printed_rules(run: Run) -> None:
    lines = run.text("广播的规则").splitlines()
    assert [line.rsplit("→ ", 1)[1] for line in lines] == [
        "(3, 4)",
        "(2, 5)",
        "(2, 5)",
        "不行： 5 与 2 对不上",
        "(32, 128, 64)",
        "(32, 128, 64)",
    ]
    assert run.text("规则就是循环").count("True") == 3


def test_views_share_one_memory(run: Run) -> None:
    """每个名字与它的切法相符，都在同一条内存上；从步幅能算出每个数在第几格。"""
    ns = run.namespace
    a = ns["a"]
    assert ns["views"].keys() == {"a", "a[1]", "a[:, 1]", "a.T", "a[::2, ::-1]"}
    for name, view in ns["views"].items():
        np.testing.assert_array_equal(view, eval(name, {"a": a}))
        assert np.shares_memory(view, a)
        start = int(view.flat[0])
        for index in np.ndindex(*view.shape):
            cell = start + sum(i * s for i, s in zip(index, view.strides, strict=True)) // a.itemsize
            assert view[index] == cell


def test_picture_numbers_the_steps(run: Run) -> None:
    """图里涂色的格子是视图走到的数，格子下方的次序正是按行读视图的次序。"""
    ns = run.namespace
    for name in ns["shown"]:
        ax = Figure().subplots()
        ns["draw_walk"](ax, 0, name, ns["views"][name], ns["a"])
        walked = ns["views"][name].ravel().tolist()
        steps = {int(t.get_position()[0]): int(t.get_text()) for t in ax.texts if t.get_position()[1] > 1}
        assert steps == {number: step for step, number in enumerate(walked, start=1)}
        white = {int(t.get_text()) for t in ax.texts if t.get_color() == "white"}
        assert white == set(walked)


def test_broadcast_picture_is_the_sum(run: Run) -> None:
    texts = [text.get_text() for text in run.namespace["ax"].texts]
    numbers = [int(text) for text in texts if text.isdigit()]
    left, right, total = np.array(numbers).reshape(3, 3, 4)
    np.testing.assert_array_equal(left + right, total)
    np.testing.assert_array_equal(total, np.add.outer([0, 10, 20], [1, 2, 3, 4]))
    solid = sum(box.get_linestyle() in ("-", "solid") for box in run.namespace["ax"].patches)
    assert solid == 3 + 4 + 12  # 真有的格子画实线，广播出来的画虚线


def test_only_slices_write_through(run: Run) -> None:
    lines = run.text("改视图就是改原来的").splitlines()
    assert lines[0].endswith("[  0  10 116  88]")
    assert [line.endswith("True") for line in lines[1:]] == [True, False, False]


def test_tensor_shares_only_when_asked(run: Run) -> None:
    ns = run.namespace
    assert ns["numbers"] == [1.0, 2.0, 3.0]
    assert ns["shared"].tolist() == ns["array"].tolist() == [99, 2, 3]
    assert ns["copied"].tolist() == [1, 2, 3]
    ns["shared"][1] = -5
    assert ns["array"][1] == -5
    ns["array"][1] = 2


def test_view_needs_contiguous_memory(run: Run) -> None:
    text = run.text("转置之后不能直接 view")
    assert text.startswith("RuntimeError： view size is not compatible") and "[0, 3, 1, 4, 2, 5]" in text


def test_broadcast_costs_no_memory(run: Run) -> None:
    wide, row = run.namespace["wide"], run.namespace["row"]
    assert wide.strides == (0, row.itemsize) and np.shares_memory(wide, row)


def test_missing_axis_fails_or_lies(run: Run) -> None:
    """形状不同就报错；碰巧相同就除错了数，加上轴才对。"""
    ns = run.namespace
    counts, n = ns["counts"], ns["n"]
    assert run.text("少一个轴").startswith(
        "ValueError： operands could not be broadcast together with shapes (2,5) (2,)"
    )
    right = [[c / m for c in row] for row, m in zip(counts.tolist(), n.tolist(), strict=True)]
    np.testing.assert_array_equal(counts / n[:, None], right)
    assert run.text("少一个轴").endswith(f"{np.array(right)}\n")
    wrong_line, right_line = run.text("形状碰巧相同").splitlines()
    assert eval(right_line.split("：")[1]) == [row[:2] for row in right]
    assert eval(wrong_line.split("：")[1]) != [row[:2] for row in right]


def test_extra_axis_makes_a_square(run: Run) -> None:
    """猜得全对，损失却是 48/9：九对里除了对角线都不为 0。"""
    assert run.text("多一个轴").splitlines() == ["形状 (3, 3) ，损失 5.33", "压掉多的轴，损失 0.00"]
    assert run.namespace["error"].square().mean().item() == pytest.approx(48 / 9)


def test_small_integers_wrap(run: Run) -> None:
    assert run.text("整数会绕回来").splitlines() == ["加起来： [44] ，sum： 300", "差： [156]"]
    assert ((200 + 100) % 256, (100 - 200) % 256) == (44, 156)
