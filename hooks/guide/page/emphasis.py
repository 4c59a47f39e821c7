"""强调的星号：挨着标点又挨着字，就不是强调，原样印出来。"""

import re
from functools import lru_cache

from guide.page import inline
from guide.page.blocks import parts
from guide.page.formulas import DOLLARS
from guide.page.markup import HAN, shown
from guide.problem import Problem
from guide.rules import markup as rules

STRONG = re.compile(r"(?<![*\\])\*\*(?P<inner>[^\s*](?:[^*]*[^\s*])?)\*\*(?!\*)")
WORD = re.compile(r"\w")


def check(body: str, path: str, first_line: int) -> list[Problem]:
    """`body` 的第一行是文件里的第 `first_line` 行。"""
    return [rules.STARS.at(path, first_line + number, text=text) for number, text in _found(body)]


@lru_cache(maxsize=4096)
def _found(body: str) -> tuple[tuple[int, str], ...]:
    found = []
    for part in parts(shown(body)):
        # 代码与公式在渲染时换成了占位的字，不算标点
        text = DOLLARS.sub(lambda match: re.sub(r"[^\n]", "\ufffc", match[0]), part.text).replace("\ufffc", "甲")
        start = 0
        for cell in re.split(r"(?<!\\)\|", text) if text.startswith("|") else (text,):
            for match in STRONG.finditer(cell):
                if _glued(cell, match) and "**" in inline.render(cell):
                    place = start + match.start()
                    end = start + match.end() + 1
                    found.append((part.line + text.count("\n", 0, place), _shown(part.text[max(0, place - 1) : end])))
            start += len(cell) + 1
    return tuple(found)


def _glued(text: str, match: re.Match[str]) -> bool:
    """里面的标点挨着星号，星号另一边是字。"""
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
    inner = match["inner"]
    trapped = (WORD.match(before) and not WORD.match(inner[0])) or (WORD.match(after) and not WORD.match(inner[-1]))
    return bool(trapped) and bool(re.search(f"[{HAN}]", before + inner + after))


def _shown(text: str) -> str:
    """消息里的几个字；代码与公式写作 …，两头的空白不要。"""
    text = re.sub("\ufffc+", "…", " ".join(text.split()))
    return text if len(text) <= 24 else f"{text[:11]}…{text[-11:]}"
