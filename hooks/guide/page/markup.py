"""Markdown 的记号写差了一点，就悄悄变成文字：列表、表格、标题、链接、围栏、提示框与公式。"""

import re
from collections.abc import Iterator
from functools import lru_cache

from guide.page.fences import without_fences
from guide.page.formulas import DOLLARS
from guide.problem import Problem, Rule
from guide.rules import markup as rules

Found = Iterator[tuple[int, Rule, dict[str, object]]]
"""第几行（从 0 起）、哪一条规则、消息里的值。"""

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
HIDDEN = re.compile(
    r"(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"
    r"|<!--.*?-->|<(?P<raw>pre|svg|code|kbd|samp)\b.*?</(?P=raw)>",
    re.DOTALL,
)
DISPLAY = re.compile(r"(?<!\\)\$\$.*?\$\$|^[ \t>]*\\\[.*?\\\]|\\\(.*?\\\)", re.DOTALL | re.MULTILINE)
PREFIX = re.compile(r"[ \t>]*")
BULLET = re.compile(r"(?:[-*+]|\d+\.)[ \t]+\S")
ITEM = re.compile(r"(?:[-*+]|\d+[.)])[ \t]|:[ \t]|\[\^[^\]\s]+\]:|\*\[[^\]]+\]:|:::|<")
"""列表、定义、脚注、缩写与 HTML：下面各行属于它。"""
HEADER = re.compile(r"[!?！？]{2,4}\+?[ \t]*[A-Za-z\"“]|===|#{1,6}(?!#)|\{:|[\ufffc \t]+$|(?:[-*_][ \t]*){3,}$")
"""自成一行的：下面从头开始。"""
TABLE = re.compile(r"\|.*\|\s*$")
TABLE_LINE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?\s*$")
WRONG_HEADING = re.compile(r"([#＃]{1,6})(?![#＃])[ \t\u3000]*(?=[^\s{])")
WRONG_ITEM = re.compile(rf"(-|\d+\.)(?=[{HAN}“《]|\*\*[{HAN}])")
WRONG_LINK = re.compile(
    r"(?<!!)(\[[^\[\]\n^][^\[\]\n]*\])(?:[ \t]*（(?P<full>[^（）()\n]*)[）)]|[ \t]*\((?P<half>[^（）()\n]*)）|[ \t]+\((?P<far>[^()\n]*)\))"
)
ADDRESS = re.compile(r"\S*(?:\.md(?:#\S*)?|://\S+)|#\S+|mailto:\S+")
WRONG_FENCE = re.compile(r"(``(?!`)|[·‘’']{3,})[ \t]*[A-Za-z-]*\s*$")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
ADDRESSES = re.compile(
    r"\]\([^)\n]*\)|^[ \t>]*\[[^\]\n]+\]:[^\n]*|<[^>\n]*>|https?://[^\s<>|（）“”，。、；：！？]+", re.MULTILINE
)
"""网址与标签：里面的 $ 不是公式。"""
BOX = re.compile(r'(?:!!!|\?\?\?\+?) +[a-z]+(?: +"[^"]*")?\s*$|===[!+]? +"[^"]*"\s*$')
LIST_OR_BOX = re.compile(
    r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]|[!?！？]{2,4}\+?[ \t]*[A-Za-z\"“]|===|:[ \t]|\[\^[^\]\s]+\]:|\*\[[^\]]+\]:|:::|<)"
)
"""下面缩进的是它的正文；提示框的记号写错了，另有一条规则说。"""


def check(body: str, path: str, first_line: int) -> list[Problem]:
    """`body` 的第一行是文件里的第 `first_line` 行。"""
    return [rule.at(path, first_line + number, **values) for number, rule, values in _found(body)]


@lru_cache(maxsize=4096)
def _found(body: str) -> tuple[tuple[int, Rule, dict[str, object]], ...]:
    text = shown(body)
    flat = _blanked(DISPLAY, text)
    uncommented = _blanked(COMMENT, without_fences(body))
    plain = _blanked(DOLLARS, flat)
    return (
        *_blocks(plain),
        *_lines(plain),
        *_fence_marks(uncommented),
        *_boxes(_blanked(COMMENT, body), uncommented),
        *_dollars(_blanked(ADDRESSES, flat)),
    )


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: re.sub(r"[^\n]", "\ufffc", match[0]), text)


@lru_cache(maxsize=4096)
def shown(body: str) -> str:
    """盖住围栏、行内代码与注释的正文，行与列不变。"""
    return _blanked(HIDDEN, without_fences(body))


def _groups(text: str) -> Iterator[list[tuple[int, str]]]:
    """空行隔开的一段一段，连同行号。"""
    group: list[tuple[int, str]] = []
    for number, line in enumerate((*text.split("\n"), "")):
        if line.strip(" \t>"):
            group.append((number, line))
        elif group:
            yield group
            group = []


def _blocks(text: str) -> Found:
    """紧跟在一段文字下面的列表与表格；没有横线的表格；缩进的代码。"""
    inside = False  # 在列表、提示框、脚注里，缩进的是它们的正文
    for group in _groups(text):
        number, line = group[0]
        if line.startswith(("    ", "\t")):
            if not inside:
                yield number, rules.INDENTED_CODE, {}
                continue
        else:
            inside = any(LIST_OR_BOX.match(one) for _, one in group)
        yield from _paragraph(group)


def _paragraph(group: list[tuple[int, str]]) -> Found:
    before: str | None = None  # 一段普通文字的前缀；在列表与表格里是 None
    fresh = True
    for place, (number, line) in enumerate(group):
        match = PREFIX.match(line)
        prefix = match[0] if match else ""
        rest = line[len(prefix) :]
        if HEADER.match(rest):
            before, fresh = None, True
            continue
        what = "列表" if BULLET.match(rest) else "表格" if TABLE.match(rest) and _ruled(group, place) else ""
        if what and before is not None and before == prefix:
            yield number, rules.BLANK_BEFORE, {"what": what}
            return
        if fresh:
            if TABLE.match(rest):
                following = group[place + 1][1] if place + 1 < len(group) else ""
                if TABLE.match(following.lstrip(" \t>")) and not _ruled(group, place):
                    yield number, rules.TABLE_RULE, {}
                return
            if ITEM.match(rest):
                return
            before, fresh = prefix, False


def _ruled(group: list[tuple[int, str]], place: int) -> bool:
    """下一行是不是表格的横线。"""
    return place + 1 < len(group) and bool(TABLE_LINE.match(group[place + 1][1].lstrip(" \t>")))


def _lines(text: str) -> Found:
    """标题、列表与链接的记号。"""
    for number, line in enumerate(text.split("\n")):
        rest = line.lstrip(" \t>")
        if (match := WRONG_HEADING.match(rest)) and match[0] != match[1].replace("＃", "#") + " ":
            better = "#" * len(match[1]) + " " + rest[match.end() :][:12]
            if "＃" in match[1] or not rest[match.end(1)].isspace():
                yield number, rules.MARK_SPACE, {"text": rest[:14], "better": better}
        elif match := WRONG_ITEM.match(rest):
            yield number, rules.MARK_SPACE, {"text": rest[:12], "better": f"{match[1]} {rest[match.end() :][:10]}"}
        for link in WRONG_LINK.finditer(line):
            address = (link["full"] or link["half"] or link["far"] or "").strip()
            if ADDRESS.fullmatch(address):
                yield number, rules.LINK_MARK, {"text": link[0], "better": f"{link[1]}({address})"}


def _fence_marks(text: str) -> Found:
    """开头写错的围栏；结尾与它写的一样，不再说一次。"""
    opened = ""
    for number, line in enumerate(text.split("\n")):
        rest = line.strip(" \t>")
        if opened and rest == opened:
            opened = ""
        elif rest.strip("`") and (match := WRONG_FENCE.match(rest)):
            opened = match[1]
            yield number, rules.FENCE_MARK, {"text": rest}


def _boxes(body: str, text: str) -> Found:
    """提示框与标签页下面第一行没有缩进；`text` 是盖住了围栏的 `body`。"""
    lines = body.split("\n")
    for number, line in enumerate(text.split("\n")):
        if BOX.match(line.lstrip(" \t")):
            following = next((one for one in lines[number + 1 :] if one.strip()), "")
            if _indent(following) < _indent(line) + 4:
                yield number, rules.EMPTY_BOX, {"text": line.strip()[:40]}


def _indent(line: str) -> int:
    wide = line.expandtabs(4)
    return len(wide) - len(wide.lstrip(" "))


def _dollars(text: str) -> Found:
    """没有成对的 $；一项、一格、一个标题各算一段，与 Markdown 一样。"""
    for group in _groups(text):
        part: list[tuple[int, str]] = []
        for number, line in group:
            rest = line.lstrip(" \t>")
            if part and (ITEM.match(rest) or HEADER.match(rest) or rest.startswith("|")):
                yield from _dollar(part)
                part = []
            part.append((number, line))
        yield from _dollar(part)


def _dollar(part: list[tuple[int, str]]) -> Found:
    text = "\n".join(line for _, line in part)
    left = re.search(r"(?<!\\)\$", _blanked(DOLLARS, text))
    if left:
        # 少了一个，后面的就错开一位：公式里有汉字的那一个才是开头
        shifted = (match for match in DOLLARS.finditer(text) if re.search(f"[{HAN}]", match[0]))
        place = next((match.start() for match in shifted), left.start())
        number = part[0][0] + text.count("\n", 0, place)
        line = re.sub("\ufffc+", "…", text[place:].split("\n")[0])
        yield number, rules.DOLLAR, {"text": line[:12]}
