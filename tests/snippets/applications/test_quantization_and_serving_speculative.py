"""投机解码：分布恰好相等，贪心时与 generate 一字不差，草稿只影响快慢。"""

import itertools
import random
import time
from collections import Counter
from fractions import Fraction
from types import SimpleNamespace

import pytest
import torch
from guide.code.runner import Run
from rerun import rerun
from scipy.stats import chisquare


def distributions(n: int, count: int):
    """随机的一对分数分布，目标里可以有 0，草稿里没有。"""
    rng = random.Random(0)
    for _ in range(count):
        a, b = ([rng.randint(low, 9) for _ in range(n)] for low in (0, 1))
        a[0] += 1
        yield [Fraction(v, sum(a)) for v in a], [Fraction(v, sum(b)) for v in b]


def test_accept_and_residual_give_the_target(run: Run) -> None:
    """枚举：留下的加重抽的，恰好等于目标。"""
    ns = run.namespace
    for p, q in distributions(4, 60):
        kept = [q[x] * ns["accept"](p, q, x) for x in range(4)]
        rest = ns["residual"](p, q)
        assert sum(rest) == 1 and min(rest) >= 0
        assert [kept[x] + (1 - sum(kept)) * rest[x] for x in range(4)] == p
        assert sum(kept) == sum(min(a, b) for a, b in zip(p, q, strict=True))


def test_same_distribution_never_rejects(run: Run) -> None:
    """p 与 q 相同时一定留下，剩余分布不除以 0。"""
    p = [Fraction(1, 4), Fraction(3, 4)]
    assert run.namespace["accept"](p, p, 0) == 1
    assert run.namespace["residual"](p, p) == p


def test_verify_gives_the_target_exactly(run: Run) -> None:
    """用 verify 走遍草稿与接受的每一种组合，第一个词元的分布恰好是目标的。"""
    verify, accept = run.namespace["verify"], run.namespace["accept"]
    for (p, q), (p2, q2), (p3, _) in zip(*[distributions(3, 20)] * 3, strict=False):
        out = Counter()
        for x, y in itertools.product(range(3), repeat=2):
            a, b = accept(p, q, x), accept(p2, q2, y)
            for u, chance_u in ((Fraction(0), a), (a, 1 - a)):
                for v, chance_v in ((Fraction(0), b), (b, 1 - b)):
                    weight = q[x] * q2[y] * chance_u * chance_v
                    if not weight:
                        continue
                    kept, rest = verify([p, p2, p3], [q, q2], [x, y], [u, v])
                    assert list(kept) == [x, y][: len(kept)]
                    if kept:
                        out[kept[0]] += weight
                    else:
                        for z, r in enumerate(rest):
                            out[z] += weight * r
                    if len(kept) == 2:
                        assert rest == p3
        assert [out[x] for x in range(3)] == p


def test_worked_example(run: Run) -> None:
    """页面上的三个词与枚举的结论。"""
    text = run.text("三个词")
    assert "猜到且留下： ['1/5', '3/10', '1/10'] 合计 3/5" in text
    assert "重抽的分布： ['3/4', '0', '1/4']" in text and "与 p 相等： True" in text
    assert run.text("枚举每一条路").count("True") == 2


def test_expected_tokens(run: Run) -> None:
    """公式等于逐项相加；α 为 1 时是 γ+1。"""
    expected = run.namespace["expected_tokens"]
    for alpha, gamma in itertools.product((0, 0.3, 0.9), (1, 4, 8)):
        assert expected(alpha, gamma) == pytest.approx(sum(alpha**k for k in range(gamma + 1)))
    assert expected(1, 5) == 6


@pytest.fixture
def toy(run: Run, monkeypatch: pytest.MonkeyPatch):
    """把小 GPT 换成只有三个词的玩具目标：下一个词看前两个。"""
    generator = torch.Generator().manual_seed(0)
    table = torch.rand(3, 3, 3, generator=generator).add(0.1)
    table /= table.sum(-1, keepdim=True)
    draft = torch.rand(3, 3, generator=generator).add(0.1)
    draft /= draft.sum(-1, keepdim=True)

    def target(ids):
        row = ids[0].tolist()
        logits = [table[row[i - 1] if i else 0, row[i]].log() for i in range(len(row))]
        return SimpleNamespace(logits=torch.stack(logits)[None])

    space = run.namespace["sample"].__globals__  # speculate 包着一层装饰器
    monkeypatch.setitem(space, "target", target)
    monkeypatch.setitem(space, "tokenizer", SimpleNamespace(eos_token_id=99))
    return table, lambda ids: draft[ids[-1]].tolist()


@pytest.mark.parametrize("gamma", [0, 1, 3])
def test_speculate_samples_the_target(run: Run, toy, gamma: int) -> None:
    """写 3 个词元抽 2500 次，27 种串的次数与目标的概率相符。"""
    table, step = toy
    n = 2500
    seen = Counter(tuple(run.namespace["speculate"]([0], gamma, step, length=3, seed=s)[0][1:]) for s in range(n))
    strings = list(itertools.product(range(3), repeat=3))
    expected = [(table[0, 0, a] * table[0, a, b] * table[a, b, c]).item() * n for a, b, c in strings]
    assert chisquare([seen[s] for s in strings], expected, sum_check=False).pvalue > 1e-3
    assert sum(seen.values()) == n and all(len(s) == 3 for s in seen)


def test_perfect_draft_needs_few_calls(run: Run, toy) -> None:
    """草稿就是目标时全部留下：一次调用得到 γ+1 个。"""
    table, _ = toy

    def same(ids):
        return table[ids[-2] if len(ids) > 1 else 0, ids[-1]].tolist()

    ids, calls = run.namespace["speculate"]([0], 4, same, length=20, seed=1)
    assert len(ids) == 21 and calls == 4
    assert run.namespace["speculate"]([0], 0, None, length=20, seed=1)[1] == 20  # 不投机，一次一个


def test_speculate_uses_verify(run: Run, toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """检查就是页面上的 verify；每个草稿有自己的均匀数，目标分布比草稿多一个。"""
    seen = []

    def watched(targets, drafts, guesses, uniforms):
        seen.append((len(targets), len(drafts), len(guesses), len(set(uniforms))))
        return guesses[:1], [0.0, 0.0, 1.0]

    _, step = toy
    monkeypatch.setitem(run.namespace["sample"].__globals__, "verify", watched)
    ids, calls = run.namespace["speculate"]([0], 3, step, length=8, seed=2)
    assert seen == [(4, 3, 3, 3)] * 4 and calls == 4
    assert ids[2::2] == [2, 2, 2, 2] and len(ids) == 9


@pytest.mark.parametrize(("prompt", "gamma"), [("早上，小明在", 1), ("小红家在", 4), ("有一天，", 7)])
def test_greedy_equals_generate(run: Run, prompt: str, gamma: int) -> None:
    """贪心的投机与 transformers 的 generate 逐个词元相同。"""
    ns = run.namespace
    ids = [*ns["BOS"], *ns["tokenizer"](prompt, add_special_tokens=False).input_ids]
    ours, calls = ns["greedy_speculate"](ids, gamma, length=40)
    given = torch.tensor([ids])
    with torch.inference_mode():
        theirs = ns["target"].generate(
            given, attention_mask=torch.ones_like(given), max_new_tokens=40, min_new_tokens=40, do_sample=False
        )
    eos = ns["tokenizer"].eos_token_id
    expected = theirs[0].tolist()
    stop = ours.index(eos) if eos in ours else len(ours)  # generate 的 min_new_tokens 不许写结束符
    assert ours[:stop] == expected[:stop] and stop > len(ids) + 10
    assert calls < 40


def test_drafts_are_ordered(run: Run) -> None:
    """学过的一层 > 二元表 > 直接砍层；与自己完全重合。"""
    ns = run.namespace
    assert ns["trained"] > 0.85 > 0.55 > ns["guessed"] > ns["untrained"]
    own = ns["overlap_with_target"](lambda ids: ns["target"](ids).logits.softmax(-1))
    assert own == pytest.approx(1, abs=1e-5)
    flat = ns["overlap_with_target"](lambda ids: torch.full((*ids.shape, 615), 1 / 615))
    assert 0 < flat < 0.1
    assert torch.allclose(ns["bigram"].sum(1), torch.ones(len(ns["bigram"])))


def test_better_drafts_save_more_calls(run: Run) -> None:
    """一层模型每轮猜得越多省得越多；二元表很快就到头。"""
    per_call = run.namespace["per_call"]
    layer = [per_call["一层模型", g] for g in (1, 2, 4, 8)]
    assert layer == sorted(layer) and layer[2] > 3.5 and layer[3] > 5
    assert all(1 <= per_call["二元表", g] < 2.5 for g in (1, 2, 4, 8))
    assert all(value <= g + 1 for (_, g), value in per_call.items())


def test_speedup_is_plain_over_speculated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """快几倍是不投机的用时除以投机的用时，按每个新词元算。"""
    asked = []

    def slow(prompt, gamma, step, seed):
        asked.append((gamma, step, seed))
        until = time.process_time() + (0.02 if gamma == 0 else 0.005)
        while time.process_time() < until:
            pass
        return [*prompt, *range(10 if gamma == 0 else 5)], 1  # 每个词元 2 毫秒与 1 毫秒

    monkeypatch.setitem(run.namespace, "speculate", slow)
    _, lines = rerun(run, "快了多少")
    assert lines[2:] == [f"{name}，每轮猜 4 个：每个词元快到 2.0 倍" for name in ("二元表", "一层模型")]
    assert len(asked) == 18 and [a[2] for a in asked[:6]] == list(range(6))
    assert {a[1] for a in asked if a[0] == 4} == {run.namespace["bigram_step"], run.namespace["draft_step"]}


def test_forward_times_tell_long_from_short(run: Run) -> None:
    """读几个词元由第二个数定，几种轮流跑，次序不乱。"""
    lengths = []

    def model(ids):
        lengths.append(ids.shape[1])
        time.sleep(ids.shape[1] / 1e4)

    short, long = run.namespace["forward_times"]([(model, 10), (model, 50)], rounds=3)
    assert lengths == [10, 50] * 3 and 0.001 <= short < long


def test_stories_stop_at_the_end(run: Run) -> None:
    """结束符之后什么也没有，长度不超过上限。"""
    ns = run.namespace
    for seed in range(4):
        ids, _ = ns["speculate"](ns["BOS"], 4, ns["bigram_step"], length=75, seed=seed)
        assert ids.count(ns["tokenizer"].eos_token_id) <= 1 and len(ids) <= 76
        if ns["tokenizer"].eos_token_id in ids:
            assert ids[-1] == ns["tokenizer"].eos_token_id


def test_chi_square_tells_right_from_wrong(run: Run) -> None:
    """检验的是 speculate 本身：对的看不出差别，拒绝后从 p 重抽的一查就露馅。"""
    right, wrong = run.namespace["results"].values()
    assert min(right) > 1e-3 and max(wrong) < 1e-6


def test_chi_square_runs_speculate(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """把 speculate 换成总写同样三个词的，检验立刻说不同。"""
    ns = run.namespace
    space = ns["toy_target"].__globals__
    monkeypatch.setitem(space, "speculate", lambda prompt, *_: ([*prompt, 100, 101, 102], 1))
    assert ns["chi_square"](2) < 1e-6
