"""常见的错：每个症状都真的出现，改法也真的管用。"""

import re

import numpy as np
import pytest
import scipy.linalg
from guide.code.runner import Run
from sklearn.decomposition import PCA


def test_power_iteration_never_settles(run: Run) -> None:
    """旋转与翻转：连续两步总不在一条直线上。"""
    lines = run.text("停不下来的幂迭代").splitlines()
    assert len(lines) == 2
    for line in lines:
        seen = np.array(eval(line.split("：", 1)[1]))
        assert (np.abs((seen[1:] * seen[:-1]).sum(axis=1)) < 0.99).all()
    assert np.iscomplex(np.linalg.eigvals(run.namespace["matrices"]["旋转 90°"])).all()


def test_steps_follow_the_ratio(run: Run) -> None:
    """步数约等于 ln(精度) / ln(比值)。"""
    for line in run.text("差一点就慢很多").splitlines():
        second, steps = map(float, re.search(r"与 ([\d.]+)：要 (\d+) 步", line).groups())
        assert steps == pytest.approx(np.log(1e-6 * 0.6 / 0.8) / np.log(second / 3), abs=1.01)


def test_singular_values_are_a_row_of_numbers(run: Run) -> None:
    assert "形状 (3, 3) (2,) (2, 2)" in run.text("奇异值不是矩阵")
    text = run.text("乘回去的两种写法").splitlines()
    assert [line.rsplit(" ", 1)[1] for line in text[1:]] == ["True", "True", "False"]


def test_without_centring_the_first_direction_is_the_mean(run: Run) -> None:
    """没减平均值，第一方向指向平均值；减了才是散开的方向，与 scikit-learn 相同。"""
    data = run.namespace["data"]
    first = scipy.linalg.svd(data)[2][0]
    mean = data.mean(axis=0) / np.linalg.norm(data.mean(axis=0))
    assert abs(first @ mean) > 0.999
    assert abs(first @ PCA(1).fit(data).components_[0]) < 0.1
    wrong, right = (
        [float(x) for x in re.search(r"\[(.+?)\]", line)[1].split()] for line in run.text("没有减平均值").splitlines()
    )
    assert wrong == pytest.approx(np.abs(first), abs=0.01)
    assert np.abs(right) == pytest.approx(np.abs(PCA(1).fit(data).components_[0]), abs=0.01)


def test_units_change_pca_until_scaled(run: Run) -> None:
    rows = [[float(x) for x in re.findall(r"[\d.]+", line)] for line in run.text("单位不同").splitlines()]
    plain, scaled = np.array([r[:2] for r in rows]), np.array([r[2:] for r in rows])
    assert plain[0, 0] < 0.1 and plain[2, 0] > 0.9
    np.testing.assert_allclose(scaled, np.sqrt(0.5), atol=0.01)


def test_both_signs_are_valid(run: Run) -> None:
    """两组方向都能拼回原来的表。"""
    ns = run.namespace
    for Vt in (ns["once"], ns["again"]):
        np.testing.assert_allclose(ns["table"] @ Vt.T @ Vt, ns["table"])


def test_squaring_loses_the_small_singular_value(run: Run) -> None:
    lost, kept = run.text("小的奇异值丢了").splitlines()
    assert "'1.4e+00', '0.0e+00'" in lost and "'1.4e+00', '1.0e-09'" in kept
    np.testing.assert_allclose(scipy.linalg.svdvals(run.namespace["tiny"]), [2**0.5, 1e-9], rtol=1e-6)


def test_transposed_table_gives_directions_of_the_wrong_length(run: Run) -> None:
    assert re.findall(r"\((\d+), (\d+)\)", run.text("行与列弄反了")) == [("2", "64"), ("2", "1797")]
