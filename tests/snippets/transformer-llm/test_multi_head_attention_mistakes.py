"""页面上说会出的错，真的会出；说静静算错的，真的没有报错。"""

import torch
from guide.code.runner import Run


def test_messages(run: Run) -> None:
    """三条报错与页面引用的一致。"""
    assert "must match the size of tensor b (5)" in run.text("填充掩码的形状不对")
    assert "Use .reshape(...) instead" in run.text("转置之后直接展平")
    assert "invalid for input of size 30" in run.text("三个词元就露馅")


def test_silent_batch_equals_length(run: Run) -> None:
    """B 等于 T 时，(B, T) 的填充掩码被当成 (T, T)，填充得到了权重；补上轴就对了。"""
    space = run.namespace
    padding = space["padding_for"]([1, 2, 3], 3)
    scores = torch.zeros(3, 2, 3, 3)
    wrong = space["careless_weights"](scores, padding)
    right = space["careless_weights"](scores, padding[:, None, None, :])
    assert wrong[0, :, :, 1:].sum() > 0
    assert right[0, :, :, 1:].sum() == 0
    assert wrong[0].equal(wrong[1])  # 每句都用了同一张
    torch.manual_seed(2)
    scores = 5 * torch.randn(3, 2, 3, 3)
    expected = scores.masked_fill(~padding[:, None, None, :], -torch.inf).softmax(dim=-1)
    torch.testing.assert_close(space["careless_weights"](scores, padding[:, None, None, :]), expected)
    assert run.text("碰巧不报错").count("1. 0. 0.") == 3  # 页面上补轴之后的三行


def test_silent_batch_equals_heads(run: Run) -> None:
    """B 等于 H 时，(B, T, T) 的掩码按头而不是按句子起作用。"""
    weights = run.namespace["by_head"]  # 4 句话，只有第 1 句短
    assert (weights[0, 1:, :, 1:] > 0).all(), "第 1 句的填充被头 2、3、4 看见了"
    assert (weights[1:, 0, :, 1:] == 0).all(), "别的句子的头 1 却被无故遮住了"
    lines = run.text("碰巧等于头数").splitlines()
    for line, (sentence, head) in zip(lines, [(1, 1), (1, 2), (2, 1)], strict=True):
        assert line == f"第 {sentence} 句的头 {head}： {weights[sentence - 1, head - 1, 0].numpy().round(2)}"


def test_guessed_length_mixes_tokens(run: Run) -> None:
    """-1 猜出了 5 个词元，第 2 个里混着两个真词元的数。"""
    heads = run.namespace["heads"]
    assert heads.shape == (1, 5, 4, 2)
    assert sorted({int(n) // 10 for n in heads[0, 1].flatten()}) == [0, 1]


def test_opposite_meaning(run: Run) -> None:
    """给官方模块“可以看”的掩码：只剩未来，最后一行是 NaN。"""
    weights = run.namespace["weights"][0]
    assert (weights[:3].tril() == 0).all()
    assert weights[3].isnan().all()


def test_three_answers_for_an_empty_row(run: Run) -> None:
    """整行都不能看时：官方函数是 0，官方模块要不要权重答案不同。"""
    lines = run.text("全遮的行，三种答案").splitlines()
    assert [set(line.partition("[")[2].rstrip("]").split(", ")) for line in lines] == [{"0.0"}, {"nan"}, {"0.0"}]
