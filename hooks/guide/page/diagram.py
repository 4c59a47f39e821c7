"""示意图：Mermaid 源码在构建时变成 SVG，页面不必加载任何脚本。"""

import html
import json
import re
import zlib
from functools import lru_cache

import merman

from guide.problem import nearest

KINDS = ("flowchart", "sequenceDiagram", "classDiagram", "stateDiagram-v2", "timeline", "mindmap", "pie", "gantt")
REASONS = {
    "incomplete flowchart edge operator": "箭头没有写完整，写成 -->",
    "Invalid text label": '方框的字里有括号或引号：整个标签用半角双引号包起来，如 A["注意力（attention）"]',
    "Unterminated node label": "方框没有关上，少了右边的括号",
    "Unterminated edge label": "箭头上的字没有写完，写成 A -- 字 --> B",
    'unexpected end of input; expected "end"': "subgraph 没有结束，少了一行 end",
    "unexpected end of input": "图没有写完",
    "unexpected end": "多了一行 end",
}
"""merman 的报错（开头）→ 中文。"""


class Undrawable(ValueError):
    """画不出来的图：消息是中文的原因。"""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line
        """源码的第几行，从 1 起。"""


@lru_cache(maxsize=512)
def render(source: str) -> str:
    """把一段 Mermaid 画成带文字说明的 `<figure>`。

    Raises:
        Undrawable: 源码画不出来。
    """
    identity = f"diagram-{zlib.crc32(source.encode()):x}"
    try:
        svg = merman.Merman().render_svg(source, json.dumps({"svg": {"diagram_id": identity}}))
    except Exception as error:
        raise _undrawable(source, error) from error
    return f'<figure class="diagram" role="group" aria-label="{html.escape(title(source))}">{svg}</figure>'


def _undrawable(source: str, error: Exception) -> Undrawable:
    said = str(getattr(error, "message", None) or error)
    if "diagram type" in said or "no Mermaid diagram" in said:
        first = next((number for number, line in enumerate(source.split("\n"), 1) if line.strip()), 1)
        word = (source.split() or [""])[0]
        return Undrawable(f"第一行应为图的种类（{'、'.join(KINDS)}）{nearest(word, KINDS)}", first)
    reason = said.partition("): ")[2] or said
    span = getattr(getattr(error, "diagnostic", None), "span", None)
    line = source.encode()[: span.start].count(b"\n") + 1 if span else 1
    chinese = next((text for english, text in REASONS.items() if reason.startswith(english)), "")
    return Undrawable(chinese or f"这一行读不懂（{reason}）", line)


def title(source: str) -> str:
    """图的名字：源码里的 accTitle；没有写就是空的。"""
    match = re.search(r"^\s*accTitle\s*:\s*(.+)$", source, re.MULTILINE)
    return match[1].strip() if match else ""
