"""三道门：名单拦得住，进程关得住，判得清；挡不住的也确实挡不住。"""

import json
import os
import sys
import time

import pytest

LINUX = sys.platform.startswith("linux")


def test_naive_ways_really_fail(run):
    """什么都等于的对象骗过等号；空的内建拦不住绕道；两个同样的错误相等。"""
    ns = run.namespace
    assert ns["naive_judge"](ns["CHEAT"], ns["TESTS"]) is True
    assert "True" in run.text("拿走内建函数也不够")
    assert ns["naive_run"](ns["reference"], [1]) == ns["naive_run"](ns["wrong"], [1])


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("return sum(x for x in xs", "语法"),
        ("return __import__('os')", "不许使用 __import__"),
        ("return xs.__class__", "不许出现 Attribute"),
        ("import os", "不许出现 Import"),
        ("from os import path", "不许出现 ImportFrom"),
        ("return open(1)", "不许使用 open"),
        ("return (lambda: 1)()", "不许出现 Lambda"),
        ("return 'a'", "常数只许是整数"),
        ("return True", "常数只许是整数"),
        ("global xs", "不许出现 Global"),
        ("return [x for x in xs]", "不许出现 ListComp"),
        ("return f'{xs}'", "不许出现 JoinedStr"),
    ],
)
def test_check_refuses(run, body, complaint):
    """名单以外的节点、名字与常数都在运行前拦下。"""
    assert complaint in run.namespace["check"](f"def f(xs):\n    {body}\n")


def test_check_wants_exactly_one_function(run):
    """多一条顶层语句、换一个名字、什么都没有，都不行。"""
    check, good = run.namespace["check"], run.namespace["GOOD"]
    assert check(good) == ""
    for code in ["", good + "f(1)\n", good.replace("def f", "def g"), good + good]:
        assert "恰好" in check(code)
    assert "语法" in check("def f(xs):\n    return " + "(" * 500 + ")" * 500)
    assert check("\0") != ""


def test_check_alone_lets_costly_code_through(run):
    """名单看不出会不会停。"""
    assert run.namespace["check"](run.namespace["BAD"]["大乘方"]) == ""


@pytest.mark.skipif(not LINUX, reason="内存与处理器的上限在 Linux 上才齐")
def test_process_contains_runaways(run):
    """失控的程序各得其所。"""
    outcomes = run.namespace["outcomes"]
    assert {n: s for n, (s, _) in outcomes.items()} == {
        "少括号": "异常",
        "死循环": "超时",
        "大乘方": "超时",
        "睡着": "超时",
        "吃内存": "异常",
        "写大文件": "异常",
        "刷屏": "异常",
        "读密钥": "异常",
        "直接退出": "异常",
        "假的通过": "异常",
        "一串左括号": "异常",
        "读文件": "完成",
        "联网": "完成",
        "什么都等于": "异常",
        "绕道内建": outcomes["绕道内建"][0],
    }
    assert "MemoryError" in outcomes["吃内存"][1]
    assert "too large" in outcomes["写大文件"][1]
    assert "KeyError" in outcomes["读密钥"][1]
    assert "没有交回结果" in outcomes["直接退出"][1]
    assert "没有交回结果" in outcomes["一串左括号"][1], "父进程解析它时不许跟着崩"
    assert outcomes["死循环"][1] == outcomes["大乘方"][1] == "用完了处理器时间"
    assert outcomes["读文件"][1] == [True], "读别的文件：挡不住"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="五道上限在 Linux 上才齐")
def test_limits_are_the_stated_ones(run):
    """子进程里量到的五道上限，就是页面上说的。"""
    ask = "def f(xs):\n    import resource as r\n    return [r.getrlimit(getattr(r, 'RLIMIT_' + x)) for x in xs]\n"
    names = ["CPU", "FSIZE", "CORE", "AS", "NPROC"]
    want = [[1, 2], [2**16, 2**16], [0, 0], [2**28, 2**28], [0, 0]]
    assert run.namespace["run"](ask, [names]) == ("完成", [want])


def test_process_sees_nothing_of_ours(run, monkeypatch):
    """环境变量是空的，工作目录是空的，导入路径里没有当前目录。"""
    monkeypatch.setenv("SOME_SECRET", "1")
    ask = "def f(xs):\n    import os\n    return [sorted(os.environ), os.listdir()]\n"
    status, ((names, files),) = run.namespace["run"](ask, [[1]])
    assert status == "完成" and "SOME_SECRET" not in names and files == []
    ask = "def f(xs):\n    import sys\n    return ['' in sys.path, sys.flags.isolated, sys.flags.no_site]\n"
    assert run.namespace["run"](ask, [[1]]) == ("完成", [[False, 1, 1]])


def test_timeout_is_kept_and_the_group_dies(run):
    """到点就回来；候选代码开的同组子进程也被杀掉。"""
    code = "def f(xs):\n    import time\n    time.sleep(30)\n"
    begin = time.monotonic()
    assert run.namespace["run"](code, [[1]], seconds=0.5)[0] == "超时"
    assert time.monotonic() - begin < 5
    if LINUX and os.getuid() == 0:  # 只有 root 还开得了进程
        child = "def f(xs):\n    import os, time\n    p = os.fork()\n    if p: return p\n"
        status, (pid,) = run.namespace["run"](child + "    time.sleep(30)\n", [[1]])
        assert status == "完成"
        for _ in range(50):
            if not alive(pid):
                break
            time.sleep(0.05)
        assert not alive(pid)


def alive(pid):
    """进程还在运行；僵尸不算。"""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_forged_answer_does_not_help(run):
    """子进程手里没有期望的值；伪造的输出最多变成“异常”或“错答”。"""
    run_code = run.namespace["run"]
    forged = "def f(xs):\n    import os\n    os.write(1, b'%s')\n    os._exit(0)\n"
    assert run_code(forged % '[["\\u503c", 0]]', [[1], [2]])[0] == "异常"
    assert run_code(forged % "true", [[1]])[0] == "异常"
    assert run_code(forged % "[]", [[1]])[0] == "异常"
    seen = "def f(xs):\n    import sys\n    return sorted(sys.modules['__main__'].job)\n"
    assert run_code(seen, [[1]]) == ("完成", [["code", "inputs"]]), "期望的值不许交给子进程"
    assert run_code("def f(xs):\n    print('通过')\n    return 1\n", [[1]]) == ("完成", [1])


def test_inputs_do_not_leak_between_calls(run):
    """候选代码改动自己的输入，不影响父进程的测试。"""
    tests = [([3, 1, 2], [1, 2, 3])]
    mutating = "def f(xs):\n    xs.sort()\n    return xs\n"
    assert run.namespace["run"](mutating, [tests[0][0]]) == ("完成", [[1, 2, 3]])
    assert tests[0][0] == [3, 1, 2]


def test_five_verdicts(run):
    """对、错答、异常、超时、被拦下，各判一份。"""
    ns = run.namespace
    head, judge, tests = ns["HEAD"], ns["judge"], ns["tests"]

    def verdict(body, tests=tests):
        return judge(f"{head}    {body}\n", tests)[0]

    assert verdict("return sum(x + 1 for x in xs if x > 2)") == "对"
    assert verdict("return sum(x + 1 for x in xs if x > 3)") == "错答"
    assert verdict("return max(x for x in xs if x > 9)") == "异常"
    assert verdict("return 9 ** 9 ** 9") == ("超时" if LINUX else verdict("return 9 ** 9 ** 9"))
    assert verdict("import os") == "被拦下"
    assert verdict("return max(xs)", [([1], 1.0)]) == "错答", "1 与 1.0 不是一回事"
    assert verdict("return max(xs) > 0", [([1], 1)]) == "错答", "True 与 1 不是一回事"
    assert verdict("return sorted(x > 0 for x in xs)", [([1], [1])]) == "错答", "嵌在里面的 True 也不是"
    assert verdict("return sum(xs)", [([1], 1), ([2], 3)]) == "错答", "每一组都要比，不只第一组"
    with pytest.raises(ValueError, match="没有测试"):
        judge(ns["GOOD"], [])


def test_broken_reference_is_refused(run):
    """参考答案跑不通就报错，不当作答案。"""
    ns = run.namespace
    assert run.text("参考答案也会坏").startswith("ValueError")
    with pytest.raises(ValueError, match="参考答案"):
        ns["answers"](ns["HEAD"] + "    return 1 % 0\n", [[1]])
    assert ns["answers"](ns["GOOD"], [[1, 2, 3, 4], [5]]) == [9, 6]


def test_results_are_plain_json(run):
    """写不成 JSON 的返回值算异常。"""
    status, why = run.namespace["run"]("def f(xs):\n    return {1, 2}\n", [[1]])
    assert status == "异常" and "JSON" in why
    assert json.dumps(run.namespace["run"](run.namespace["GOOD"], [[5]])[1]) == "[6]"
