"""pass@k：等于枚举，等于组合数，无偏；直接代入偏低。"""

import itertools
import math

import numpy as np
import pytest


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_equals_enumeration(run, n):
    """公式等于把所有挑法逐个数一遍。"""
    for c in range(n + 1):
        for k in range(1, n + 1):
            picks = list(itertools.combinations(range(n), k))
            share = sum(any(i < c for i in pick) for pick in picks) / len(picks)
            assert run.namespace["pass_at_k"](n, c, k) == pytest.approx(share)


@pytest.mark.parametrize(("n", "c", "k"), [(200, 3, 100), (1000, 7, 10), (500, 499, 1)])
def test_stable_product_equals_binomials(run, n, c, k):
    """连乘与精确的整数组合数相等。"""
    exact = 1 - math.comb(n - c, k) / math.comb(n, k)
    assert run.namespace["pass_at_k"](n, c, k) == pytest.approx(exact, rel=1e-10)


def test_worked_example(run):
    """n=5、c=2、k=2：10 种挑法里 3 种全错。"""
    ns = run.namespace
    assert len(ns["picks"]) == 10 and len(ns["all_wrong"]) == 3
    assert ns["pass_at_k"](5, 2, 2) == pytest.approx(0.7)


@pytest.mark.parametrize("p", [0.02, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("k", [1, 2, 5, 8])
def test_unbiased_and_plug_in_is_low(run, p, k):
    """无偏估计的精确平均就是真值；直接代入在 k = 1 时相等，k > 1 时偏低。"""
    ns = run.namespace
    truth = 1 - (1 - p) ** k
    assert ns["mean_estimate"](ns["pass_at_k"], 8, k, p) == pytest.approx(truth)
    naive = ns["mean_estimate"](ns["naive"], 8, k, p)
    assert naive == pytest.approx(truth) if k == 1 else naive < truth - 1e-6


def test_simulation_agrees(run):
    """十万次模拟的平均与真值差不到半个百分点。"""
    ns = run.namespace
    assert ns["table"][ns["c"]].mean() == pytest.approx(1 - 0.9**5, abs=0.005)
    assert ns["plug_in"].mean() < 1 - 0.9**5 - 0.03


def test_huge_factorial_overflows(run):
    """大阶乘转不成浮点数。"""
    assert run.text("用大阶乘").startswith("OverflowError")
    assert np.isfinite(run.namespace["pass_at_k"](2000, 10, 500))
