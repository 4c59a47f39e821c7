"""分享卡片：每页一张 1200×630 的图，标题、阶段与目标都在上面；系统里有中文字体才画。"""

import hashlib
import io
import re
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from guide.course.curriculum import Curriculum, Page
from guide.course.frontmatter import LessonPage, StagePage
from guide.publish.seo import CARD_SIZE, Site, description

FONTS = (
    "/usr/share/fonts/**/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/**/NotoSansCJK*.ttc",
    "/usr/share/fonts/**/SourceHanSans*.[ot]t[fc]",
    "/usr/share/fonts/**/wqy-*.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "C:/Windows/Fonts/msyhbd.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
"""各系统的中文字体，粗的在前：卡片常常缩得很小。"""
PAPER, INK, SOFT, BLUE = "#ffffff", "#1b1f27", "#57606a", "#24487f"
NOT_FIRST = "，。、；：！？）》”’…"
TOKEN = re.compile(r"[A-Za-z0-9_.@+#/%-]+|.", re.DOTALL)
LONGEST = 300
"""再长的字一张卡片也放不下。"""
DESIGN = 3
"""画法的版本：改了画法就加一，旧的缓存不再用。"""


@dataclass(frozen=True)
class Text:
    """一张卡片上的字。"""

    place: str
    title: str
    promise: str
    site: str


def text_of(page: Page, course: Curriculum, site: Site) -> Text:
    """一页的卡片上写什么。"""
    meta = page.meta
    if isinstance(meta, LessonPage):
        stage = course.stage_of(page)
        where = f"第 {meta.stage} 阶段" + (f" · {stage.page.title}" if stage else "")
        return Text(f"{where} · 第 {page.number} 课", page.title, meta.goal, site.name)
    if isinstance(meta, StagePage):
        return Text(f"第 {meta.stage} 阶段 · {meta.level}", page.title, "；".join(meta.goals), site.name)
    return Text("", page.title, meta.excerpt or description(page), site.name)


@lru_cache(maxsize=1)
def font_file() -> tuple[str, int] | None:
    """系统里的中文字体：文件与其中简体的那一个；没有就是 None。"""
    for pattern in FONTS:
        folder, _, rest = pattern.partition("**/")
        home = Path(folder if rest else Path(pattern).parent)
        for file in sorted(home.glob(f"**/{rest}" if rest else Path(pattern).name)) if home.is_dir() else []:
            return str(file), _simplified(file)
    return None


def _simplified(file: Path) -> int:
    for number in range(12):
        try:
            family = ImageFont.truetype(str(file), 12, index=number).getname()[0] or ""
        except OSError:
            break
        if family.endswith("SC"):
            return number
    return 0


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    found = font_file()
    assert found
    return ImageFont.truetype(found[0], size, index=found[1])


@lru_cache(maxsize=4096)
def known(character: str) -> bool:
    """字体里有没有这个字：没有的画出来是方框。"""
    font = _font(40)
    missing, drawn = font.getmask("\U000ffffe"), font.getmask(character)
    return character.isspace() or (drawn.size, bytes(drawn)) != (missing.size, bytes(missing))


def wrapped(text: str, size: int, width: int, most: int) -> list[str]:
    """按宽度折行，英文单词不拆，标点不在行首；放不下的用省略号。"""
    font = _font(size)
    lines = [""]
    for token in TOKEN.findall("".join(c for c in " ".join(text[:LONGEST].split()) if known(c))):
        if font.getlength(lines[-1] + token) <= width or (token in NOT_FIRST and lines[-1]):
            lines[-1] += token
            continue
        while font.getlength(token) > width:  # 一个词比一行还长
            cut = max(n for n in range(1, len(token)) if font.getlength(token[:n]) <= width)
            lines.append(token[:cut])
            token = token[cut:]
        lines.append(token.lstrip())
    lines = [line for line in lines if line.strip()]
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = lines[-1][: max(1, len(lines[-1]) - 1)].rstrip(NOT_FIRST) + "…"
    return lines


def draw(text: Text) -> bytes:
    """画一张卡片，PNG，64 色。"""
    image = Image.new("RGB", CARD_SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, CARD_SIZE[0], 16), fill=BLUE)
    width = CARD_SIZE[0] - 160
    y = 84
    for line in wrapped(text.place, 32, width, 1):
        pen.text((80, y), line, font=_font(32), fill=BLUE)
    y = 148
    size = next((size for size, most in ((96, 1), (72, 2)) if len(wrapped(text.title, size, width, 9)) <= most), 56)
    for line in wrapped(text.title, size, width, 2):
        pen.text((80, y), line, font=_font(size), fill=INK)
        y += int(size * 1.35)
    y += 24
    for line in wrapped(text.promise, 34, width, min(4, (540 - y) // 52)):
        pen.text((80, y), line, font=_font(34), fill=SOFT)
        y += 52
    pen.text((80, 556), "".join(c for c in text.site if known(c)), font=_font(30), fill=BLUE)
    out = io.BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def card(text: Text, cache: Path) -> bytes:
    """画好的卡片；字没有变就用缓存里的。"""
    key = hashlib.sha256(repr((DESIGN, font_file(), astuple(text))).encode()).hexdigest()[:24]
    file = cache / f"{key}.png"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        file.write_bytes(draw(text))
    return file.read_bytes()
