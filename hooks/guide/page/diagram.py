"""示意图：Mermaid 源码在构建时变成 SVG，页面不必加载任何脚本。"""

import html
import json
import re
import zlib
from functools import lru_cache

import merman


@lru_cache(maxsize=512)
def render(source: str) -> str:
    """把一段 Mermaid 画成带文字说明的 `<figure>`。

    Raises:
        ValueError: 源码画不出来，消息是第一行原因。
    """
    identity = f"diagram-{zlib.crc32(source.encode()):x}"
    try:
        svg = merman.Merman().render_svg(source, json.dumps({"svg": {"diagram_id": identity}}))
    except Exception as error:
        raise ValueError(getattr(error, "message", None) or str(error)) from error
    return f'<figure class="diagram" role="group" aria-label="{html.escape(title(source))}">{svg}</figure>'


def title(source: str) -> str:
    """图的名字：源码里的 accTitle；没有写就是空的。"""
    match = re.search(r"^\s*accTitle\s*:\s*(.+)$", source, re.MULTILINE)
    return match[1].strip() if match else ""
