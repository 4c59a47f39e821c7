"""word2vec.py 的行为：梯度等于自动微分，词对等于朴素写法，相关的词对分数更高。"""

import math
from collections import Counter

import pytest
import torch
import torch.nn.functional as F
from guide.code.runner import Run


@pytest.fixture(scope="module", name="ns")
def namespace(run: Run) -> dict:
    """片段运行后的全局变量。"""
    return run.namespace


@pytest.mark.parametrize(("b", "k", "d"), [(1, 1, 2), (7, 3, 5), (32, 5, 16)])
def test_gradient_equals_autograd(ns: dict, b: int, k: int, d: int) -> None:
    """手写的损失与梯度，与 binary_cross_entropy_with_logits 的自动微分逐元素相同。"""
    pick = torch.Generator().manual_seed(b)
    v = torch.randn(b, d, generator=pick, requires_grad=True)
    u = torch.randn(b, 1 + k, d, generator=pick, requires_grad=True)
    answer = torch.zeros(b, 1 + k)
    answer[:, 0] = 1
    expected = F.binary_cross_entropy_with_logits((u * v[:, None]).sum(-1), answer, reduction="none").sum(1)
    expected.sum().backward()
    loss, grad_v, grad_u = ns["sgns_gradient"](v.detach(), u.detach())
    torch.testing.assert_close(loss, expected.detach())
    torch.testing.assert_close(grad_v, v.grad)
    torch.testing.assert_close(grad_u, u.grad)


def test_gradient_survives_large_scores(ns: dict) -> None:
    """分数是 ±200 时，损失仍是有限的 400，梯度没有 NaN。"""
    v, u = torch.tensor([[10.0, 10.0]]), torch.tensor([[[-10.0, -10.0], [10.0, 10.0]]])
    loss, grad_v, grad_u = ns["sgns_gradient"](v, u)
    assert loss.item() == pytest.approx(400)
    assert torch.isfinite(grad_v).all() and torch.isfinite(grad_u).all()


def test_the_step_by_hand(ns: dict, run: Run) -> None:
    """页面上的手算：0.731、0.881、2.44；走一步之后损失真的降了。"""
    s = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-2))
    before, gradient, after = run.text("手算一步").splitlines()
    assert f"{s[0]:.3f} 与 {s[1]:.3f}" in before
    assert f"{-math.log(s[0]) - math.log(1 - s[1]):.2f}" in before
    assert f"[{round(s[0] - 1, 2)}, {round(2 * s[1], 2)}]" in gradient
    v, (real, fake) = ns["new_v"][0], ns["new_u"][0]
    assert (real @ v).item() > 1 and (fake @ v).item() < 0
    assert float(after.split("损失")[1]) < 1


@pytest.mark.parametrize("width", [1, 2, 5])
def test_pairs_equal_the_naive_loop(ns: dict, width: int) -> None:
    """向量化的词对与两层循环的写法相同：不跨段，每个中心词用自己的窗口宽度。"""
    pick = torch.Generator().manual_seed(width)
    stream = torch.randint(0, 9, (40,), generator=pick)
    where = torch.arange(40) // 7
    reach = torch.randint(1, width + 1, (40,), generator=pick)
    naive = Counter()
    for i in range(40):
        for j in range(40):
            if i != j and where[i] == where[j] and abs(i - j) <= reach[i]:
                naive[stream[i].item(), stream[j].item()] += 1
    found = ns["skip_gram_pairs"](stream, where, reach)
    assert Counter(map(tuple, found.tolist())) == naive


def test_corpus_has_no_punctuation(ns: dict) -> None:
    """标点去掉了，词留下了，没有空的段落。"""
    assert not {"，", "。", "、", "“", "（"} & set(ns["counts"])
    assert ns["counts"]["北京"] == 1377 and ns["counts"]["的"] > 50_000
    assert all(ns["corpus"])


def test_build(ns: dict) -> None:
    """词表按次数排，少见的去掉；编号与段号对得上。"""
    vocab, times, stream, where = ns["build"]([["甲", "乙", "甲"], ["丙", "甲"], ["乙", "丁", "乙"]], 2)
    assert set(vocab) == {"甲", "乙"} and times.tolist() == [3, 3]
    assert [vocab[i] for i in stream] == ["甲", "乙", "甲", "甲", "乙", "乙"]
    assert where.tolist() == [0, 0, 0, 1, 2, 2]


def test_company_keeps_to_the_window(ns: dict) -> None:
    """同伴都真的出现在窗口里，至少三次，也不是到处都有的词。"""
    company = ns["company"]("冠军")
    assert "夺得" in company and "的" not in company and len(company) == 6
    for other in company:
        near = sum(
            other in words[max(0, i - 5) : i] + words[i + 1 : i + 6]
            for words in ns["corpus"]
            for i, word in enumerate(words)
            if word == "冠军"
        )
        assert near >= 2, other


def test_antonyms_share_company(ns: dict) -> None:
    """页面说“上涨”与“下跌”身边都有“大幅”。"""
    assert "大幅" in ns["company"]("上涨") and "大幅" in ns["company"]("下跌")
    assert "大幅" not in ns["company"]("冠军")


def test_noise_is_the_three_quarter_power(ns: dict) -> None:
    """抽假邻居的分布：和为 1，比例是次数之比的 0.75 次方。"""
    chance = ns["noise"](torch.tensor([16.0, 1.0]))
    assert chance.sum().item() == pytest.approx(1)
    assert (chance[0] / chance[1]).item() == pytest.approx(8)


def test_subsampling(ns: dict) -> None:
    """频率是门槛的 100 倍，留一成；不高于门槛的全留。"""
    keep = ns["keep_probability"](torch.tensor([100.0, 1.0, 9899.0]), threshold=1e-4)
    assert keep.tolist() == pytest.approx([0.1, 1.0, math.sqrt(1e-4 / 0.9899)])
    rare = ns["keep_probability"](torch.tensor([1.0, 99.0]), threshold=0.1)
    assert rare[0].item() == 1.0, "概率不能超过 1"


def test_training_starts_at_a_guess_and_learns(ns: dict) -> None:
    """第一批的损失是 6 ln 2，最后低得多。"""
    losses = ns["losses"]
    assert losses[0] == pytest.approx(6 * math.log(2), abs=1e-4)
    assert sum(losses[-100:]) / 100 < 2.6


def test_training_equals_autograd_sgd(ns: dict) -> None:
    """整个循环的一小段，与用 nn.Embedding 和 SGD 写的同一段走到同一处。"""
    stream, where = torch.tensor([0, 1, 2, 0, 3, 1, 2, 3]), torch.zeros(8, dtype=torch.long)
    times = torch.ones(4)
    asked = {}
    original = ns["sgns_gradient"]

    def record(v: torch.Tensor, u: torch.Tensor) -> tuple:
        asked.setdefault("v", v.clone())
        asked.setdefault("u", u.clone())
        return original(v, u)

    ns["train"].__globals__["sgns_gradient"] = record
    keep = ns["keep_probability"]
    ns["train"].__globals__["keep_probability"] = lambda times: torch.ones(len(times))
    try:
        center, context, losses = ns["train"](stream, where, times, d=3, window=2, k=2, epochs=1, lr=0.5, batch=1000)
    finally:
        ns["train"].__globals__.update(sgns_gradient=original, keep_probability=keep)
    assert len(losses) == 1 and asked["u"].shape[1:] == (3, 3)
    start = (torch.rand(4, 3, generator=torch.Generator().manual_seed(0)) - 0.5) / 3
    ids = torch.cdist(asked["v"], start).argmin(1)
    torch.testing.assert_close(asked["v"], start[ids])
    # 邻居的向量从 0 开始，所以第一步中心词不动；邻居动了 -lr × 误差 × v 之和，真假各一半概率
    torch.testing.assert_close(center, start)
    total = torch.zeros(3)
    for row in asked["v"]:
        total += 0.5 * 0.5 * row * (1 - 2)  # 一个真邻居 +0.5 v，两个假邻居各 −0.5 v
    torch.testing.assert_close(context.sum(0), total)


def test_related_pairs_score_above_unrelated(ns: dict) -> None:
    """相关的词对胜过乱配的；没训练过的等于瞎猜。"""
    assert not set(ns["related"]) & set(ns["shuffled"])
    assert len(ns["good"]) >= 18
    assert ns["win_rate"](ns["good"], ns["bad"]) > 0.85
    assert ns["good"].mean() - ns["bad"].mean() > 0.2
    assert sum(ns["rates"]) / len(ns["rates"]) == pytest.approx(0.5, abs=0.06)


def test_win_rate_and_pair_scores(ns: dict) -> None:
    """胜率按每一对数；词对的分数是余弦，不认得的跳过。"""
    assert ns["win_rate"](torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])) == 0.75
    a, b = "上涨", "涨幅"
    i, j = ns["index"][a], ns["index"][b]
    expected = F.cosine_similarity(ns["center"][i], ns["center"][j], dim=0)
    torch.testing.assert_close(ns["pair_scores"](ns["vectors"], [(a, b), (a, "微信")]), expected[None])


def test_neighbours_make_sense(ns: dict) -> None:
    """近邻不含自己，按余弦从高到低；几个词的近邻落在该落的话题里。"""
    near = ns["nearest"]("冠军", 10)
    assert "冠军" not in near and len(near) == 10
    scores = [ns["pair_scores"](ns["vectors"], [("冠军", word)]).item() for word in near]
    assert scores == sorted(scores, reverse=True)
    assert {"锦标赛", "夺得", "选手"} & set(near)
    assert {"日元", "兑换", "铢", "兑"} & set(ns["nearest"]("美元", 10))


def test_training_uses_noise_windows_and_decay(ns: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """循环真的用上了三样：假邻居从 noise 里抽，窗口在 1 到 window 之间随机，学习率直线降到 0。"""
    seen: dict = {"reach": set(), "sizes": []}
    pairs_of = ns["skip_gram_pairs"]

    def pairs(stream: torch.Tensor, where: torch.Tensor, reach: torch.Tensor) -> torch.Tensor:
        seen["reach"] |= set(reach.tolist())
        return pairs_of(stream, where, reach)

    def fakes_only(v: torch.Tensor, u: torch.Tensor) -> tuple:
        seen["sizes"].append(len(v))
        grad_u = torch.ones_like(u)
        grad_u[:, 0] = 0
        return torch.zeros(len(v)), torch.zeros_like(v), grad_u

    inside = ns["train"].__globals__
    monkeypatch.setitem(inside, "skip_gram_pairs", pairs)
    monkeypatch.setitem(inside, "sgns_gradient", fakes_only)
    monkeypatch.setitem(inside, "keep_probability", lambda times: torch.ones(len(times)))
    monkeypatch.setitem(inside, "noise", lambda times: torch.eye(len(times))[3])
    stream, where = torch.arange(60) % 4, torch.zeros(60, dtype=torch.long)
    times = torch.full((4,), 15.0)
    _, context, _ = ns["train"](stream, where, times, d=2, window=3, k=2, epochs=1, lr=0.5, batch=50)
    assert seen["reach"] == {1, 2, 3}
    assert (context[:3] == 0).all(), "假邻居只该是 noise 里有机会的词"
    starts = range(0, sum(seen["sizes"]), 50)
    moved = sum(2 * size * 0.5 * (1 - i / sum(seen["sizes"])) for i, size in zip(starts, seen["sizes"], strict=True))
    torch.testing.assert_close(context[3], torch.full((2,), -moved), rtol=1e-4, atol=1e-4)
