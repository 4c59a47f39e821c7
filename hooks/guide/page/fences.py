"""围栏：在 Markdown 里逐行找代码围栏，列表、标签页、提示框与引用里的也找得到。"""

import re
from dataclasses import dataclass
from functools import lru_cache

OPENING = re.compile(r"(?P<prefix>[ \t>]*)(?P<marker>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
BULLET = re.compile(r"[ \t>]*(?:[-*+]|\d+[.)])[ \t]+(?P<marker>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
PYTHON = {"python", "py", "pycon", "python3", "py3", "ipython", "ipython3"}


@dataclass(frozen=True)
class Fence:
    """一个围栏；行号从 1 起，相对正文。"""

    start: int
    end: int
    """结尾围栏所在的行；没有结尾时是正文最后一行。"""
    prefix: str
    """围栏前的空格与 >，它发出的每一行都要带着。"""
    info: str
    content: str
    closed: bool = True
    on_bullet: bool = False

    @property
    def language(self) -> str:
        """信息串里的语言：`python title=…` 与 `{.python …}` 都是 python。"""
        words = self.info.strip().strip("{}").split()
        return words[0].lstrip(".").lower() if words else ""

    @property
    def is_python(self) -> bool:
        return self.language in PYTHON

    @property
    def indent(self) -> int:
        """缩进了几列；引用记号 > 与它后面的一个空格不算。"""
        _, quoted, rest = self.prefix.rpartition(">")
        return len((rest.removeprefix(" ") if quoted else rest).expandtabs(4))


@lru_cache(maxsize=4096)
def scan(body: str) -> list[Fence]:
    """列出正文里的围栏，外层的；围栏里面的例子不算。"""
    lines = body.split("\n")
    found: list[Fence] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        opening, bullet = OPENING.match(line), BULLET.match(line)
        if not opening and not bullet:
            number += 1
            continue
        match = opening or bullet
        assert match
        prefix = opening["prefix"] if opening else ""
        end = _closing(lines, number + 1, prefix, match["marker"], exact=opening is not None)
        stop = len(lines) if end is None else end
        content = [_strip(text, prefix) for text in lines[number + 1 : stop]]
        found.append(
            Fence(number + 1, min(stop + 1, len(lines)), prefix, match["info"].strip(), "\n".join(content),
                  end is not None, bullet is not None)
        )  # fmt: skip
        number = stop + 1
    return found


def _closing(lines: list[str], start: int, prefix: str, marker: str, exact: bool) -> int | None:
    """结尾围栏的下标：同一种记号、至少一样长、前缀相同。"""
    ending = re.compile(rf"{re.escape(marker[0])}{{{len(marker)},}}[ \t]*$")
    for number in range(start, len(lines)):
        line = lines[number]
        if exact and line.startswith(prefix) and ending.match(line[len(prefix) :]):
            return number
        if not exact and ending.match(line.strip()):
            return number
    return None


def _strip(line: str, prefix: str) -> str:
    if line.startswith(prefix):
        return line[len(prefix) :]
    return "" if not line.strip(" \t>") else line.lstrip(" \t>")


def fence_for(text: str, info: str, prefix: str = "") -> str:
    """发出一个围栏：比里面任何一串反引号都长，每行带着前缀。"""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marker = "`" * max(3, longest + 1)
    lines = [marker + info, *text.split("\n"), marker]
    return "\n".join((prefix + line).rstrip() if not line else prefix + line for line in lines)


def indented(text: str, prefix: str) -> str:
    """给每一行加上前缀；空行不留尾部空格。"""
    return "\n".join((prefix + line).rstrip() if not line.strip() else prefix + line for line in text.split("\n"))


@lru_cache(maxsize=4096)
def without_fences(body: str) -> str:
    """把围栏里的每一行换成空行，行号不变。"""
    lines = body.split("\n")
    for fence in scan(body):
        for number in range(fence.start - 1, fence.end):
            lines[number] = ""
    return "\n".join(lines)
