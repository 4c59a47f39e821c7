"""正文的最后一道工序：表格与代码键盘够得着，任务列表的方框有名字。"""

import re
from functools import lru_cache
from html import escape, unescape

TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
FIRST_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
CHECKBOX = re.compile(r'(<input type="checkbox" disabled(?: checked)?)(/?>)')
CODE = re.compile(r"(<pre[^>]*>(?:<span></span>)?<code)>")


@lru_cache(maxsize=4096)
def finished(html: str) -> str:
    """一页的正文，表格与方框都包好，会横着滚的代码键盘够得着。"""
    number = 0

    def wrap(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        cell = FIRST_CELL.search(match[0])
        name = unescape(TAG.sub("", cell[1])).strip() if cell else ""
        label = f"表格 {number}：{name}" if name else f"表格 {number}"
        return f'<div class="table" tabindex="0" role="region" aria-label="{escape(label)}">{match[0]}</div>'

    html = CODE.sub(r'\1 tabindex="0">', TABLE.sub(wrap, html))
    return CHECKBOX.sub(lambda m: f'{m[1]} aria-label="{"做完了" if "checked" in m[1] else "还没做"}"{m[2]}', html)
