"""YAML：不声不响会丢字的写法要说出来，有意这样写的不说。"""

import pytest
from guide.course import yaml_document


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("title: 多头 #1 注意力", ["#1 注意力"]),
        ("title: 用 # 写注释", ["# 写注释"]),
        ("title: #1 注意力", ["#1 注意力"]),
        ("file: a.py #L3", ["#L3"]),
        ("- text: 第 1 步 #2", ["#2"]),
        ("title: '多头 #1 注意力'", []),
        ("title: C#", []),
        ("title: 第#1课", []),
        ("title: 多头注意力  # 两格之后是注释", []),
        ("kind: lesson # 讲解", []),
        ("file: transformer-llm/lora.py # 片段", []),
        ("stage: 3 #第三阶段", []),
        ("requires: [attention] #先修", []),
        ("author: # 以后写", []),
        ("# 整行的注释\ntitle: 题", []),
        ("hint: |\n  # 代码里的注释\n  x = 1 # 一", []),
    ],
)
def test_what_became_a_comment(text: str, comments: list[str]) -> None:
    _, problems = yaml_document.read("a.yml", 1, text)
    assert [problem.message.partition("”")[0].removeprefix("“") for problem in problems] == comments


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("stage: 3\norder 3\ngoal: 一句话", 2, "这一行没有 “键: ”"),
        ("goal: 从零写出\n并与官方的对齐\nminutes: 3", 2, "这一行没有 “键: ”"),
        ("title\nstage: 3", 1, "这一行没有 “键: ”"),
        ("titl #\nstage: 3", 1, "这一行没有 “键: ”"),
        ("title: '多头' 注意力", 1, "引号或括号后面还有字"),
        ("tags: [a] b\norder: 1", 1, "引号或括号后面还有字"),
        ("options:\n  - text: 甲\n - text: 乙", 3, "这一行的缩进与上面对不齐"),
        ("stage: 3\n order: 3", 2, "这一行多缩进了"),
        ("title: > 3 个头", 1, "值以 > 或 | 开头"),
        ("title: ? 问", 1, "值以 ? 开头"),
        ("title: - 答", 1, "值以 - 开头"),
        ("title: *重点*", 1, "值以 * 或 & 开头"),
        ("title: 一\ngoal: 有\x00字", 2, "有看不见的控制字符"),
        ("title: !重要", 1, "值以 ! 开头"),
        ("published: !!bool 是", 1, "值以 ! 开头"),
    ],
)
def test_where_and_why_it_cannot_be_read(text: str, line: int, reason: str) -> None:
    _, problems = yaml_document.read("a.yml", 1, text)
    assert [problem.line for problem in problems] == [line]
    assert problems[0].message.removeprefix("YAML 读不懂：").startswith(reason)


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ([], 9),
        (["question"], 10),
        (["nothing"], 9),
        (["options", 1], 14),
        (["options", 1, "why"], 15),
        (["options", 1, "nothing"], 14),
        (["options", 7], 11),
    ],
)
def test_line_of_a_value(location: list[str | int], line: int) -> None:
    text = "question: 题\noptions:\n  - text: 甲\n    why: 一\n  - text: 乙\n    why: 二\n"
    document, problems = yaml_document.read("a.yml", 10, text)
    assert not problems
    assert document.line(location) == line


def test_a_list_that_refers_to_itself_is_read_once() -> None:
    document, problems = yaml_document.read("a.yml", 1, "a: &self [1, *self]")
    assert problems == []
    assert document.lines == {"a": 1}
