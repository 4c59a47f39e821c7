"""段落：一个文件里给人读的文字，以及每个字在文件的什么地方。

围栏、公式、注释与链接地址不是文字。读者看得见的（行内代码、公式、网址）各占一个字，标记不占。
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import yaml

from guide.page.directive import DIRECTIVES
from guide.page.fences import Fence, scan

OPAQUE = "\ufffc"
"""看得见而不是文字的东西：行内代码、公式、网址。"""
HIDDEN = "\u2060"
"""看不见的：注释与脚本。"""
SOFT, HARD = "\n", "\v"
"""段落里的换行；表格的格子之间与 <br>。"""
EDGE, GAP = "\u2005", "\u2006"
"""紧挨着一个链接的空格；紧挨着别的标记的空格。"""

Kind = Literal["text", "heading", "cells", "value", "alt", "link"]


@dataclass(frozen=True)
class Passage:
    """一段文字。"""

    kind: Kind
    start: int
    """在文件里从哪里开始；空的段落也有。"""
    text: str
    """读者看见的字。"""
    starts: Sequence[int]
    ends: Sequence[int]
    """每个字在文件里的起止。"""
    seams: Sequence[int]
    """在每个字前面加空格，要加在文件的什么地方：`**粗**` 要加在开头的记号之前、结尾的记号之后。"""
    level: int = 0
    """第几级标题。"""


ADDRESS = r"\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[A-Za-z0-9 ._-]*\](?!\())"
LABEL = r"(?:[^\[\]`\\]|\\.|`[^`\n]*`|\[[^\[\]]*\])*"
MATH = r"(?<!\\)\$(?!\s)(?:\\.|[^\\$])+?(?<!\s)\$"  # 与 arithmatex 认公式的办法一样
PLAIN = rf"[^\\$`<\[\]!{{*_~&|\n\ \t{OPAQUE}{HIDDEN}h]"
INLINE = re.compile(
    rf"""
    (?P<plain> {PLAIN}+(?:(?:h(?!ttps?://)|\ (?=\S)){PLAIN}*)* )
  | (?P<opaque> \\\(.+?\\\) | \\\[.+?\\\] | \$\$.+?\$\$ | {MATH}
      | (?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)
      | <(?P<raw>code|kbd|samp|var)\b.*?</(?P=raw)>
      | <(?:https?:|mailto:)[^\s<>]+> | https?://[^\s<>|（）“”，。、；：！？]+ | {OPAQUE}+ )
  | (?P<hard> <br\s*/?> )
  | (?P<image> !\[(?P<alt>{LABEL}){ADDRESS} | <img\b(?:[^<>]*?\salt=(?P<q>["'])(?P<alternative>.*?)(?P=q))?[^<>]*> )
  | (?P<opens> \[(?={LABEL}{ADDRESS}) | <[A-Za-z][^<>]*> )
  | (?P<closes> {ADDRESS} | \[\^[^\]\s]+\] | </[A-Za-z][^<>]*> | \{{:?[ ]*(?:[#.][\w-]|[\w-]+=)[^{{}}\n]*\}} | {HIDDEN}+ )
  | (?P<mark> \*+(?=\S) | (?<=\S)\*+ | ~~ | (?<!\w)_+(?=\w) | (?<=\w)_+(?!\w) )
  | (?P<soft> [ \t]*\n[ \t>]* )
  | (?P<entity> &(?:\#\d+|\#x[0-9A-Fa-f]+|[A-Za-z]+); )
  | \\(?P<escaped>[^\w\s])
  | (?P<char> .)
    """,
    re.VERBOSE | re.DOTALL,
)


def read(kind: Kind, source: str, start: int, end: int, level: int = 0) -> Iterator[Passage]:
    """把 `source[start:end]` 里的行内 Markdown 读成一段文字；图片的说明与链接的文字另成一段。"""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    seams: list[int] = []
    links: list[tuple[int, int]] = []
    marks: list[str] = []
    end = start + len(source[start:end].rstrip())  # 行尾的空格是换行的记号，不是文字
    seam = start
    for match in INLINE.finditer(source, start, end):
        first, last = match.span()
        seen = ""
        match match.lastgroup:
            case "plain":
                text.extend(match[0])
                starts.extend(range(first, last))
                ends.extend(range(first + 1, last + 1))
                seams.extend((seam, *range(first + 1, last)))
                seam = last
            case "image":
                at, to = match.span("alt" if match["alt"] is not None else "alternative")
                if match["alternative"] != "":  # HTML 里写明空的，是装饰
                    yield from read("alt", source, *((at, to) if at >= 0 else (first, first)))
                seen = OPAQUE
            case "opens":
                if match[0] == "[":
                    links.append((len(text), last))
            case "closes":
                if match[0].startswith("]") and links:
                    at, begin = links.pop()
                    yield Passage("link", begin, "".join(text[at:]), starts[at:], ends[at:], seams[at:])
                seam = last
            case "mark" if match[0] not in marks:
                marks.append(match[0])
            case "mark":
                marks.remove(match[0])
                seam = last
            case _:
                seen = _seen(match, kind)
        if seen:
            text.append(seen)
            starts.append(first)
            ends.append(last)
            seams.append(seam)
            seam = last
    yield Passage(kind, start, _with_edges("".join(text), starts, ends, source), starts, ends, seams, level)


def _seen(match: re.Match[str], kind: Kind) -> str:
    """一处标记在读者眼里是哪一个字。"""
    if match.lastgroup == "opaque":
        return OPAQUE
    if match.lastgroup == "hard" or (match["char"] == "|" and kind == "cells"):
        return HARD
    if match.lastgroup == "soft":
        return SOFT
    if match.lastgroup == "entity":
        return html.unescape(match[0])[:1]
    return match["escaped"] or match["char"]


LINK_BEFORE = re.compile(rf"{ADDRESS}$")


def _with_edges(text: str, starts: list[int], ends: list[int], source: str) -> str:
    """把紧挨着标记的空格换成 EDGE 与 GAP。"""
    if not text or ends[-1] - starts[0] == len(text):
        return text  # 没有一处标记
    characters = list(text)
    for match in re.finditer(" +", text):
        first, last = match.span()
        before = source[ends[first - 1] : starts[first]] if first else ""
        after = source[ends[last - 1] : starts[last]] if last < len(text) else ""
        if before or after:
            beside_link = (not after and LINK_BEFORE.search(before)) or (not before and after.startswith("["))
            characters[first:last] = (EDGE if beside_link else GAP) * (last - first)
    return "".join(characters)


BLOCKS = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<shown>\$\$.*?\$\$|(?m:^[ \t>]*\\\[).*?\\\]|<(?P<drawn>pre|svg)\b.*?</(?P=drawn)>)"
    r"|<!--.*?-->|<(?P<raw>script|style)\b.*?</(?P=raw)>",
    re.DOTALL,
)


def _covered(body: str, fences: list[Fence]) -> str:
    """盖住围栏、成块的公式与注释：换成同样多的 OPAQUE 或 HIDDEN，行不变。"""

    def cover(match: re.Match[str]) -> str:
        return match[0] if match["code"] else re.sub(r"[^\n]", OPAQUE if match["shown"] else HIDDEN, match[0])

    lines = body.split("\n")
    for fence in fences:
        for number in range(fence.start - 1, fence.end):
            lines[number] = OPAQUE * len(lines[number])
    return BLOCKS.sub(cover, "\n".join(lines))


PREFIX = re.compile(
    r"[ \t>]*(?P<bullet>(?:(?:[-*+]|\d+[.)])[ \t]+)+(?:\[[ xX]\][ \t]+)?)?"
    r"(?:(?P<heading>\#{1,6})[ \t]+"
    r"|(?P<titled>(?:!!!|\?\?\?\+?|===[!+]?)[^\"\n]*\")"
    r"|(?P<definition>:[ \t]+|\[\^[^\]\s]+\]:[ \t]*|\*\[[^\]]+\]:[ \t]*))?"
)
CONTAINER = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+|!!!|\?\?\?|===|:[ \t]+|\[\^[^\]\s]+\]:|\*\[[^\]]+\]:)")
"""列表、提示框、标签页、脚注：里面的文字再缩进四列。"""
NOT_TEXT = re.compile(
    rf"[ \t>]*(?:[{OPAQUE}{HIDDEN}\s]*"  # 空行与盖住的
    r"|\[[^\]^]+\]:\s.*"  # 链接的定义
    r"|:::\s.*"  # 代码参考
    r"|(?:!!!|\?\?\?|===)[^\"]*"  # 没有标题的提示框
    r"|\{:.*\}\s*|[|:\- \t]+|=+\s*|(?:[-*_][ \t]*){3,})$"  # 属性、表格的横线、标题下的线、分隔线
)


def markdown(source: str, start: int = 0) -> list[Passage]:
    """Markdown 里给人读的文字，从 `start` 起；围栏里的题目、提示与说明也在内。"""
    fences = scan(source[start:])
    body = _covered(source[start:], fences)
    shown = source[:start] + body
    found: list[Passage] = []
    paragraph: tuple[int, int] | None = None  # 还没有完的一段
    for line, first in (*_lines(body, start), ("", len(source))):
        prefix = PREFIX.match(line)
        assert prefix
        begin, last = first + prefix.end(), first + len(line)
        row = line.lstrip(" \t>").startswith("|")
        if paragraph and (not line or prefix.lastgroup or row):
            found.extend(read("text", shown, *paragraph))
            paragraph = None
        if prefix["heading"]:
            found.extend(read("heading", shown, begin, last, len(prefix["heading"])))
        elif prefix["titled"]:
            found.extend(read("value", shown, begin, max(begin, first + line.rfind('"'))))
        elif row:
            found.extend(read("cells", shown, begin, last))
        elif line:
            paragraph = (paragraph[0] if paragraph else begin, last)
    return found + _directives(source, start, fences)


def _lines(body: str, start: int) -> Iterator[tuple[str, int]]:
    """一行一行的文字，与每行从哪里开始；不是文字的行是空的，缩进的代码与代码参考的设置也是。"""
    containers = [0]  # 一层一层的列表与提示框，里面的文字各缩进几列
    reference: int | None = None  # 代码参考（::: 名字）缩进了几列
    blank, position = True, start
    for line in body.split("\n"):
        first, position = position, position + len(line) + 1
        wide = line.expandtabs(4)
        indent = len(wide) - len(wide.lstrip(" "))
        if reference is not None and (indent > reference or not line.strip()):
            yield "", first
            continue
        reference = indent if line.lstrip().startswith("::: ") else None
        text = not NOT_TEXT.match(line)
        while text and blank and indent < containers[-1]:
            containers.pop()
        if text and blank and indent >= containers[-1] + 4:
            yield "", first
            continue
        if CONTAINER.match(line):
            containers = [*(one for one in containers if one <= indent), indent + 4]
        blank = not line.strip()
        yield line if text else "", first


def _directives(source: str, start: int, fences: list[Fence]) -> list[Passage]:
    """snippet、exercise、quiz 围栏里给人读的值；引用里的不看。"""
    starts = [start, *(start + match.end() for match in re.finditer("\n", source[start:]))]
    found: list[Passage] = []
    for fence in fences:
        if fence.language in DIRECTIVES and fence.closed and not fence.on_bullet and not fence.prefix.strip():
            found += values(source, starts[fence.start], starts[fence.end - 1])
    return found


READ = {
    "title", "goal", "goals", "excerpt", "seoTitle", "seoDescription", "description",
    "alt", "hints", "question", "text", "why", "term", "definition",
}  # fmt: skip
"""YAML 里哪些键的值是给人读的。"""


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 用 C 写的那个快十倍，不是处处都有


def values(source: str, start: int, end: int) -> list[Passage]:
    """`source[start:end]` 这段 YAML 里给人读的值。"""
    found: list[Passage] = []

    def walk(node: yaml.Node | None, key: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                walk(value, name.value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                walk(value, key)
        elif isinstance(node, yaml.ScalarNode) and key in READ:
            first, last = start + node.start_mark.index, start + node.end_mark.index
            if node.style in ("|", ">"):
                first = source.index("\n", first) + 1
                first += len(source[first:last]) - len(source[first:last].lstrip(" "))  # 缩进是 YAML 的，不是文字
            elif node.style:
                first, last = first + 1, last - 1
            if node.style == '"' and "\\" in source[first:last]:
                return  # \n 之类的转义不是它看起来的那个字母
            found.extend(read("value", source, first, last))

    try:
        walk(yaml.compose(source[start:end], Loader=LOADER), "")
    except (yaml.YAMLError, RecursionError):
        return []  # 读 front matter 与围栏的各自报告
    return found
