"""图片：正文里直接写的，量出宽与高，浏览器先留好位置，文字不会跳；分享时用的，要真的有。"""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image

from guide import reading, rules
from guide.course.curriculum import Page
from guide.problem import Problem, nearest

SHARED = {".png", ".jpg", ".jpeg", ".webp", ".svg"}
IMG = re.compile(r'<img\b(?![^>]*\swidth=)[^>]*?\ssrc="([^"]+)"[^>]*?(?=\s*/?>)')


def shared(page: Page, docs: Path) -> list[Problem]:
    """front matter 里的 image 指的图不在 docs/ 里。"""
    image = page.meta.image
    if not image or reading.there(docs / image.lstrip("/")):
        return []
    there = (path.relative_to(docs).as_posix() for path in docs.rglob("*") if path.suffix in SHARED)
    line = page.lines.get("image", 1)
    return [rules.front_matter.IMAGE.at(f"docs/{page.src}", line, image=image, nearest=nearest(image, there))]


def size(data: bytes) -> tuple[int, int] | None:
    """一张图的宽与高，以像素计；SVG 取 viewBox。量不出来是 None。"""
    if box := re.search(rb'<svg[^>]*?\bviewBox="[\d.-]+[ ,]+[\d.-]+[ ,]+([\d.]+)[ ,]+([\d.]+)"', data):
        return round(float(box[1])), round(float(box[2]))
    try:
        return Image.open(BytesIO(data)).size
    except OSError:
        return None


def sized(html: str, read: Callable[[str], bytes | None]) -> str:
    """给没有写宽高的图片补上，到看见时才载入。

    Args:
        html: 一页的正文。
        read: 图片的地址 → 内容；不是本站的文件就是 None。
    """

    def add(match: re.Match[str]) -> str:
        data = read(match[1])
        found = size(data) if data else None
        return (
            f'{match[0]} width="{found[0]}" height="{found[1]}" loading="lazy" decoding="async"' if found else match[0]
        )

    return IMG.sub(add, html)
