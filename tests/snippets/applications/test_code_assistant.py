"""代码助手的行为：学会了、切得对、停得住、拦得住、判得准、解释得回来。"""

import ast
import itertools
import math

import numpy as np
import pytest


def test_model_learns_unseen_combinations(run):
    """训练里没出现过的组合，贪心解码至少对一半；两类组合没有交集。"""
    ns = run.namespace
    assert not set(ns["SEEN"]) & set(ns["HELD_OUT"])
    assert np.mean(ns["losses"][-20:]) < 0.2 < ns["losses"][0]
    assert ns["correct"][0.0].mean() >= 0.5


def test_more_samples_help(run):
    """多写几份，至少一份对的题更多；pass@k 随 k 不减。"""
    ns = run.namespace
    for temperature in (0.5, 1.0):
        right = ns["correct"][temperature]
        assert right.any(axis=1).mean() > right.mean()
        curve = ns["curves"][temperature]
        assert all(b >= a for a, b in itertools.pairwise(curve))
        assert curve[0] == pytest.approx(right.mean())
        assert curve[-1] == pytest.approx(right.any(axis=1).mean())
    assert ns["correct"][0.5].any(axis=1).mean() >= 0.7


def test_round_trip_of_the_tokenizer(run):
    """训练文本编码再解码不变；单独编码提示词，词元就是全文词元的开头。"""
    tokenizer = run.namespace["tokenizer"]
    for prompt, body in run.namespace["train"][:100]:
        tokens = tokenizer(prompt + body).input_ids
        plain = (prompt + body).replace("，", ",").replace("：", ":")
        assert tokenizer.decode(tokens) == plain
        start = tokenizer(prompt).input_ids
        assert tokens[: len(start)] == start


def test_slicing_tokens_not_characters(run):
    """规范化改变了字数，按字数切就切错；按词元切总是从新内容开始。"""
    ns = run.namespace
    kept = len(ns["text"]) - len(ns["new"])
    assert kept != len(ns["typed"])
    assert ns["text"].endswith(ns["new"])
    assert ns["text"][kept - len("def f(xs):\n") : kept] == "def f(xs):\n"
    assert ns["text"][len(ns["typed"]) :] != ns["new"]


def test_prompt_longer_than_max_length_is_an_error(run):
    """max_length 含提示词，太小就报错，消息里建议用 max_new_tokens。"""
    text = run.text("总长与新增长度")
    assert text.startswith("ValueError") and "max_new_tokens" in text


def test_cut_body_stops_where_the_function_ends(run):
    """只留开头的缩进行。"""
    cut = run.namespace["cut_body"]
    assert cut("    return 1\n\n    return 2\n") == "    return 1\n"
    assert cut("    y = 1\n    return y\ndef g():\n    pass\n") == "    y = 1\n    return y\n"
    assert cut("return 1\n") == ""


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("return sum(x for x in xs", "语法错误"),
        ("return __import__('os')", "不许使用 __import__"),
        ("return xs.__class__", "不许出现 Attribute"),
        ("from os import path", "不许出现 ImportFrom"),
        ("return open('a')", "不许使用 open"),
    ],
)
def test_checks_before_running(run, body, complaint):
    """语法错误、名单外的名字、属性与导入都在运行前被拦下。"""
    assert complaint in run.namespace["check_code"](f"def f(xs):\n    {body}\n")


def test_every_reference_passes_and_is_right(run):
    """参考答案能通过检查，运行结果与直接执行一致。"""
    ns = run.namespace
    for _, body in ns["test"][:6]:
        code = ns["HEAD"] + body
        assert ns["check_code"](code) == ""
        scope = {}
        exec(code, scope)
        assert ns["run_code"](code, ns["INPUTS"]) == [scope["f"](list(xs)) for xs in ns["INPUTS"]]


def test_worker_has_limits_and_no_secrets(run, monkeypatch):
    """死循环、占内存都会被终止；环境变量传不进去。"""
    ns = run.namespace
    if ns["sys"].platform.startswith("linux"):
        assert "终止" in ns["run_code"](ns["candidates"]["死循环"], ((1,),))
        assert "MemoryError" in ns["run_code"](ns["candidates"]["占内存"], ((1,),))
    monkeypatch.setenv("SOME_SECRET", "1")
    code = "def f(xs):\n    import os\n    return sorted(os.environ)\n"
    assert "SOME_SECRET" not in ns["run_code"](code, ((1,),))[0]
    listing = "def f(xs):\n    import os\n    return sorted(os.listdir())\n"
    assert ns["run_code"](listing, ((1,),)) == [[]], "工作目录应当是空的"


def test_judge_accepts_equal_programs_and_rejects_wrong_ones(run):
    """写法不同但结果相同算对；差一个数字算错。"""
    judge = run.namespace["judge"]
    reference = "    return sum(x + 3 for x in xs if x > 2)\n"
    same = "    return sum(x + 3 for x in xs if x > 2)\n\n垃圾"
    off = "    return sum(x + 4 for x in xs if x > 2)\n"
    other = "    return sum(abs(x + 3) for x in xs if x > 2)\n"
    assert judge([reference, same, other, off], reference) == [True, True, True, False]
    forbidden = "    import math\n" + reference
    assert judge([forbidden], reference) == [False], "没有通过检查的，结果对也不算"
    with pytest.raises(RuntimeError, match="参考答案"):
        judge([reference], "    return 1 / 0\n")


@pytest.mark.parametrize(("n", "c", "k"), [(10, 3, 5), (5, 0, 2), (6, 6, 1), (8, 7, 4)])
def test_pass_at_k_equals_enumeration(run, n, c, k):
    """公式等于把所有挑法逐个数一遍。"""
    picks = list(itertools.combinations(range(n), k))
    share = sum(any(i < c for i in pick) for pick in picks) / len(picks)
    assert run.namespace["pass_at_k"](n, c, k) == pytest.approx(share)


def test_estimator_is_unbiased_and_naive_is_not(run):
    """对任何真实答对率，无偏估计的平均等于真值；直接代入偏低。"""
    ns = run.namespace
    n, k = 8, 4
    for p in (0.05, 0.3, 0.7):
        weights = [math.comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
        truth = 1 - (1 - p) ** k
        mean = sum(w * ns["pass_at_k"](n, c, k) for c, w in enumerate(weights))
        assert mean == pytest.approx(truth)
    assert ns["naive"] < ns["unbiased"]


def test_explanations_read_back_every_kind(run):
    """随机造的题都能解释回需求的第一种说法；别的结构一律说不认识。"""
    ns = run.namespace
    for f, m, r in ns["COMBINATIONS"]:
        words = ns["PHRASES"][0].format(f=f, m=m, r=r).format(n=7, k=9)
        body = f"{ns['REDUCES'][r]}({ns['MAPS'][m]} for x in xs if {ns['FILTERS'][f]})"
        code = ns["HEAD"] + f"    return {body}\n".format(n=7, k=9)
        ast.parse(code)
        assert ns["explain_code"](code) == words
    for strange in ("x = 1", "def f(xs):\n    return 1", "def f(:", ""):
        assert ns["explain_code"](strange) == "不认识这种写法"


def test_assistant_samples_only_when_greedy_fails(run, monkeypatch):
    """贪心的过关就不再采样；不过关才采；检查不过的即使结果对也不交出来。"""
    ns = run.namespace
    right, wrong = "    return sum(x for x in xs)\n", "    return max(x for x in xs)\n"
    forbidden = "    return xs.__len__() and sum(xs)\n"
    answers, asked = {}, []

    def fake(prompts, n=1, temperature=0.0, **_):
        asked.append(temperature)
        return [answers[temperature]]

    monkeypatch.setitem(ns["CodeAssistant"].solve.__globals__, "complete", fake)
    for greedy, samples, tried, temperatures in [
        (right, [wrong], 1, [0.0]),
        (wrong, [wrong, forbidden, right], 4, [0.0, 0.5]),
        (wrong, [forbidden], None, [0.0, 0.5]),
    ]:
        answers, asked[:] = {0.0: [greedy], 0.5: samples}, []
        found = ns["CodeAssistant"]().solve("求和", [((1, 2), 3), ((5,), 5)])
        assert asked == temperatures
        assert found["code"] == (ns["HEAD"] + right if tried else None)
        assert tried is None or found["tried"] == tried


def test_assistant_only_hands_over_what_passed(run):
    """交出来的代码一定满足例子；做不到就说没有。"""
    ns = run.namespace
    if code := ns["result"]["code"]:
        inputs = tuple(tuple(xs) for xs, _ in ns["examples"])
        assert ns["run_code"](code, inputs) == [value for _, value in ns["examples"]]
    assert ns["impossible"]["code"] is None
