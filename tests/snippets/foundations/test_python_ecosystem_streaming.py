"""一次只拿一批：懒、不丢、不多占；重试只在该重试的时候重试。"""

import itertools
import json
import math
import tracemalloc
import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from guide.code.runner import Run


class Item:
    """可以弱引用的元素。"""


@pytest.fixture(name="path")
def small_file(tmp_path: Path) -> Path:
    """一百条短评论，字都在片段的字表里。"""
    texts = ["不好" * (i % 3 + 1) + "好" * (i % 2) + "没用" * (i % 5) for i in range(100)]
    path = tmp_path / "reviews.jsonl"
    lines = (json.dumps({"label": i % 2, "text": text}) for i, text in enumerate(texts))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_batches_loses_nothing_and_takes_endless_input(run: Run) -> None:
    batches = run.namespace["batches"]

    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches(range(6), 3)) == [[0, 1, 2], [3, 4, 5]]
    assert list(batches([], 3)) == []
    assert next(batches(itertools.count(), 4)) == [0, 1, 2, 3]


def test_only_one_batch_is_alive(run: Run) -> None:
    """造第 k 个元素时，活着的不超过手里那一批加上正在攒的一批。"""
    alive: weakref.WeakSet[Item] = weakref.WeakSet()
    most = 0

    def items() -> Iterator[Item]:
        nonlocal most
        for _ in range(50):
            item = Item()
            alive.add(item)
            most = max(most, len(alive))
            yield item
            del item

    seen = 0
    for batch in run.namespace["batches"](items(), 5):
        seen += len(batch)
        del batch  # 用完就放手

    assert seen == 50
    assert most <= 2 * 5


def test_reader_is_lazy(run: Run, tmp_path: Path) -> None:
    """第 2 行是坏的：只要第 1 行时不出错，要到第 2 行才出错；要不要打印都一样懒。"""
    path = tmp_path / "two.jsonl"
    path.write_text('{"text": "好"}\n坏\n', encoding="utf-8")
    for name in ("read_reviews", "records"):
        reader = run.namespace[name](path)
        assert next(reader) == {"text": "好"}
        with pytest.raises(json.JSONDecodeError):
            next(reader)


@pytest.mark.parametrize("name", ["read_reviews", "records"])
def test_reader_holds_one_line(run: Run, tmp_path: Path, name: str) -> None:
    """要第一条时，不会把整个文件读进内存。"""
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps({"text": "good" * 50}) + "\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8") * 20000, encoding="utf-8")  # 约 4 MB
    reader = run.namespace[name](path)

    assert run.namespace["peak_of"](next, reader) < 0.5
    reader.close()


def test_peak_of_measures_what_the_function_allocates(run: Run) -> None:
    """八百万字节的数组，量出来就是 8 MB，即使函数一返回它就没有了。"""
    assert run.namespace["peak_of"](np.ones, 1_000_000) == pytest.approx(8, rel=0.01)


def test_lines_are_read_when_asked_for(run: Run) -> None:
    lines = run.text("生成器：有人要才读").splitlines()
    order = [line.split("：")[0].strip() for line in lines]
    assert order == ["造好了，还没有读", "（读第 1 行）", "要到第一条", "（读第 2 行）", "要到第二条"]


def test_counts_equal_a_counter(run: Run, path: Path) -> None:
    """逐批数、一次数、用 Counter 数，三样相同；批的大小不影响结果。"""
    ns = run.namespace
    reviews = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    expected = [Counter(c for r in reviews if r["label"] == kind for c in set(r["text"])) for kind in (0, 1)]

    for n, counts in [ns["count_at_once"](path), *(ns["count_in_batches"](path, size) for size in (1, 7, 100, 999))]:
        assert n.tolist() == [50, 50]
        for kind in (0, 1):
            assert {c: counts[kind, j] for c, j in ns["column"].items() if counts[kind, j]} == expected[kind]


def test_the_real_counts_are_complete(run: Run) -> None:
    ns = run.namespace
    assert ns["n"].tolist() == [8332, 9031]
    assert (ns["counts"] == ns["counts_again"]).all()
    assert (ns["counts"].sum(axis=0) > 0).all()
    assert (ns["rate"] <= 1).all()
    np.testing.assert_array_equal(ns["rate"][1], ns["counts"][1] / 9031)
    assert [ns["characters"][j] for j in ns["order"][[0, -1]]] == ["错", "没"]
    good, bad, _ = run.text("哪些字露了底").splitlines()
    assert good.startswith("好评更爱用 错 -") and bad.startswith("差评更爱用 没 +")


def test_peak_memory_follows_the_batch_size(run: Run) -> None:
    """量出来的峰值：一口气的至少是每批 500 条的十倍，批越小越省。"""
    ns = run.namespace
    peaks = ns["peaks"]

    assert ns["at_once"] > 10 * peaks[500]
    assert peaks[2000] > 2 * peaks[500] > 4 * peaks[100]
    batch_bytes = 500 * len(ns["characters"]) / 1e6  # 一批的 (B, V) 真假表
    assert batch_bytes < peaks[500] < 3 * batch_bytes


def test_streaming_memory_does_not_grow_with_the_file(run: Run, path: Path, tmp_path: Path) -> None:
    """文件长二十倍，逐批数的峰值不变；peak_of 量完就关上。"""
    ns = run.namespace
    longer = tmp_path / "longer.jsonl"
    longer.write_text(path.read_text(encoding="utf-8") * 20, encoding="utf-8")
    ns["count_in_batches"](path, 50)  # 先热身
    small, large = (ns["peak_of"](ns["count_in_batches"], p, 50) for p in (path, longer))

    assert large < 1.3 * small
    assert not tracemalloc.is_tracing()


class Failing:
    """前 failures 次抛出 error，然后返回参数。"""

    def __init__(self, failures: int, error: type[Exception]) -> None:
        self.failures, self.error, self.calls = failures, error, 0
        self.__name__ = "failing"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error(f"第 {self.calls} 次")
        return args, kwargs


@pytest.mark.parametrize(
    ("failures", "error", "calls", "outcome"),
    [
        (0, OSError, 1, None),
        (2, ConnectionError, 3, None),
        (3, ConnectionError, 3, ConnectionError),
        (1, ValueError, 1, ValueError),
    ],
)
def test_retry(
    run: Run, monkeypatch: pytest.MonkeyPatch, failures: int, error: type[Exception], calls: int, outcome: Any
) -> None:
    """次数、等待、参数、最后的异常都对。"""
    waits: list[float] = []
    monkeypatch.setattr(run.namespace["time"], "sleep", waits.append)
    flaky = Failing(failures, error)
    wrapped = run.namespace["retry"](times=3, wait=1.0)(flaky)

    if outcome is None:
        assert wrapped(1, b=2) == ((1,), {"b": 2})
    else:
        with pytest.raises(outcome, match=f"第 {calls} 次"):
            wrapped(1, b=2)
    assert flaky.calls == calls
    assert waits == [1.0, 2.0][: calls - 1]


def test_retry_keeps_the_name(run: Run) -> None:
    assert run.namespace["read_page"].__name__ == "read_page" and "断线" in run.namespace["read_page"].__doc__


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_retried_stream_is_complete_and_in_order(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """不论一页多大，断线之后接着读，不丢、不重、不乱。"""
    ns = run.namespace
    monkeypatch.setattr(ns["time"], "sleep", lambda seconds: None)
    expected = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    assert list(ns["stream"](ns["FlakyDisk"](path), ns["read_page"], size)) == expected


def test_broken_generator_cannot_be_resumed(run: Run, path: Path) -> None:
    """没有重试的流断了就完了：再要，只会说没有了。"""
    reader = run.namespace["stream"](run.namespace["FlakyDisk"](path), size=10)
    assert len(list(itertools.islice(reader, 20))) == 20
    with pytest.raises(ConnectionError):
        next(reader)
    assert list(reader) == []
    text = run.text("重试用错了地方")
    assert "以为读完了：8000 条，其实有 17363 条" in text


def test_error_cells_say_what_happened(run: Run) -> None:
    assert run.text("没有重试").splitlines() == ["ConnectionError：第 3 次读断线了", "只拿到 8000 条，一共有 17363 条"]
    assert run.text("有重试的读").endswith("True\n") and run.text("有重试的读").count("重试") == 2
    assert run.text("程序错了不该重试").startswith("JSONDecodeError") and "重试" not in run.text("程序错了不该重试")


def test_decorator_returns_before_the_generator_runs(run: Run) -> None:
    lines = run.text("装饰器碰上生成器").splitlines()
    assert [line[:5] for line in lines] == ["first", "现在才开始"[:5], "第一条 5"[:5]]


def test_second_pass_is_empty(run: Run) -> None:
    assert run.text("生成器只能用一次").splitlines() == ["最长的： 2876", "再数有几条： 0"]
    assert math.isclose(run.namespace["rate"][0, run.namespace["column"]["不"]], 0.631, abs_tol=5e-4)
    assert not run.namespace["PATH"].exists()
