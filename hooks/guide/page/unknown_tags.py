"""不认识的 HTML 标签：<EOS>、List<int> 里的尖括号，浏览器当成标签，读者看不见。"""

import re
from functools import lru_cache

from guide.page.formulas import DOLLARS
from guide.page.markup import DISPLAY, shown
from guide.problem import Problem
from guide.rules import markup as rules

TAG = re.compile(r"(?<!\]\()<(?P<name>/?[A-Za-z][^<>@\s/]*)(?P<rest>/?(?:\s[^<>]*)?)>")
"""与 Python-Markdown 认的一样宽：名字里可以有点、下划线与逗号。"""
HTML = {
    "a", "abbr", "address", "area", "article", "aside", "audio", "b", "base", "bdi", "bdo", "blockquote", "body",
    "br", "button", "canvas", "caption", "center", "cite", "code", "col", "colgroup", "data", "datalist", "dd",
    "del", "details", "dfn", "dialog", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure",
    "footer", "form", "frame", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "i",
    "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "link", "main", "map", "mark", "math", "menu",
    "meta", "meter", "nav", "noscript", "object", "ol", "optgroup", "option", "output", "p", "picture", "pre",
    "progress", "q", "rp", "rt", "ruby", "samp", "script", "search", "section", "select", "slot", "small",
    "source", "span", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template",
    "textarea", "tfoot", "th", "thead", "time", "title", "tr", "track", "u", "ul", "var", "video", "wbr",
}  # fmt: skip
"""没有 s：这里的 <s> 是词元，不是删除线（删除线写 <del>）。"""


def check(body: str, path: str, first_line: int) -> list[Problem]:
    """`body` 的第一行是文件里的第 `first_line` 行。"""
    return [rules.UNKNOWN_TAG.at(path, first_line + number, text=text) for number, text in _found(body)]


@lru_cache(maxsize=4096)
def _found(body: str) -> tuple[tuple[int, str], ...]:
    text = shown(body)
    for pattern in (DISPLAY, DOLLARS):
        text = pattern.sub(lambda match: re.sub(r"[^\n]", "\ufffc", match[0]), text)
    return tuple(
        (text.count("\n", 0, match.start()), " ".join(match[0].split()))
        for match in TAG.finditer(text)
        if match["name"].strip("/").lower() not in HTML
    )
