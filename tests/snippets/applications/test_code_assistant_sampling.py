"""采样与挑选：判分与逐份运行一致，pass@k 合法，挑选的三种结局加起来是一。"""

import ast
import itertools
from pathlib import Path

import numpy as np
import pytest


def test_batch_grading_equals_direct_execution(run):
    """一起跑的判分，与在这里逐份直接执行的结果一样。"""
    ns = run.namespace
    for q in range(4):
        question, bodies = ns["EXAM"][q], ns["samples"][0.4][q][:6]

        def values(body, question=question):
            scope = {}
            try:
                exec(ns["HEAD"] + body, scope)
                return [scope["f"](list(xs)) for xs in question["tests"]]
            except Exception:
                return None

        want = values(question["answer"])
        for i, body in enumerate(bodies):
            got = values(body) if not ns["check"](ns["HEAD"] + body) else None
            expected = [False] * len(want)
            if got is not None:
                expected = [a == b for a, b in zip(got, want, strict=True)]
            assert ns["marks"][0.4][q, i].tolist() == expected


def test_reference_answers_pass_and_broken_ones_are_refused(run):
    """参考答案得满分；空的、出错的、名单外的全不得分；坏的参考答案报错。"""
    ns = run.namespace
    question = ns["EXAM"][0]
    bodies = [question["answer"], "", "    return 1 / 0\n", "    return xs.__len__()\n"]
    assert ns["grade"](question, bodies).all(axis=1).tolist() == [True, False, False, False]
    with pytest.raises(ValueError, match="参考答案"):
        ns["grade"]({**question, "answer": "    return 1 / 0\n"}, bodies)


def test_the_whitelist_is_the_one_from_the_lesson():
    """三个脚本里的名单与 check 是同一份，只有文档字符串可以不同。"""

    def whitelist(name):
        tree = ast.parse(Path(f"snippets/applications/code_assistant_{name}.py").read_text(encoding="utf-8"))
        found = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {"NODES", "NAMES"}:
                found[node.targets[0].id] = ast.dump(node)
            if isinstance(node, ast.FunctionDef) and node.name == "check":
                found["check"] = [ast.dump(line) for line in node.body[1:]]
        assert len(found) == 3
        return found

    assert whitelist("sampling") == whitelist("sandbox") == whitelist("program")


def test_refused_code_gets_no_marks(run):
    """答案对、写法在名单外的，一分也不给；结果是真假值的也不算整数。"""
    ns = run.namespace
    question = {"answer": "    return sum(xs)\n", "tests": [[1], [0, 1]]}
    bodies = [
        "    return sum(xs)\n",
        "    y = sum(xs)\n    return y\n",
        "    return sum([x for x in xs])\n",
        "    return sum(xs) == 1\n",
        "    return max(xs) * 1 ** 2\n",
    ]
    assert ns["grade"](question, bodies).tolist() == [[True] * 2, [False] * 2, [False] * 2, [False] * 2, [True] * 2]
    half = ns["grade"]({**question, "tests": [[1], [2, 3]]}, ["    return max(xs)\n"])
    assert half.tolist() == [[True, False]]


def test_interval(run):
    """全相同的题没有抖动；两种各半的题，区间夹住平均，约是两个标准误。"""
    interval = run.namespace["interval"]
    assert interval(np.full(20, 0.3)) == pytest.approx([0.3, 0.3])
    low, high = interval(np.array([0.0, 1.0] * 50))
    assert low == pytest.approx(0.4, abs=0.03) and high == pytest.approx(0.6, abs=0.03)
    assert run.namespace["estimates"](0.4, 1).mean() == pytest.approx(run.namespace["right"][0.4].mean())


def test_one_bad_candidate_does_not_take_the_rest_down(run):
    """一份用光了处理器时间，其余各份照样有结果。"""
    good = "def f(xs):\n    return sum(xs)\n"
    huge = "def f(xs):\n    return 9 ** 9 ** 9\n"
    if run.namespace["sys"].platform == "linux":
        assert run.namespace["run_together"]([good, huge], [[1, 2]]) == [["3"], None]


def test_curves(run):
    """pass@k 随 k 不减；两端分别是单份的答对率与至少一份对的比例。"""
    ns = run.namespace
    for t, curve in ns["curves"].items():
        assert all(b >= a - 1e-12 for a, b in itertools.pairwise(curve))
        assert curve[0] == pytest.approx(ns["right"][t].mean())
        assert curve[-1] == pytest.approx(ns["right"][t].any(axis=1).mean())
    for k in range(1, 20):
        p = [np.mean([ns["pass_at_k"](20, c, k) for c in ns["right"][0.4].sum(1)])]
        assert ns["curves"][0.4][k - 1] == pytest.approx(p[0])
    assert ns["curves"][0.1][0] > ns["curves"][0.4][0] > ns["curves"][0.7][0]
    assert ns["curves"][0.4][-1] > ns["curves"][0.1][0], "多采几份，越过低温的单份"


def test_select_counts(run):
    """手造的一题一题地数：挑中对的、挑中错的、没有交。"""
    ns = run.namespace
    marks = np.zeros((3, 2, 6), dtype=bool)
    marks[0, 1] = True  # 第一题：第二份全对
    marks[1, 0, 4] = True  # 第二题：第一份骗过了可见的例子
    marks[1, 1] = True
    assert ns["select"](marks, [4]) == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert ns["select"](marks, []) == pytest.approx([0, 1, 0]), "不看例子，就交第一份"
    for outcome in ns["table"].values():
        assert outcome.sum() == pytest.approx(1)


def test_selecting_beats_the_first_sample(run):
    """用例子挑，比交第一份好；边界的例子比随手的例子少上当。"""
    ns = run.namespace
    table = ns["table"]
    assert table["边界加随手"][0] > table["不看例子"][0]
    precise = {n: ns["precision"](ns["marks"][0.7], v) for n, v in ns["VISIBLE"].items()}
    assert precise["不看例子"] == pytest.approx(ns["marks"][0.7][:, :, ns["HIDDEN"]].all(axis=2).mean())
    assert precise["边界加随手"] > precise["一个随手的例子"] > precise["不看例子"]
    assert not set(ns["HIDDEN"]) & {0, 4, 5}
