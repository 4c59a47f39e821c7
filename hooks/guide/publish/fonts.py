"""公式的字体：只留站上的公式真的用到的字。"""

import html
import io
import re
from collections.abc import Iterable

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

SHOWN = re.compile(r'<span class="katex-html"[^>]*>.*?(?=<span class="katex"|$)', re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def used(pages: Iterable[str]) -> set[str]:
    """公式里看得见的字；多算一些公式后面的正文没有关系，字体里多半没有它们。"""
    found: set[str] = set()
    for page in pages:
        for shown in SHOWN.findall(page):
            found.update(html.unescape(TAG.sub("", shown)))
    return found


def subset(font: bytes, characters: Iterable[str]) -> bytes:
    """字体里只留这些字，woff2。"""
    options = Options(flavor="woff2", layout_features=[], hinting=False, notdef_outline=True, desubroutinize=True)
    opened = TTFont(io.BytesIO(font), recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(opened)
    opened.flavor = "woff2"
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()
