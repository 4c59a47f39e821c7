"""加权平均：与标准库相等，权重只看比例，总在最小与最大之间。"""

import statistics

import pytest
from guide.code.runner import Run

CASES = [([60, 80, 100], [1, 1, 2]), ([3.5], [0.2]), ([-1, 0, 4], [0, 5, 1])]


@pytest.mark.parametrize(("values", "weights"), CASES)
def test_equals_the_reference(run: Run, values: list[float], weights: list[float]) -> None:
    """与 statistics.fmean 相等。"""
    ours = run.namespace["weighted_mean"](values, weights)
    assert ours == pytest.approx(statistics.fmean(values, weights))


@pytest.mark.parametrize(("values", "weights"), CASES)
def test_only_proportions_matter(run: Run, values: list[float], weights: list[float]) -> None:
    """权重同乘一个数，结果不变；结果在最小与最大之间。"""
    weighted_mean = run.namespace["weighted_mean"]
    ours = weighted_mean(values, weights)
    assert weighted_mean(values, [7 * w for w in weights]) == pytest.approx(ours)
    assert min(values) <= ours <= max(values)


def test_hand_example(run: Run) -> None:
    """页面手算的两行。"""
    assert run.text("三次考试") == "权重一样： 80.0\n期末占一半： 85.0\n"
