"""Markdown 的记号：写对了的与长得像的，什么也不说。"""

import pytest
from guide.commands.linting import check_project
from guide.page import links, markup, raw_html
from guide.words import prose
from small_site import ROOT, SmallSite

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


SOUND = {
    "折行的值": """\
```quiz
question: >-
  一是这样，
  二是那样。
options:
  - text: >-
      一是这样，
      二是那样。
    correct: true
    why: 对
  - text: 乙
    why: 不对
```
""",
    "列表里的公式": """\
- $$
    y = x
    $$

再看 $x$ 与 $y$：

- $$
    z
    $$
""",
    "像术语的字": """\
这个程序包含两个函数，很多模式都不同，这是不同现象，先去重再排序。他说“查准率”。见《查准率》。

$$
\\text{查准率}
$$
""",
    "网址里的美元": """\
看[查询](https://e.com/?$filter=a)与 <https://e.com/?a=$b>，还有[甲][q]。

[q]: https://e.com/?$a=1
""",
    "方框里的脚注与地址": """\
!!! note "甲"

    见[论文][paper]与脚注[^1]，还有 \\[^abc\\]。

    [^1]: 注

    [paper]: https://example.org/a
""",
    "张量的下标": """\
形状是 x[批][长度] 的张量，[第 i 行][第 j 列] 取一个数，[批][长度] 也一样。
""",
    "对齐的表格": """\
|   名字 |     值 |
|-------:|-------:|
|   词元 |     甲 |
""",
    "注释里的记号": """\
<!--
!!! note "甲"
``snippet
-->

正文。
""",
    "放在旁边的提示框": """\
!!! note inline end "侧边"

    正文。
""",
}
"""第二位新手写的、对的文字：一条也不该报。"""


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND)
def test_what_a_good_author_writes_is_left_alone(small_site: SmallSite, body: str) -> None:
    small_site.write("terms.yml", (ROOT / "terms.yml").read_bytes())
    small_site.lesson("foundations/b.md", 1, 2, body)
    assert [str(one) for one in check_project(small_site.base, ruff=False) if one.path.startswith("docs/")] == []
    page = small_site.base / "docs/foundations/b.md"
    assert prose.fix(page.read_text(encoding="utf-8"), "docs/foundations/b.md") == page.read_text(encoding="utf-8")
