"""坏的输入：每个文件夹是一个例子，盖在没有毛病的小站点上，消息逐字比较。

例子里的 remove.txt 列出要删的文件；problems.txt 是应当报告的全部问题。
"""

from pathlib import Path

import pytest
from guide.commands.linting import check_project
from small_site import SmallSite

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_is_reported(case: Path, small_site: SmallSite) -> None:
    small_site.spoil(case)

    result = small_site.build("-q")

    expected = (case / "problems.txt").read_text(encoding="utf-8").splitlines()
    assert result.problems == expected
    assert result.code != 0
    assert "Traceback" not in result.output


FRONT = "---\ntitle: 第二课\nstage: 1\norder: 2\ngoal: 做成一件事\nminutes: 30\n{}---\n\n{}\n"
PAGE, CODE = "docs/foundations/b.md", "snippets/foundations/a_b.py"
SNIPPET = "```snippet\nfile: foundations/a.py\nshow: 求和\n{}\n```"
HUGE = {
    "一亿行": (PAGE, FRONT.format("", SNIPPET.format("highlight: 1-100000000"))),
    "五千位的行号": (PAGE, FRONT.format("", SNIPPET.format(f"lines: '{'9' * 5000}'"))),
    "五千字的图片": (PAGE, FRONT.format("", f"![一条曲线]({'a' * 5000}.png)")),
    "五千字的分享图": (PAGE, FRONT.format(f"image: {'a' * 5000}\n", "正文。")),
    "五千字的图标": (PAGE, FRONT.format(f"icon: {'a' * 5000}\n", "正文。")),
    "一千层方括号": (PAGE, f"---\ntitle: {'[' * 1200}\n---\n"),
    "引用自己": (PAGE, FRONT.format("", "```quiz\nquestion: &x [*x]\n```")),
    "术语引用自己": ("terms.yml", "- term: &x [*x]\n"),
    "落单的代理码点": (PAGE, FRONT.replace("第二课", '"\\ud800"').format("", "正文。")),
    "一个很长的和": (CODE, f'"""和。\n"""\n\n# %% 甲\nx = {"1+" * 6000}1\n'),
    "一串很长的点": (CODE, f'"""点。\n"""\n\n# %% 甲\nx = a{".b" * 6000}\n'),
    "一串很长的负号": (CODE, f'"""负。\n"""\n\n# %% 甲\nx = {"-" * 6000}1\n'),
    "读不懂的网址": (PAGE, FRONT.format("", "![一条曲线](https://[x/y)")),
}


@pytest.mark.parametrize(("path", "text"), HUGE.values(), ids=HUGE)
def test_what_is_monstrous_is_a_problem_not_a_crash(small_site: SmallSite, path: str, text: str) -> None:
    small_site.write(path, text)
    found = [str(one) for one in check_project(small_site.base, ruff=False)]
    assert [one for one in found if one.startswith(path)]
    assert "".join(found).encode()
    assert max(map(len, found)) < 6000
