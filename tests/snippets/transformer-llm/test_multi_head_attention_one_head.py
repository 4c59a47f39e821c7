"""一个头做不到减法，两个头能；拿掉有用的头才会变差。"""

import torch
from guide.runner import Run


def error(run: Run, model) -> float:
    """测试数据上的均方误差。"""
    space = run.namespace
    with torch.no_grad():
        return space["error"](model, space["test_x"], space["test_y"]).item()


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
    """四个头里，拿掉两个没有什么影响，拿掉另外两个误差大增。"""
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
    after.sort()
    assert after[1] < 0.2, f"最没用的两个头拿掉后误差是 {after[:2]}"
    assert after[2] > 0.4, f"最有用的两个头拿掉后误差是 {after[2:]}"
