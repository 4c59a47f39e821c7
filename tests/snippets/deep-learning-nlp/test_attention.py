"""注意力的机制：与参考实现相等，权重是平均，掩码不漏，缩放稳住方差。"""

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention


@pytest.fixture
def qkv():
    """形状各不相同的一组 q、k、v：少了转置或换错了轴都会露馅。"""
    rng = np.random.default_rng(7)
    return rng.normal(size=(2, 3, 8)), rng.normal(size=(2, 5, 8)), rng.normal(size=(2, 5, 4))


def reference(q, k, v, visible=None, **options):
    mask = None if visible is None else torch.from_numpy(np.broadcast_to(visible, q.shape[:-1] + k.shape[-2:-1]).copy())
    return scaled_dot_product_attention(*map(torch.from_numpy, (q, k, v)), attn_mask=mask, **options).numpy()


def test_hand_computed_example(run):
    """页面上手算的数：两句话里的权重与输出。"""
    expected = np.exp([[2, 0, 1], [0, 0, 2]])
    expected /= expected.sum(axis=-1, keepdims=True)
    ns = run.namespace
    out, weights = ns["attention"](ns["queries"], ns["keys"], ns["values"])
    np.testing.assert_allclose(weights, expected)
    np.testing.assert_allclose(out, expected @ [[10, 0], [0, 0], [0, 10]])
    assert [ns["words"][i] for i in weights.argmax(axis=-1)] == ["小猫", "鱼"]


def test_softmax_is_a_distribution_and_does_not_overflow(run):
    """每行为正、和为 1，整行加一个常数不变，分数上千也不溢出。"""
    softmax = run.namespace["softmax"]
    scores = np.random.default_rng(0).normal(size=(4, 3, 5)) * 3
    weights = softmax(scores)
    assert (weights > 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    np.testing.assert_allclose(softmax(scores + 1000), weights)
    np.testing.assert_allclose(weights, torch.from_numpy(scores).softmax(dim=-1).numpy())


def test_attention_equals_pytorch(run, qkv):
    """没有掩码时与 PyTorch 逐元素相等，形状 (B, T_q, d_v)。"""
    out, weights = run.namespace["attention"](*qkv)
    assert out.shape == (2, 3, 4) and weights.shape == (2, 3, 5)
    np.testing.assert_allclose(out, reference(*qkv))


def test_masked_attention_equals_pytorch(run, qkv):
    """填充与因果掩码都与 PyTorch 相等；全部可见时就是没有掩码。"""
    ns = run.namespace
    q, k, v = qkv
    visible = np.arange(5) < np.array([5, 2])[:, None, None]
    np.testing.assert_allclose(ns["masked_attention"](q, k, v, visible)[0], reference(q, k, v, visible))
    causal = np.tril(np.ones((5, 5), dtype=bool))
    np.testing.assert_allclose(ns["masked_attention"](k, k, v, causal)[0], reference(k, k, v, is_causal=True))
    np.testing.assert_allclose(ns["masked_attention"](q, k, v, True)[0], ns["attention"](q, k, v)[0])


def test_causal_mask_leaks_nothing(run, qkv):
    """改动后面的词，前面的输出一个数都不变；权重正好是 0，行和是 1。"""
    masked = run.namespace["masked_attention"]
    _, k, v = qkv
    causal = np.tril(np.ones((5, 5), dtype=bool))
    before, weights = masked(k, k, v, causal)
    k2, v2 = k.copy(), v.copy()
    k2[:, 3:], v2[:, 3:] = 9, -9
    after, _ = masked(k2, k2, v2, causal)
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (weights[:, ~causal] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1)


def test_masking_after_softmax_leaks(run):
    """页面的对照：先遮时那个分数没有影响，后遮时有，而且和不是 1。"""
    text = run.text("先遮还是先算").splitlines()
    first, second = text[1:3], text[4:6]
    assert first[0] == second[0], "先遮时，被遮住的分数不该有影响"
    assert first[1] != second[1], "后遮时，被遮住的分数从分母漏进来"
    np.testing.assert_allclose(run.namespace["before"].sum(), 1)
    assert run.namespace["after"].sum() < 0.1


def test_dot_products_spread_like_square_root_of_d(run):
    """标准差随 √d 长；不缩放时最大权重升、导数降，缩放后两者不随 d 变。"""
    ns = run.namespace
    for line in run.text("维度越大，分数越散").splitlines():
        d, plain, scaled = (float(x) for x in __import__("re").findall(r"\d+\.?\d*", line))
        assert plain == pytest.approx(d**0.5, rel=0.03) and scaled == pytest.approx(1, abs=0.03)
    top, slope = ns["plain"].T
    assert (np.diff(top) > 0).all() and (np.diff(slope) < 0).all()
    assert top[-1] > 0.95 and slope[-1] < 0.1
    assert np.ptp(ns["scaled"], axis=0).max() < 0.05
    assert ns["scaled"][:, 1].min() > 0.7


def test_without_projections_everyone_prefers_itself(run):
    """等长向量之间，没有投影时最像的是自己，分数对称；有投影就都不成立。"""
    ns = run.namespace
    raw, projected = ns["raw"], ns["projected"]
    np.testing.assert_array_equal(raw.argmax(axis=-1), np.arange(5))
    np.testing.assert_allclose(raw, raw.T)
    assert (projected.argmax(axis=-1) != np.arange(5)).any()
    assert not np.allclose(projected, projected.T)


def test_cost_is_quadratic_in_length(run):
    """数出来的乘加与公式一致：注意力 2·T²·d，投影 3·T·d²。"""
    for T, d in [(64, 32), (128, 32), (128, 64)]:
        assert run.namespace["count"](T, d) == (3 * T * d * d, 2 * T * T * d)


def test_attention_is_blind_to_order(run):
    """打乱输入，输出跟着同样打乱；加上因果掩码就不再如此。"""
    ns = run.namespace
    text, mixed = "猫吃鱼", "鱼猫吃"
    order = [text.index(c) for c in mixed]
    everything = np.ones((3, 3), dtype=bool)
    np.testing.assert_allclose(ns["read"](mixed, everything), ns["read"](text, everything)[order])
    causal = np.tril(everything)
    assert not np.allclose(ns["read"](mixed, causal), ns["read"](text, causal)[order])
