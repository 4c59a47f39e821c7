"""页面里的 HTML：不能有脚本与样式，标签要成对，图片不来自别的主机。"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from guide.page.markup import Found, shown
from guide.problem import Problem, Rule
from guide.rules import markup as rules

FORBIDDEN = {"script", "style", "iframe", "object", "embed", "frame", "form", "link", "meta", "base"}
PAIRED = {
    "div", "details", "summary", "section", "figure", "figcaption", "table", "span", "small", "sub", "sup",
    "center", "dl", "ul", "ol", "strong", "em",
}  # fmt: skip
"""要成对的；尖括号里别的名字（<名字>、<EOS>）不是 HTML。"""
TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<rest>(?:\s[^<>]*)?/?)>")
ATTRIBUTE = re.compile(r"\s(style|on[a-z]+)\s*=", re.IGNORECASE)
SOURCE = re.compile(r"""\ssrc\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", re.IGNORECASE)
IMAGE = re.compile(r"!\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?((?:https?:)?//[^)\s>]+)", re.IGNORECASE)


def check(body: str, path: str, first_line: int) -> list[Problem]:
    """`body` 的第一行是文件里的第 `first_line` 行。"""
    return [rule.at(path, first_line + number, **values) for number, rule, values in _found(body)]


@lru_cache(maxsize=4096)
def _found(body: str) -> tuple[tuple[int, Rule, dict[str, object]], ...]:
    text = shown(body)
    return (*_images(text), *_tags(text))


def _images(text: str) -> Found:
    for match in IMAGE.finditer(text):
        yield text.count("\n", 0, match.start()), rules.REMOTE_IMAGE, {"host": urlsplit(match[1]).netloc}


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
        if name == "img" and (source := SOURCE.search(match["rest"])):
            yield line, rules.REMOTE_IMAGE, {"host": urlsplit(source[1]).netloc}
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
