"""Markdown 的记号：写对了的与长得像的，什么也不说。"""

import pytest
from guide.page import links, markup, raw_html

QUIET = [
    "- 甲\n  续行\n- 乙\n\n    第二段\n\n    - 丙\n\n1. 丁\n\n    ```bash\n    ls\n    ```\n\n    文字",
    "文字\n## 小节\n- 甲",
    "三样：\n\n- 甲\n\n> 引用\n>\n> - 乙",
    "| 甲 | 乙 |\n|:--|---|\n| 1 | $d$ |",
    '!!! tip "甲"\n\n    正文\n\n    - 乙\n\n=== "丙"\n    正文',
    "术语\n:   解释\n\n    第二段\n\n[^1]: 脚注\n\n    第二段",
    "区间 [0, 1]（闭区间），形状 [T] (T, d)，-1 与 -x，3.5 倍，C# 与 F#。",
    "花 \\$5，`$HOME`，$a$ 与 $b$，$$\nc\n$$",
    "两行的 `行内\n代码` 也是代码，``一个 ` 反引号``。",
    "::: guide.problem\n    options:\n      show_source: false",
    "```text\n##标题\n-一项\n[字] (a.md)\n<script>\n```",
    "<small>小字</small><br>，<名字> 与 <EOS> 不是标签，按 <kbd>/</kbd>，`<div>` 是代码。",
    "文字\n***\n- 甲\n\n<!-- 注释 -->\n- 乙\n\n- [ ] 任务\n- [x] 任务\n\n|x| 的绝对值与 |y|",
    '!! tip "记号写错了的，另有一条规则"\n\n    正文',
    "![图](a.png) <img src='a.svg' alt=''>，见 <https://example.com/>。",
]


@pytest.mark.parametrize("body", QUIET, ids=range(len(QUIET)))
def test_nothing_is_said_of_what_is_right(body: str) -> None:
    assert [str(one) for one in (*markup.check(body, "a.md", 1), *raw_html.check(body, "a.md", 1))] == []


@pytest.mark.parametrize(
    "body",
    [
        "正文[^1]，又一次[^1]。\n\n[^1]: 脚注。",
        "见[注意力][a]与[别的][A]。\n\n[a]: https://example.com/",
        "`x[^1]`，[`Problem`][guide.problem.Problem]，矩阵 $[a]_甲[b]$，第[一]项[1]。",
    ],
)
def test_notes_and_names_that_are_there(body: str) -> None:
    assert links._named(body, "a.md", 1) == ()
