"""报告：三种写法说的是同一份问题。"""

import json

from guide import rules
from guide.commands import report
from guide.problem import RULES, Problem

PROBLEMS = [
    rules.front_matter.EMPTY.at("docs/b.md", 3),
    rules.pictures.FORMULA.at("docs/a:1,2.md", 20, tex="x", reason="两行\n的 50% 消息"),
    rules.fences.ON_BULLET.at("docs/a:1,2.md", 7),
]


def test_text_is_grouped_and_every_line_can_be_clicked() -> None:
    assert report.written(PROBLEMS).splitlines() == [
        "docs/a:1,2.md:7: 围栏和列表记号写在了同一行：另起一行，缩进 4 个空格 [fence-on-bullet]",
        "docs/a:1,2.md:20: 公式 “x” 读不懂：两行",
        "的 50% 消息 [formula]",
        "docs/b.md:3: front matter 是空的：至少写 title: 标题 [front-matter-empty]",
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
        "::error file=docs/a%3A1%2C2.md,line=7,title=fence-on-bullet::围栏和列表记号写在了同一行：另起一行，缩进 4 个空格",
        "::error file=docs/a%3A1%2C2.md,line=20,title=formula::公式 “x” 读不懂：两行%0A的 50%25 消息",
        "::error file=docs/b.md,line=3,title=front-matter-empty::front matter 是空的：至少写 title: 标题",
    ]
    assert report.written([], "github") == ""


def test_json_reads_back() -> None:
    found = json.loads(report.written(PROBLEMS, "json"))
    assert [Problem(**{**one, "rule": RULES[one["rule"]]}) for one in found] == sorted(PROBLEMS)
    assert json.loads(report.written([], "json")) == []
