"""正文里的公式：在哪一行，读不读得懂；不必先把 Markdown 变成网页。"""

import re
from collections.abc import Iterator
from functools import lru_cache

from pymdownx import arithmatex

from guide import rules
from guide.page import mathematics
from guide.page.fences import scan, without_fences
from guide.problem import Problem

CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
# 与渲染时同一份正则：这里认出的就是页面上变成公式的
BLOCKS = [
    re.compile(rf"^[ \t>]*(?:(?:[-*+]|\d+\.|:|\[\^[^\]\s]+\]:)[ \t]+)?{pattern}", re.MULTILINE)
    for pattern in (arithmatex.RE_DOLLAR_BLOCK, arithmatex.RE_TEX_BLOCK, arithmatex.RE_BRACKET_BLOCK)
]
DOLLARS = re.compile(arithmatex.RE_SMART_DOLLAR_INLINE)
"""写在一行里的 $…$。"""
INLINE = (DOLLARS, re.compile(arithmatex.RE_BRACKET_INLINE))
LONGEST = 60
"""消息里的公式最多这么长。"""
WITH_FORMULAS = {"quiz", "exercise"}
"""这些围栏里的文字也会变成公式。"""


@lru_cache(maxsize=4096)
def check(body: str, path: str, first_line: int) -> tuple[Problem, ...]:
    """正文里画不出来的公式；`first_line` 是正文第一行在文件里的行号。"""
    problems = []
    for tex, display, line in formulas(body):
        try:
            mathematics.one(tex, display)
        except ValueError as error:
            problems.append(rules.pictures.FORMULA.at(path, first_line + line, tex=in_one_line(tex), reason=error))
    return tuple(problems)


def in_one_line(tex: str) -> str:
    """消息里的公式，一行写完。"""
    line = re.sub(r"\s+", " ", tex)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def formulas(body: str) -> Iterator[tuple[str, bool, int]]:
    """正文里的每一个公式：TeX、是不是独占一行、第几行（从 0 起）。"""
    yield from _found(without_fences(body), 0)
    for fence in scan(body):
        if fence.language in WITH_FORMULAS:
            yield from _found(fence.content, fence.start)


def _found(text: str, first: int) -> Iterator[tuple[str, bool, int]]:
    text = CODE.sub(_blank, text)
    for pattern in BLOCKS:
        for match in pattern.finditer(text):
            tex = next(value for key, value in match.groupdict().items() if key.startswith("math") and value)
            yield tex.strip(), True, first + text.count("\n", 0, match.start("math" if "$" in match[0][:9] else 0))
        text = pattern.sub(_blank, text)
    for paragraph in re.finditer(r"(?:[^\n]*\S[^\n]*\n?)+", text):
        for pattern in INLINE:
            for match in pattern.finditer(paragraph[0]):
                if tex := match[3]:
                    yield tex.strip(), False, first + text.count("\n", 0, paragraph.start() + match.start(3))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])
