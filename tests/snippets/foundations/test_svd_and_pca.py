"""SVD 与 PCA：与 NumPy、SciPy、scikit-learn 一致，低秩近似没有对手。"""

import re

import numpy as np
import pytest
import scipy.linalg
from guide.code.runner import Run
from sklearn.decomposition import PCA


def same_up_to_sign(ours: np.ndarray, theirs: np.ndarray) -> None:
    """逐行比较方向：正负号不算。"""
    np.testing.assert_allclose(np.abs((ours * theirs).sum(axis=1)), 1, atol=1e-8)


def test_rank_is_the_number_of_outer_products(run: Run) -> None:
    """乘法表是一列乘一行；加法表正好是两张这样的表之和，少一张不行。"""
    n, times, plus = (run.namespace[name] for name in ("n", "times", "plus"))
    ones = np.ones(9)
    np.testing.assert_array_equal(times, [[a * b for b in n] for a in n])
    np.testing.assert_array_equal(plus, np.outer(n, ones) + np.outer(ones, n))
    ranks = [int(line.rsplit("秩 ")[1]) for line in run.text("三张表的秩").splitlines()]
    assert ranks == [int((scipy.linalg.svdvals(t) > 1e-9).sum()) for t in run.namespace["tables"].values()] == [1, 2, 9]


def test_the_four_moves_do_what_their_names_say(run: Run) -> None:
    """旋转不改变长度，剪切不改变面积，压扁没有面积，伸缩不拐坐标轴。"""
    stretch, rotate, shear, flatten = run.namespace["moves"].values()
    np.testing.assert_allclose(rotate.T @ rotate, np.eye(2), atol=1e-12)
    assert np.degrees(np.arctan2(rotate[1, 0], rotate[0, 0])) == pytest.approx(30)
    assert np.linalg.det(shear) == pytest.approx(1) and not np.allclose(shear.T @ shear, np.eye(2))
    assert np.linalg.det(flatten) == pytest.approx(0) and np.abs(flatten).min() > 0
    assert np.count_nonzero(stretch - np.diag(np.diag(stretch))) == 0


@pytest.mark.parametrize("n", [2, 3, 6])
def test_power_iteration_equals_eigh(run: Run, n: int) -> None:
    """随机的对称矩阵：与 np.linalg.eigh 绝对值最大的那个特征值、特征向量相同，正负也对。"""
    root = np.random.default_rng(n).normal(size=(n, n))
    for symmetric in (root @ root.T, -root @ root.T):
        value, v = run.namespace["power_iteration"](symmetric)
        values, vectors = np.linalg.eigh(symmetric)
        best = np.abs(values).argmax()
        assert value == pytest.approx(values[best])
        same_up_to_sign(v[None], vectors[:, best][None])
        assert np.linalg.norm(v) == pytest.approx(1)


def test_repeated_multiplication_matches_the_closed_form(run: Run) -> None:
    """页面上的推导：第 k 次是 ((3ᵏ+1)/2, (3ᵏ−1)/2)。"""
    for k, line in enumerate(run.text("反复相乘").splitlines(), start=1):
        vector = [float(x) for x in re.search(r"\[(.+?)\]", line)[1].split()]
        assert vector == [(3**k + 1) / 2, (3**k - 1) / 2]
    np.testing.assert_array_equal(run.namespace["x"], [122, 121])


def test_eigenvectors_of_a_symmetric_matrix_are_orthogonal(run: Run) -> None:
    lines = run.text("幂迭代").splitlines()
    assert "特征值 3.000" in lines[0] and lines[1].endswith("True") and "特征值 1.000" in lines[2]
    assert lines[3].endswith("0.000")


def test_hand_computed_svd(run: Run) -> None:
    """手算的 2 × 2：奇异值 2 与 0.5，方向与 NumPy 相同，圆上量出的最长最短也是它们。"""
    ns = run.namespace
    U, S, Vt = np.linalg.svd(ns["A"])
    np.testing.assert_allclose(S, [2, 0.5])
    same_up_to_sign(Vt, np.stack([ns["v1"], [-0.8, 0.6]]))
    same_up_to_sign(U.T, np.stack([ns["u1"], ns["u2"]]))
    assert [ns["length"].max(), ns["length"].min()] == pytest.approx([2, 0.5], rel=1e-3)
    np.testing.assert_allclose(ns["A"], 2 * np.outer(ns["u1"], ns["v1"]) + 0.5 * np.outer(ns["u2"], [-0.8, 0.6]))


def test_three_stages_are_rotate_stretch_rotate(run: Run) -> None:
    """图上的四步：转的两步不改长度，最后一步就是 A。"""
    start, turned, stretched, done = run.namespace["stages"].values()
    np.testing.assert_allclose(start, np.eye(2))
    np.testing.assert_allclose(turned.T @ turned, np.eye(2), atol=1e-12)
    turn_back = done @ np.linalg.inv(stretched)
    np.testing.assert_allclose(turn_back.T @ turn_back, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(np.sort(scipy.linalg.svdvals(stretched)), [0.5, 2])
    np.testing.assert_allclose(done, run.namespace["A"], atol=1e-12)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (20, 6)])
def test_svd_by_power_equals_numpy(run: Run, shape: tuple[int, int]) -> None:
    """方的、高的、扁的都与 np.linalg.svd 相同（方向不计正负），U 与 V 成对。"""
    matrix = np.random.default_rng(3).normal(size=shape)
    k = 3
    U, S, Vt = run.namespace["svd_by_power"](matrix, k)
    U_np, S_np, Vt_np = np.linalg.svd(matrix, full_matrices=False)
    assert (U.shape, S.shape, Vt.shape) == ((shape[0], k), (k,), (k, shape[1]))
    np.testing.assert_allclose(S, S_np[:k])
    same_up_to_sign(Vt, Vt_np[:k])
    same_up_to_sign(U.T, U_np.T[:k])
    np.testing.assert_allclose(matrix @ Vt.T, U * S, atol=1e-8)
    if k == min(shape):
        np.testing.assert_allclose(U * S @ Vt, matrix, atol=1e-8)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_truncation_error_is_the_discarded_singular_values(run: Run, k: int) -> None:
    """误差等于丢掉的奇异值平方和开方；秩正好是 k；再截一次不变。"""
    truncate = run.namespace["truncate"]
    matrix = np.random.default_rng(5).normal(size=(9, 6))
    near = truncate(matrix, k)
    S = scipy.linalg.svdvals(matrix)
    assert np.linalg.norm(matrix - near) == pytest.approx(np.sqrt((S[k:] ** 2).sum()))
    assert np.linalg.norm(matrix - near, 2) == pytest.approx(S[k])
    assert np.linalg.matrix_rank(near) == k
    np.testing.assert_allclose(truncate(near, k), near, atol=1e-10)
    np.testing.assert_allclose(truncate(matrix, 6), matrix)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_eckart_young_against_rivals(run: Run, k: int) -> None:
    """随机的、配到最好的、交替最小二乘反复改进的秩 k 矩阵，没有一个更近；改进到头就追平。"""
    rng = np.random.default_rng(k)
    matrix = rng.normal(size=(7, 5))
    best = np.linalg.norm(matrix - run.namespace["truncate"](matrix, k))
    for _ in range(20):
        left = rng.normal(size=(7, k))
        for _ in range(300):
            right = np.linalg.lstsq(left, matrix)[0]
            assert np.linalg.norm(matrix - left @ right) >= best - 1e-9
            left = np.linalg.lstsq(right.T, matrix.T)[0].T
        assert np.linalg.norm(matrix - left @ right) == pytest.approx(best, rel=1e-2)


def test_ten_thousand_rivals_lose(run: Run) -> None:
    """页面上的比赛：三种对手各一万个，最好的也输；越会配的输得越少。"""
    ns = run.namespace
    assert all(len(errors) == 10_000 for errors in ns["error"].values())
    minima = [min(errors) for errors in ns["error"].values()]
    assert ns["best"] < minima[2] < minima[1] < minima[0]
    S = scipy.linalg.svdvals(ns["target"])
    assert ns["best"] == pytest.approx(np.sqrt((S[2:] ** 2).sum()))
    assert run.text("与一万个随机矩阵比").count("胜过 SVD 的 0 个") == 3


def test_picture_compression(run: Run) -> None:
    """报的误差与个数都对：误差随秩下降，秩 20 不到 3%，个数不到四成。"""
    picture = run.namespace["picture"]
    assert picture.shape == (96, 144) and picture.min() >= 0 and picture.max() <= 1
    S = scipy.linalg.svdvals(picture)
    for line in run.text("画一幅山水").splitlines()[1:]:
        k, numbers, percent = (float(x) for x in re.findall(r"\d+\.?\d*", line))
        assert numbers == k * (96 + 144)
        assert percent == pytest.approx(100 * np.sqrt((S[int(k) :] ** 2).sum() / (S**2).sum()), abs=0.06)
    assert percent < 3 and numbers < 0.4 * picture.size


def test_covariance_of_the_four_people(run: Run) -> None:
    ns = run.namespace
    np.testing.assert_allclose(ns["covariance"], np.cov(ns["scores"], rowvar=False))
    np.testing.assert_allclose(ns["X"].mean(axis=0), 0, atol=1e-12)
    values = np.linalg.eigvalsh(ns["covariance"])[::-1]
    np.testing.assert_allclose(values, [6, 2 / 3])  # 手算的两个方差


@pytest.mark.parametrize("shape", [(30, 5), (6, 10)])
def test_pca_equals_sklearn(run: Run, shape: tuple[int, int]) -> None:
    """不居中的随机数据：方向（不计正负）、比例、平均值都与 scikit-learn 相同，比例之和是 1。"""
    data = np.random.default_rng(8).normal(size=shape) * np.arange(1, shape[1] + 1) + 7
    k = min(shape) - 1
    mean, directions, share = run.namespace["pca"](data, k)
    reference = PCA(k).fit(data)
    np.testing.assert_allclose(mean, reference.mean_)
    same_up_to_sign(directions, reference.components_)
    np.testing.assert_allclose(share, reference.explained_variance_ratio_)
    assert run.namespace["pca"](data, min(shape))[2].sum() == pytest.approx(1)


def test_digits_agree_with_sklearn(run: Run) -> None:
    ns = run.namespace
    assert ns["same"].min() > 0.9999
    assert ns["share"].sum() == pytest.approx(1)
    np.testing.assert_allclose(ns["share"], PCA().fit(ns["digits"].data).explained_variance_ratio_, atol=1e-12)
    np.testing.assert_allclose(np.abs(ns["flat"]), np.abs(PCA(2).fit_transform(ns["digits"].data)), atol=1e-3)


def test_power_iteration_finds_the_directions_of_the_digits(run: Run) -> None:
    """正文说的：把 np.linalg.svd 换成 svd_by_power，前 10 个方向照样对得上。"""
    ns = run.namespace
    _, S, Vt = ns["svd_by_power"](ns["digits"].data - ns["mean"], 10)
    same_up_to_sign(Vt, ns["directions"][:10])
    np.testing.assert_allclose(S**2 / 1796, PCA(10).fit(ns["digits"].data).explained_variance_)


def test_paper_exercise(run: Run) -> None:
    """纸笔题的答案：奇异值 2√2 与 √2，方向如页面所写。"""
    U, S, Vt = run.namespace["svd_by_power"](np.array([[2.0, 2.0], [-1.0, 1.0]]), 2)
    np.testing.assert_allclose(S, [8**0.5, 2**0.5])
    same_up_to_sign(Vt, np.array([[1, 1], [1, -1]]) / 2**0.5)
    same_up_to_sign(U.T, np.array([[1.0, 0.0], [0.0, -1.0]]))


def test_principal_direction_has_the_largest_variance(run: Run) -> None:
    """四周试一圈，没有哪个方向上的方差比第一主方向的大。"""
    ns = run.namespace
    along = (ns["X"] @ ns["circle"]).var(axis=0, ddof=1)
    assert along.max() == pytest.approx(6) and along.argmax() % 180 == 45


def test_more_directions_rebuild_better(run: Run) -> None:
    """拼回来的数字：方向越多差得越少，全部用上就没有差。"""
    ns = run.namespace
    gaps = []
    for k in (2, 10, 30, 64):
        d = ns["directions"][:k]
        gaps.append(np.linalg.norm(ns["one"] - ns["mean"] - (ns["one"] - ns["mean"]) @ d.T @ d))
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(ns["rebuilt"], ns["one"], atol=1e-9)


def test_printed_errors_are_the_discarded_singular_values(run: Run) -> None:
    """两列数都等于用 SciPy 算出来的误差。"""
    S = scipy.linalg.svdvals(run.namespace["picture"])
    for line in run.text("误差早就写在奇异值里").splitlines():
        k, measured, dropped = (float(x) for x in re.findall(r"\d+\.?\d*", line))
        assert measured == dropped == pytest.approx(np.sqrt((S[int(k) :] ** 2).sum()), abs=1e-4)


def test_rank_of_the_picture_on_the_page(run: Run) -> None:
    """正文说添 50 的误差是 0，因为这幅画的秩只有 39；画图的一格不因多一个秩而报错。"""
    ns = run.namespace
    assert np.linalg.matrix_rank(ns["picture"]) == 39
    assert np.linalg.norm(ns["picture"] - ns["truncate"](ns["picture"], 50)) < 1e-9
    assert list(ns["shown"]) == ["原画", "秩 1", "秩 5", "秩 20"]
