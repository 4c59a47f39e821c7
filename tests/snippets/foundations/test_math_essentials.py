"""手算得出的小算例：与 SciPy、scikit-learn、PyTorch 或闭式解一致。"""

import numpy as np
import pytest
import torch
from guide.code.runner import Run
from scipy import special
from sklearn.decomposition import PCA


def test_cosine_ignores_length(run: Run) -> None:
    """余弦与 torch 的一致，放大一个向量不变；点积会变。"""
    cosine, cat, dog = (run.namespace[name] for name in ("cosine", "cat", "dog"))
    expected = torch.nn.functional.cosine_similarity(torch.tensor(cat), torch.tensor(dog), dim=0).item()

    assert cosine(cat, dog) == pytest.approx(expected)
    assert cosine(cat, 3 * dog) == pytest.approx(cosine(cat, dog))
    assert cat @ (3 * dog) == pytest.approx(3 * (cat @ dog))
    assert cosine(cat, dog) > cosine(cat, run.namespace["car"]) + 0.3


def test_eigenvectors_are_the_axes_of_the_ellipse(run: Run) -> None:
    """图上椭圆的长短半轴就是两个特征值。"""
    radius = np.linalg.norm(run.namespace["ellipse"], axis=0)

    assert [radius.min(), radius.max()] == pytest.approx(run.namespace["eigenvalues"], rel=1e-3)
    assert run.text("特征向量").count("True") == 2


def test_truncated_svd_is_the_best_rank_two(run: Run) -> None:
    """误差等于丢掉的奇异值的平方和再开方（Eckart–Young），且不差于原来造数据的那个秩 2 矩阵。"""
    w, s, error = run.namespace["W"], run.namespace["S"], run.namespace["error"]

    assert error * np.linalg.norm(w) == pytest.approx(np.sqrt((s[2:] ** 2).sum()))
    assert error * np.linalg.norm(w) <= np.linalg.norm(w - run.namespace["low_rank"])
    assert np.linalg.matrix_rank(run.namespace["W2"]) == 2


def test_pca_equals_sklearn(run: Run) -> None:
    reference = PCA().fit(run.namespace["points"])

    assert run.namespace["share"] == pytest.approx(reference.explained_variance_ratio_)
    assert abs(run.namespace["directions"][0] @ reference.components_[0]) == pytest.approx(1)


def test_bayes_equals_counting_people(run: Run) -> None:
    """拿 10,000 篇文章数一遍人头，与公式的结果一样。"""
    for line, ai in zip(run.text("贝叶斯定理").splitlines(), [100, 1000, 5000], strict=True):
        right, wrong = ai * 95 // 100, (10_000 - ai) * 5 // 100
        assert line.endswith(f"被标出之后 {right / (right + wrong):.0%}")


def test_likelihood_is_the_product_of_probabilities(run: Run) -> None:
    """对数似然等于逐字概率的对数之和；最高点就是频率。"""
    following, log_likelihood = run.namespace["following"], run.namespace["log_likelihood"]
    product = np.prod([0.6 if c == "爱" else 0.4 for c in following])

    assert log_likelihood(0.6) == pytest.approx(np.log(product))
    grid = np.arange(1, 1000) / 1000
    assert grid[log_likelihood(grid).argmax()] == following.count("爱") / len(following)


def test_softmax_equals_scipy_and_does_not_overflow(run: Run) -> None:
    softmax = run.namespace["softmax"]
    scores = np.random.default_rng(1).normal(size=50) * 10

    assert softmax(scores) == pytest.approx(special.softmax(scores))
    assert softmax(scores + 5000) == pytest.approx(softmax(scores))


def test_low_temperature_sharpens(run: Run) -> None:
    """温度低，最大的概率变大；温度高，变小。打印的三行与 torch 的 softmax 一致。"""
    rows = [line for line in run.text("softmax 与交叉熵").splitlines() if line.startswith(("概率", "温度"))]
    plain, cold, hot = (np.array(row.split("[")[1].rstrip("]").split(), dtype=float) for row in rows)
    scores = torch.tensor([2.0, 1.0, 0.0])

    assert [row.split("[")[0].strip() for row in rows] == ["概率", "温度 0.5 →", "温度 2.0 →"]
    assert cold.max() > plain.max() > hot.max()
    for row, temperature in ((cold, 0.5), (plain, 1.0), (hot, 2.0)):
        assert row == pytest.approx((scores / temperature).softmax(0).numpy(), abs=6e-4)


def test_perplexity_is_e_to_the_loss(run: Run) -> None:
    """困惑度是 e 的损失次方，不是 2 的；三个答案各一行。"""
    lines = [line for line in run.text("softmax 与交叉熵").splitlines() if line.startswith("答案是")]
    pairs = [(float(line.split("损失 ")[1].split("，")[0]), float(line.split()[-1])) for line in lines]

    assert len(pairs) == 3
    for loss, perplexity in pairs:
        assert perplexity == pytest.approx(np.exp(loss), rel=5e-3)


def test_lora_count_is_that_of_two_thin_layers(run: Run) -> None:
    """秩 8 的 LoRA 是两个线性层；个数与 PyTorch 数出来的一样。"""
    layers = [torch.nn.Linear(4096, 8, bias=False), torch.nn.Linear(8, 4096, bias=False)]

    assert run.namespace["lora"] == sum(layer.weight.numel() for layer in layers)
    assert "秩 8 的 LoRA 有 65,536 个，占 0.39%" in run.text("奇异值分解")


def test_cross_entropy_is_entropy_plus_kl(run: Run) -> None:
    p, q = run.namespace["p"], run.namespace["q"]

    assert run.namespace["kl"] == pytest.approx(special.rel_entr(p, q).sum() / np.log(2))
    assert run.namespace["cross_entropy"] == pytest.approx(run.namespace["entropy"] + run.namespace["kl"])
    assert run.namespace["kl"] > 0 and run.namespace["reverse"] > 0
    assert run.namespace["kl"] != pytest.approx(run.namespace["reverse"], rel=0.05)


def test_three_ways_to_the_gradient_agree(run: Run) -> None:
    """公式、有限差分、自动微分；分量之和为 0。"""
    formula = run.namespace["formula"]

    assert np.allclose(formula, run.namespace["measured"], atol=1e-8)
    assert np.allclose(formula, run.namespace["scores"].grad.numpy(), atol=1e-12)
    assert formula.sum() == pytest.approx(0)
    assert run.namespace["weight"].grad.item() == 6


def test_gradient_descent_diverges_exactly_above_the_limit(run: Run) -> None:
    """走过的点等于闭式解 (1 − 学习率 × 曲率)ᵗ；分界线是 2 / 最大特征值。"""
    descend, curvature = run.namespace["descend"], run.namespace["curvature"]
    closed = np.array([8.0, 2.0]) * (1 - 0.07 * curvature) ** 30

    assert descend(0.07)[-1] == pytest.approx(closed)
    slow, right, wild = (abs(path[-1]).max() for path in run.namespace["paths"].values())
    assert list(run.namespace["paths"]) == [0.02, 0.18, 0.21]
    assert right < 0.1 < slow < 8 < wild
    assert abs(descend(0.199, 400)[-1][1]) < 0.1
    assert abs(descend(0.201, 400)[-1][1]) > 50


def test_each_route_is_drawn_under_its_own_verdict(run: Run) -> None:
    """三张小图从上到下：太小、合适、太大，标题与学习率对得上。"""
    (figure,) = next(cell.figures for cell in run.cells if cell.cell.title == "画出下山的路")
    titles = [label for label in figure.labels if label.startswith("学习率")]

    assert [title[4:11] for title in titles] == ["0.02（太小", "0.18（合适", "0.21（太大"]


def test_maximum_entropy_is_softmax(run: Run) -> None:
    """带约束的优化找到 softmax；单纯形上随机取的分布没有一个更好；λ = ln Z − 1。"""
    found, objective, logits = (run.namespace[name] for name in ("found", "objective", "logits"))

    assert found == pytest.approx(special.softmax(logits), abs=1e-3)
    others = np.random.default_rng(2).dirichlet(np.ones(3), size=500)
    assert min(map(objective, others)) >= objective(found) - 1e-9
    assert run.namespace["multiplier"] == pytest.approx(special.logsumexp(logits) - 1, abs=1e-2)


def test_flexible_models_overfit(run: Run) -> None:
    """训练误差只降不升；验证误差先降后升，最低处在中间。"""
    train, valid = np.array(run.namespace["train_error"]), np.array(run.namespace["valid_error"])

    assert (np.diff(train) < 1e-9).all()
    assert 3 <= valid.argmin() + 1 <= 9
    assert valid[-1] > 1.5 * valid.min()
    assert train[-1] < 0.25 < valid.min() + 0.05


def test_cross_validation_picks_a_middle_penalty(run: Run) -> None:
    """选中的惩罚不在两头，在新数据上的误差接近五个里最好的。"""
    search, valid_x, valid_y = (run.namespace[name] for name in ("search", "valid_x", "valid_y"))
    rms = np.sqrt(np.mean((search.predict(valid_x[:, None]) - valid_y) ** 2))

    assert search.best_params_["ridge__alpha"] == 0.01
    assert rms < 0.3 < run.namespace["rms"]


def test_leakage_finds_signal_in_noise(run: Run) -> None:
    """标签是抛硬币：诚实的交叉验证在一半上下，泄漏的看起来几乎全对。"""
    assert run.namespace["leaky"] > 0.9
    assert 0.3 < run.namespace["honest"] < 0.65
