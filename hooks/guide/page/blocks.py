"""一块一块的正文：独占一行的公式要自己成一块，不然 $$ 原样印出来。"""

import re
from dataclasses import dataclass
from functools import lru_cache

from pymdownx import arithmatex

from guide.page.formulas import DOLLARS
from guide.page.markup import HEADER, shown
from guide.problem import Problem
from guide.rules import markup as rules

MARK = re.compile(r"(?:(?:[-*+]|\d+[.)])[ \t]+|:[ \t]+|\[\^[^\]\s]+\]:[ \t]*)+")
"""列表、定义与脚注的记号：后面是新的一块。"""
ALONE = re.compile(
    rf"(?:{arithmatex.RE_DOLLAR_BLOCK}|{arithmatex.RE_BRACKET_BLOCK}|{arithmatex.RE_TEX_BLOCK})[ ]*", re.DOTALL
)
"""与渲染时同一份正则：整个一块都是公式，才画成公式。"""
RAW = re.compile(r"(?<!\\)\$(?:\$[^$]*\$|\ufffd)\$|^\\\[[ \t]*$|^\\begin\{[a-z]+\*?\}", re.MULTILINE)
"""会原样印出来的开头；转义的方括号 \\[1\\] 也可能是普通的字，所以只认单独一行的。"""


@dataclass(frozen=True)
class Part:
    """Markdown 当成一块来读的几行，去掉了前缀与记号。"""

    line: int
    """第一行在正文里的行号，从 0 起。"""
    text: str
    glued: bool
    """下一行是列表或表格，又没有空行：Markdown 把它们也读进这一块。"""


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Part, ...]:
    """空行、标题、列表项、引用与表格的一行，都另起一块。"""
    found: list[Part] = []
    lines: list[str] = []
    first = depth = 0
    marked = False
    for number, line in enumerate((*text.split("\n"), "")):
        rest = line.lstrip(" \t>").rstrip()
        quotes = line[: len(line) - len(line.lstrip(" \t>"))].count(">")
        single = bool(HEADER.match(rest)) or rest.startswith(("|", "<", ":::"))
        mark = MARK.match(rest)
        if lines and (not rest or single or mark or quotes > depth):
            found.append(Part(first, "\n".join(lines), not marked and bool(mark or rest.startswith("|"))))
            lines = []
        depth = quotes
        if single:
            found.append(Part(number, rest, False))
        elif rest:
            if not lines:
                first, marked = number, bool(mark)
            lines.append(rest[mark.end() :] if mark else rest)
    return tuple(found)


def check(body: str, path: str, first_line: int) -> list[Problem]:
    """不是自己一块的公式；`body` 的第一行是文件里的第 `first_line` 行。"""
    return [rules.DISPLAY_ALONE.at(path, first_line + number) for number in _glued(body)]


@lru_cache(maxsize=4096)
def _glued(body: str) -> tuple[int, ...]:
    found = []
    for part in parts(shown(body)):
        drawn = ALONE.fullmatch(part.text) and not part.glued
        if ("$$" in part.text or "\\" in part.text) and not drawn:
            without = DOLLARS.sub(lambda match: "\ufffd" + "\n" * match[0].count("\n"), part.text)
            if raw := RAW.search(without):
                found.append(part.line + without.count("\n", 0, raw.start()))
    return tuple(found)
