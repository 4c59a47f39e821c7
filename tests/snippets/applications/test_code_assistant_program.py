"""完整程序：交出来的一定过了例子；做不到就说没有；解释读得回来。"""

import ast
import sys

import pytest


def test_hands_over_only_what_passed(run):
    """交出的代码在例子上逐个相等；每份看过的都有结论。"""
    ns = run.namespace
    for request, answer in ns["results"].items():
        assert sum(answer["verdicts"].values()) == answer["tried"]
        if answer["code"]:
            scope = {}
            exec(answer["code"], scope)
            assert all(scope["f"](xs) == want for xs, want in ns["JOBS"][request])
            assert answer["verdicts"]["对"] == 1
        else:
            assert "对" not in answer["verdicts"]
    assert sum(bool(a["code"]) for a in ns["results"].values()) >= 2
    assert ns["results"]["数一数有几个大于 3 的数"]["code"] is None
    assert ns["judge"](ns["reference"], ns["JOBS"]["数一数有几个大于 3 的数"]) == "对", "要求本身做得到"
    assert ns["mistaken"]["code"] is None


def test_samples_only_when_greedy_fails(run, monkeypatch):
    """贪心的过关就不再采样；重复的不再跑；检查不过的即使结果对也不交出来。"""
    ns = run.namespace
    right, wrong = "    return sum(x for x in xs)\n", "    return max(x for x in xs)\n"
    forbidden = "    return xs.__len__() and sum(xs)\n"
    answers, asked = {}, []

    def fake(prompt, n, temperature):
        asked.append((n, temperature))
        assert prompt == "# 求和\ndef f(xs):\n"
        return answers[temperature]

    monkeypatch.setitem(ns["CodeAssistant"].solve.__globals__, "complete", fake)
    tests = [([1, 2], 3), ([5], 5)]
    for greedy, samples, verdicts, calls in [
        (right, [], {"对": 1}, [(1, 0.0)]),
        (
            wrong,
            [wrong, forbidden, right, wrong],
            {"错答": 1, "重复": 1, "被拦下": 1, "对": 1},
            [(1, 0.0), (20, 0.4)],
        ),
        (wrong, [forbidden], {"错答": 1, "被拦下": 1}, [(1, 0.0), (20, 0.4)]),
    ]:
        answers, asked[:] = {0.0: [greedy], 0.4: samples}, []
        found = ns["CodeAssistant"]().solve("求和", tests)
        assert asked == calls
        assert found["verdicts"] == verdicts
        assert found["code"] == (ns["HEAD"] + right if "对" in verdicts else None)


def test_explanations_read_back_every_kind(run):
    """这一族的每一种都解释得回去。"""
    ns = run.namespace
    data = ns["DATA"]
    for f, filter_code in data["filters"].items():
        for m, map_code in data["maps"].items():
            for r, reduce_code in data["reduces"].items():
                body = f"{reduce_code}({map_code} for x in xs if {filter_code})"
                code = (ns["HEAD"] + f"    return {body}\n").format(n=7, k=9)
                ast.parse(code)
                want = f"取出{f}，每个{m}，再{r}".format(n=7, k=9)
                assert ns["explain"](code) == want


@pytest.mark.parametrize(
    "code",
    [
        *("", "x = 1", "def f(:", "def f(xs):\n    return 1", "def f(xs):\n    pass"),
        "def f(xs):\n    return sum(x + 1 for x in xs if x > 2 if x < 9)",
        "def f(xs):\n    y = 1\n    return sum(x + 1 for x in xs if x > 2)",
        "def f(xs):\n    return sum(x + 1 for x in xs if x >= 2)",
        "def f(xs):\n    return len(x + 1 for x in xs if x > 2)",
        "def f(ys):\n    return sum(x + 1 for x in xs if x > 2)",
        "@f\ndef f(xs):\n    return sum(x + 1 for x in xs if x > 2)",
        "def f(xs):\n    return sum(x + 1 for x in xs if x > 2)\nf = max",
    ],
)
def test_says_so_when_it_does_not_know(run, code):
    """别的结构一律说不认识，不漏掉看不懂的部分。"""
    assert run.namespace["explain"](code) == "不认识这种写法"


def test_judge_verdicts(run):
    """五种结论。"""
    judge, head = run.namespace["judge"], run.namespace["HEAD"]
    tests = [([1, 2, 3], 5)]
    for body, want in [
        ("return sum(x for x in xs if x > 1)", "对"),
        ("return sum(xs)", "错答"),
        ("return max(x for x in xs if x > 9)", "异常"),
        ("return 5 == 5", "错答"),
        ("import os", "被拦下"),
        ("return sum(x for x in xs", "被拦下"),
    ]:
        assert judge(f"{head}    {body}\n", tests) == want, body
    assert judge(f"{head}    return max(xs) > 0\n", [([1], 1)]) == "错答"
    first = [([1, 2], 3), ([5, 6], 0)]
    assert judge(f"{head}    return sum(xs)\n", first) == "错答", "只有第一个例子过了，不算"
    assert judge(f"{head}    return sorted(xs)\n", [([2, 1], [1])]) == "错答"
    with pytest.raises(ValueError, match="没有例子"):
        judge(f"{head}    return sum(xs)\n", [])


def test_a_forged_reply_neither_passes_nor_crashes(run):
    """直接退出、少交、嵌套太深：都是异常，不会判成对，也不会让主程序停下。"""
    forged = "def f(xs):\n    import os\n    os.write(1, b'%s')\n    os._exit(0)\n"
    for text in ["", "true", "[]", '[["\\u503c", 1]]', "[" * 60000]:
        status, _ = run.namespace["run"](forged % text, [[1], [2]])
        assert status == "异常", text[:20]
    assert run.namespace["run"]("def f(xs):\n    print(1)\n    return 1\n", [[1]]) == ("完成", [1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="五道上限在 Linux 上才齐")
def test_limits_are_the_stated_ones(run):
    """子进程里量到的五道上限，就是页面上说的。"""
    ask = "def f(xs):\n    import resource as r\n    return [r.getrlimit(getattr(r, 'RLIMIT_' + x)) for x in xs]\n"
    names = ["CPU", "FSIZE", "CORE", "AS", "NPROC"]
    want = [[1, 2], [2**16, 2**16], [0, 0], [2**28, 2**28], [0, 0]]
    assert run.namespace["run"](ask, [names]) == ("完成", [want])


def test_completion_is_a_function_body(run):
    """续写只留缩进的行，接上函数头能解析。"""
    ns = run.namespace
    (body,) = ns["complete"]("# 取出大于 12 的数，每个加上 6，再求和\n" + ns["HEAD"], 1, 0.0)
    ast.parse(ns["HEAD"] + body)
    assert all(line.startswith("    ") for line in body.splitlines())


@pytest.mark.parametrize(
    "body",
    [
        "return sum(x + 1 for x in (x * 2 for x in xs) if x > 2)",
        "return sorted((x + 1 for x in xs if x > 2), reverse=True)",
        "return sum({x + 1 for x in xs if x > 2})",
        "return sum(x + 1 for x in xs if x > 2 if x < 9)",
        "sum(x + 1 for x in xs if x > 2)",
        "return sum(x + 1 for y in xs if x > 2)",
    ],
)
def test_explanation_never_leaves_anything_out(run, body):
    """看上去是这一族、其实多了一点东西的写法：说不认识，不漏念。"""
    assert run.namespace["explain"](f"def f(xs):\n    {body}") == "不认识这种写法"
    assert run.namespace["explain"]("def f(xs):\n    return sum(x + 1 for x in xs if x > 2)") != "不认识这种写法"
