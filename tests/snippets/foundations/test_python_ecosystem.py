"""五个库做一件小事：装饰器、生成器、上下文管理器真的管用，数字与别的算法一致。"""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from guide.code.runner import Run


def test_timed_keeps_the_function_and_counts_failures(run: Run) -> None:
    """名字、说明、返回值不变；每次运行都累加，出错也记。"""
    seconds = run.namespace["SECONDS"]

    @run.namespace["timed"]
    def divide(a: float, b: float) -> float:
        """相除。"""
        return a / b

    assert divide(6, b=3) == 2
    assert (divide.__name__, divide.__doc__) == ("divide", "相除。")
    once = seconds["divide"]
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)
    assert seconds.pop("divide") > once > 0


def test_read_lines_is_lazy(run: Run, tmp_path: Path) -> None:
    """第 2 行是坏的：只要第 1 行时不出错，要到第 2 行才出错。"""
    path = tmp_path / "two.jsonl"
    path.write_text('{"text": "好"}\n坏\n', encoding="utf-8")
    reader = run.namespace["read_lines"](path)

    assert next(reader) == {"text": "好"}
    with pytest.raises(json.JSONDecodeError):
        next(reader)


def test_batches_loses_nothing_and_takes_endless_input(run: Run) -> None:
    batches = run.namespace["batches"]

    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3)) == []
    assert next(batches(itertools.count(), 4)) == [0, 1, 2, 3]


def test_round_trip_through_the_file(run: Run) -> None:
    sentences, rows = run.namespace["SENTENCES"], run.namespace["rows"]

    assert [row["text"] for row in rows] == [text for texts in sentences.values() for text in texts]


def test_tokenizer_restores_any_text(run: Run) -> None:
    """字节级分词器没有不认识的字：每句话、没见过的字和符号都能还原。"""
    tokenizer, texts = run.namespace["tokenizer"], [row["text"] for row in run.namespace["rows"]]

    for text in [*texts, "𠮷野家 😀 é"]:
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_tokens_1_to_256_are_the_bytes(run: Run) -> None:
    pieces = run.namespace["tokenizer"].convert_ids_to_tokens(list(range(257)))

    assert pieces[0] == "<pad>"
    assert all(len(piece) == 1 for piece in pieces[1:]) and len(set(pieces)) == 257
    assert len(run.namespace["tokenizer"].convert_ids_to_tokens(257)) > 1


def test_unseen_style_costs_most(run: Run) -> None:
    """没给分词器看过的诗句，每个字最费词元，也最多退回单个字节。"""
    cost = run.namespace["summary"]["每字词元"]

    assert cost.idxmax() == "诗句"
    assert cost["诗句"] > 1.4 * cost.drop("诗句").max()
    assert run.namespace["share"].argmax() == list(run.namespace["kinds"]).index("诗句")


def test_cost_is_tokens_divided_by_characters(run: Run) -> None:
    """每字词元是词元数除以字数，不是反过来；条形图上的四个数按同样的次序写出。"""
    tokenizer, sentences = run.namespace["tokenizer"], run.namespace["SENTENCES"]
    expected = [
        sum(len(tokenizer.encode(text)) for text in texts) / sum(map(len, texts)) for texts in sentences.values()
    ]
    (figure,) = next(cell.figures for cell in run.cells if cell.cell.title == "matplotlib：画一张比较图")

    assert run.namespace["summary"]["每字词元"].tolist() == pytest.approx(expected, abs=0.005)
    assert figure.labels[1:] == [f"{value:.2f}" for value in expected]


def test_matrix_product_groups_like_counting(run: Run) -> None:
    """member @ counts 等于用 Counter 一个一个数。"""
    tokenizer, sentences = run.namespace["tokenizer"], run.namespace["SENTENCES"]
    for row, texts in zip(run.namespace["by_kind"], sentences.values(), strict=True):
        counted = Counter(i for text in texts for i in tokenizer.encode(text))
        assert row.tolist() == [counted[i] for i in range(len(tokenizer))]


def test_padding_is_masked_out(run: Run) -> None:
    everything, tokenizer = run.namespace["everything"], run.namespace["tokenizer"]
    lengths = [len(tokenizer.encode(row["text"])) for row in run.namespace["rows"]]

    assert everything["attention_mask"].sum(dim=1).tolist() == lengths
    assert (everything["input_ids"][~run.namespace["real"]] == 0).all()
    assert len(run.namespace["ids"]) == sum(lengths)


def test_learning_ends_at_the_frequencies(run: Run) -> None:
    """最大似然的解就是频率：学到的概率与频率相差很小，损失不低于熵，又很接近它。"""
    learned = run.namespace["logits"].detach().softmax(dim=0)
    losses, entropy = run.namespace["losses"], run.namespace["entropy"]

    assert (learned - run.namespace["frequency"]).abs().sum() / 2 < 0.05
    assert losses[0] == pytest.approx(np.log(run.namespace["V"]), abs=1e-5)
    assert entropy - 1e-5 < losses[-1] < entropy + 0.02


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
    try:
        with seeded(3):
            assert torch.equal(torch.rand(4), inside)
            raise RuntimeError("中途出错")
    except RuntimeError:
        pass
    assert torch.equal(torch.get_rng_state(), rng_state)
    assert run.namespace["first"] == run.namespace["again"]


def test_slowest_step_comes_first(run: Run) -> None:
    lines = run.text("哪一步最慢").splitlines()
    shown = [float(line.split()[1]) for line in lines]

    assert {line.split()[0] for line in lines} == {"save_and_load", "train_tokenizer", "fit"}
    assert shown == sorted(shown, reverse=True)
