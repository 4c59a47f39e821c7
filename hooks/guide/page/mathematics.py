"""公式：arithmatex 标出的 TeX 变成 KaTeX 的 HTML 与 MathML。"""

import html
import re
from functools import lru_cache

from markdown_katex_rs import _rust

from guide.page import tex_errors

MARKED = re.compile(
    r'(?P<before>[（“《]?)<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>(?P<after>[，。；：、？！）”》]?)',
    re.DOTALL,
)
SHORT = 24
"""这么短的 TeX 不会有一行宽，可以与旁边的标点粘在一起。"""
PRESENT = 'class="katex"'
UNBRACED = re.compile(r"\\sqrt\s*[^\s{\[]")
ANNOTATION = re.compile(r"<annotation.*?</annotation>", re.DOTALL)
"""MathML 里附的 TeX 原文：读屏软件读的是 MathML 本身，不必再带一份。"""
ATTRIBUTES = re.compile(r'(?: [\w:-]+="[^"]*")+')
ERROR = re.compile(r'class="katex-error"[^>]*title="([^"]*)"')


@lru_cache(maxsize=4096)
def render(page: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """换掉一页里的公式；返回新的 HTML 与读不懂的公式（TeX, 原因）。"""
    wrong: list[tuple[str, str]] = []

    def replace(match: re.Match[str]) -> str:
        tex = html.unescape(match["tex"]).strip()
        display = match["tag"] == "div"
        try:
            rendered = one(tex, display)
        except ValueError as error:
            wrong.append((tex, str(error)))
            return match[0]
        if display:
            rendered = f'<div class="math" tabindex="0">{rendered}</div>'
        together = f"{match['before']}{rendered}{match['after']}"
        # 浏览器总允许在公式与标点之间换行，“。”就会落到行首
        glued = not display and len(tex) <= SHORT and (match["before"] or match["after"])
        return f'<span class="nobreak">{together}</span>' if glued else together

    return MARKED.sub(replace, page), tuple(wrong)


@lru_cache(maxsize=8192)
def one(tex: str, display: bool) -> str:
    """一个公式的 HTML。

    Raises:
        ValueError: TeX 读不懂。
    """
    if UNBRACED.search(tex):
        raise ValueError("\\sqrt 后面要写花括号，如 \\sqrt{d}：不写时根号会压住字母")
    try:
        rendered = str(_rust.render_math(tex, display))
    except Exception as error:
        raise ValueError(tex_errors.chinese(str(error))) from error
    if found := ERROR.search(rendered):
        raise ValueError(tex_errors.chinese(html.unescape(found[1])))
    return ATTRIBUTES.sub(_in_order, ANNOTATION.sub("", rendered))


def _in_order(attributes: re.Match[str]) -> str:
    """属性与样式按字母排：这一份 KaTeX 用哈希表，每次次序不同，同样的页面就构建不出同样的字节。"""
    found = dict(re.findall(r' ([\w:-]+)="([^"]*)"', attributes[0]))
    if style := found.get("style"):
        found["style"] = ";".join(sorted(part for part in style.split(";") if part))
    return "".join(f' {name}="{value}"' for name, value in sorted(found.items()))
