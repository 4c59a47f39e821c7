"""四种写法：算的是同一件事，随便给什么数据都一样；计时与种子真的管用。"""

import math
import statistics
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from guide.code.runner import Run


def four_tables(run: Run, labels: list[int], lengths: list[int], negative: list[bool]) -> dict[str, np.ndarray]:
    """同样三列交给四个版本，返回四张 (2, 4) 的表。"""
    ns = run.namespace
    arrays = [np.array(column) for column in (labels, lengths, negative)]
    frame = pd.DataFrame(dict(zip(["类别", "字数", "含不"], arrays, strict=True)))
    tensors = [torch.tensor(labels), *(torch.tensor(c, dtype=torch.double) for c in (lengths, negative))]
    return {
        "Python": np.array(ns["by_python"](labels, lengths, negative)),
        "NumPy": ns["by_numpy"](*arrays),
        "pandas": ns["by_pandas"](frame.sort_values("类别", kind="stable")).to_numpy(),
        "PyTorch": ns["by_torch"](*tensors).numpy(),
    }


@pytest.mark.parametrize("seed", range(4))
def test_four_versions_agree_with_the_standard_library(run: Run, seed: int) -> None:
    """随机数据上，四张表都等于 statistics 与逐条数出来的。"""
    rng = np.random.default_rng(seed)
    labels = [0, 1, *rng.integers(0, 2, size=50).tolist()]
    lengths = rng.integers(1, 3000, size=52).tolist()
    negative = (rng.random(52) < 0.6).tolist()
    expected = []
    for kind in (0, 1):
        mine = [i for i, label in enumerate(labels) if label == kind]
        numbers = [lengths[i] for i in mine]
        share = sum(negative[i] for i in mine) / len(mine)
        expected.append([len(mine), statistics.mean(numbers), statistics.pstdev(numbers), share])

    for name, table in four_tables(run, labels, lengths, negative).items():
        np.testing.assert_allclose(table, expected, rtol=1e-12, err_msg=name)


def test_the_page_compares_all_four(run: Run) -> None:
    lines = run.text("四张表一样吗").splitlines()
    assert [line.split()[0] for line in lines] == ["NumPy", "pandas", "PyTorch"]
    assert all(line.endswith("True") for line in lines)
    printed = {run.text(f"第{i}种：{name}").splitlines()[-1] for i, name in [("一", "纯 Python"), ("四", "PyTorch")]}
    assert len(printed) == 1


def test_reviews_are_unique_and_unambiguous(run: Run) -> None:
    """留下的每条只出现一次，没有空的；数目与软件包里的文件相符。"""
    texts, labels = run.namespace["texts"], run.namespace["labels"]

    assert len(texts) == len(set(texts)) == len(labels) == 17363
    assert labels.count(0) == 8379 - 47 and labels.count(1) == 9078 - 47
    assert all(text == text.strip() != "" for text in texts)
    for kind, name in enumerate(["pos.txt", "neg.txt"]):
        raw = {line.strip() for line in (run.namespace["folder"] / name).read_text(encoding="utf-8").split("\n")}
        assert {text for text, label in zip(texts, labels, strict=True) if label == kind} <= raw


def test_columns_describe_the_texts(run: Run) -> None:
    ns = run.namespace
    assert ns["lengths"] == [len(text) for text in ns["texts"]] == ns["table"]["字数"].tolist()
    assert ns["negative"] == ["不" in text for text in ns["texts"]] == ns["table"]["含不"].tolist()
    assert [ns["KINDS"][label] for label in ns["labels"]] == ns["table"]["类别"].tolist()


def test_every_section_reverses_the_total(run: Run) -> None:
    """总的看好评更常含“不”，每一段里都是差评更常含；各段加起来还是全部。"""
    counts, shares = run.namespace["counts"], run.namespace["shares"]

    assert (shares["差评"] > shares["好评"]).all()
    total = (shares * counts).sum() / counts.sum()
    assert total["好评"] > total["差评"]
    assert counts.sum().tolist() == [8332, 9031]
    lengths, labels = np.array(run.namespace["lengths"]), np.array(run.namespace["labels"])
    first = [int(((lengths <= 10) & (labels == kind)).sum()) for kind in (0, 1)]  # 左开右闭
    assert counts.iloc[0].tolist() == first
    np.testing.assert_allclose(total.tolist(), [row[3] for row in run.namespace["with_python"]])


def test_timed_keeps_the_function_and_counts_failures(run: Run) -> None:
    """名字、说明、返回值不变；每次都记一笔，出错也记。"""
    seconds = run.namespace["SECONDS"]

    @run.namespace["timed"]
    def divide(a: float, b: float) -> float:
        """相除。"""
        return a / b

    assert divide(6, b=3) == 2
    assert (divide.__name__, divide.__doc__) == ("divide", "相除。")
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)
    recorded = seconds.pop("divide")
    assert len(recorded) == 2 and all(second > 0 for second in recorded)


def test_whole_arrays_beat_the_loop(run: Run) -> None:
    """三十多万条时，NumPy 的计算比循环快好几倍；换成数组却不便宜。"""
    lines = dict(line.split()[:2] for line in run.text("哪一版最快").splitlines()[1:])
    shown = {name: float(value) for name, value in lines.items()}

    assert set(shown) == {"by_python", "to_arrays", "by_numpy", "by_pandas", "by_torch"}
    assert shown["by_numpy"] * 4 < shown["by_python"]
    assert shown["to_arrays"] > shown["by_numpy"]


@pytest.fixture(name="rng_state")
def keep_rng_state() -> Iterator[torch.Tensor]:
    state = torch.get_rng_state()
    yield state
    torch.set_rng_state(state)


def test_seeded_gives_the_random_state_back(run: Run, rng_state: torch.Tensor) -> None:
    """里面可重复，外面不受影响；中途出错也还回去。"""
    seeded = run.namespace["seeded"]
    with seeded(3):
        inside = torch.rand(4)
    assert torch.equal(torch.get_rng_state(), rng_state)
    with seeded(3):
        assert torch.equal(torch.rand(4), inside)
    with pytest.raises(RuntimeError, match="中途"), seeded(3):
        raise RuntimeError("中途出错")
    assert torch.equal(torch.get_rng_state(), rng_state)
    with seeded(4):
        assert not torch.equal(torch.rand(4), inside)


def test_samples_scatter_as_much_as_promised(run: Run) -> None:
    """两百次抽样的散布约等于标准差除以 √n；同一种子给同一个数，抽样不重复。"""
    estimate = run.namespace["estimate"]
    estimates = [estimate(seed) for seed in range(200)]

    assert estimate(7) == estimates[7]
    promised = run.namespace["standard_error"].item()
    assert statistics.stdev(estimates) == pytest.approx(promised, rel=0.2)
    assert statistics.mean(estimates) == pytest.approx(
        run.namespace["good"].mean().item(), abs=3 * promised / math.sqrt(200)
    )
    assert estimate(0, size=8332) == pytest.approx(run.namespace["good"].mean().item())


def test_gradient_matches_the_formula(run: Run) -> None:
    """从 0 起猜，梯度是 −2 × 这一类的字数之和 ÷ 总条数；最后停在平均上。"""
    ns = run.namespace
    lengths, labels = np.array(ns["lengths"]), np.array(ns["labels"])
    expected = [float(-2 * lengths[labels == kind].sum() / len(lengths)) for kind in (0, 1)]

    printed = run.text("张量会求梯度").splitlines()[1].split("：")[1]
    assert printed.strip() == str([round(value, 2) for value in expected])
    np.testing.assert_allclose(ns["guess"].detach(), [row[1] for row in ns["with_python"]], atol=0.01)


def test_deviation_conventions(run: Run) -> None:
    lines = run.text("标准差对不上").splitlines()
    assert ["1.63" in line for line in lines] == [True, False, False, True]
    assert ["2.0" in line for line in lines] == [False, True, True, True]


def test_most_of_the_wrong_are_not_bad(run: Run) -> None:
    """好评里的“错”九成以上出自“不错”。"""
    texts, labels = run.namespace["texts"], run.namespace["labels"]
    for line, word in zip(run.text("“错”字从哪里来").splitlines(), ["错", "不错"], strict=True):
        share = {}
        for kind, name in enumerate(run.namespace["KINDS"]):
            mine = [word in text for text, label in zip(texts, labels, strict=True) if label == kind]
            share[name] = round(sum(mine) / len(mine), 3)
        assert line.endswith(str(share))


def test_pandas_columns_are_safe_to_change(run: Run) -> None:
    first, second = run.text("取出来改，原表不动").splitlines()
    assert first.endswith("[59, 180, 142]") and second.endswith("[0, 180, 142]")
    assert run.namespace["table"]["字数"].iloc[0] == 59
