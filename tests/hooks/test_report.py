"""报告：三种写法说的是同一份问题。"""

import json

from guide import report
from guide.problem import Problem

PROBLEMS = [
    Problem("docs/b.md", 3, "第二个文件"),
    Problem("docs/a:1,2.md", 20, "两行\n的 50% 消息"),
    Problem("docs/a:1,2.md", 7, "先说的"),
]


def test_text_is_grouped_and_every_line_can_be_clicked() -> None:
    assert report.written(PROBLEMS).splitlines() == [
        "docs/a:1,2.md:7: 先说的",
        "docs/a:1,2.md:20: 两行",
        "的 50% 消息",
        "docs/b.md:3: 第二个文件",
        "3 个问题，在 2 个文件里",
    ]
    assert report.written([]) == "没有问题"


def test_colour_changes_nothing_but_colour() -> None:
    coloured = report.written(PROBLEMS, color=True)
    assert "\033[31m" in coloured
    for code in (report.BOLD, report.RED, report.DIM, report.PLAIN):
        coloured = coloured.replace(code, "")
    assert coloured == report.written(PROBLEMS)


def test_github_annotations_are_one_line_each_and_escaped() -> None:
    assert report.written(PROBLEMS, "github").splitlines() == [
        "::error file=docs/a%3A1%2C2.md,line=7::先说的",
        "::error file=docs/a%3A1%2C2.md,line=20::两行%0A的 50%25 消息",
        "::error file=docs/b.md,line=3::第二个文件",
    ]
    assert report.written([], "github") == ""


def test_json_reads_back() -> None:
    found = json.loads(report.written(PROBLEMS, "json"))
    assert [Problem(**one) for one in found] == sorted(PROBLEMS)
    assert json.loads(report.written([], "json")) == []
