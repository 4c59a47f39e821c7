"""页面里的 HTML：不能有脚本与样式，标签要成对，图片不来自别的主机。"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from guide.page.fences import scan, without_fences
from guide.page.formulas import CODE, WITH_FORMULAS
from guide.page.markup import COMMENT, Found
from guide.problem import Problem, Rule
from guide.rules import markup as rules

FORBIDDEN = {"script", "style", "iframe", "object", "embed", "frame", "form", "link", "meta", "base"}
PAIRED = {
    "div", "details", "summary", "section", "figure", "figcaption", "table", "span", "small", "sub", "sup",
    "center", "dl", "ul", "ol", "strong", "em",
}  # fmt: skip
"""要成对的；尖括号里别的名字（<名字>、<EOS>）不是 HTML。"""
LOADING = {"img", "video", "audio", "source", "track"}
TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<rest>(?:\s[^<>]*)?/?)>")
ATTRIBUTE = re.compile(r"\s(style|on[a-z]+)\s*=", re.IGNORECASE)
LISTED = re.compile(r"\{:?[ ]*(?:[#.][\w-]|[\w-]+=)[^{}\n]*\}")
"""attr_list 的花括号，里面也写得了属性。"""
SOURCE = re.compile(r"""\s(?:src|srcset|poster)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", re.IGNORECASE)
IMAGE = re.compile(r"!\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?((?:https?:)?//[^)\s>]+)", re.IGNORECASE)


def check(body: str, path: str, first_line: int) -> list[Problem]:
    """`body` 的第一行是文件里的第 `first_line` 行。"""
    return [rule.at(path, first_line + number, **values) for number, rule, values in _found(body)]


@lru_cache(maxsize=4096)
def _found(body: str) -> tuple[tuple[int, Rule, dict[str, object]], ...]:
    text = COMMENT.sub(_blank, CODE.sub(_blank, without_fences(body)))
    found = [*_images(text), *_tags(text)]
    for fence in scan(body):
        if fence.language in WITH_FORMULAS:  # 题目、选项与提示也会变成网页
            tags = _tags(CODE.sub(_blank, fence.content))
            found += [(fence.start + number, rule, values) for number, rule, values in tags]
    return tuple(found)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _images(text: str) -> Found:
    for match in IMAGE.finditer(text):
        yield text.count("\n", 0, match.start()), rules.REMOTE_IMAGE, {"host": _host(match[1])}
    for match in LISTED.finditer(text):
        if attribute := ATTRIBUTE.search(f" {match[0][1:].lstrip(': ')}"):
            yield text.count("\n", 0, match.start()), rules.ATTRIBUTE, {"name": attribute[1]}


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return address


def _tags(text: str) -> Found:
    waiting: list[tuple[str, int]] = []
    for match in TAG.finditer(text):
        name, line = match["name"].lower(), text.count("\n", 0, match.start())
        if name in FORBIDDEN:
            if not match["end"]:
                yield line, rules.TAG, {"tag": name}
            continue
        if attribute := ATTRIBUTE.search(match["rest"]):
            yield line, rules.ATTRIBUTE, {"name": attribute[1]}
        if name in LOADING and (source := SOURCE.search(match["rest"])):
            yield line, rules.REMOTE_IMAGE, {"host": _host(source[1])}
        if name not in PAIRED or match["rest"].endswith("/"):
            continue
        if not match["end"]:
            waiting.append((name, line))
            continue
        place = next((at for at in reversed(range(len(waiting))) if waiting[at][0] == name), None)
        if place is None:
            yield line, rules.UNCLOSED, {"tag": name, "again": name}
        else:
            del waiting[place]
    for name, line in waiting:
        yield line, rules.UNCLOSED, {"tag": name, "again": name}
