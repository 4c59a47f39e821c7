"""一页的 `<head>`：标题、描述、规范地址与分享卡片，都从 front matter 与正文得出。"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote, urljoin

from guide.course.curriculum import Curriculum, Page
from guide.course.frontmatter import LessonPage, StagePage
from guide.course.history import Past
from guide.page.fences import without_fences

LONGEST = 120
CARD = "assets/social-card.png"
"""全站的分享卡片；没有为一页另画时用它。"""
CARD_SIZE = (1200, 630)
Graph = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """整个站点的事实。"""

    name: str
    description: str
    base: str
    """站点的绝对地址，以 / 结尾。"""
    verification: Mapping[str, str] = field(default_factory=dict)
    """搜索引擎的验证码：`<meta>` 的名字 → 值，只放在首页。"""

    def url(self, address: str) -> str:
        return urljoin(self.base, quote(address))


@dataclass(frozen=True)
class Card:
    """一张分享卡片：站内地址，与它画了什么。"""

    address: str
    alt: str


@dataclass(frozen=True)
class Head:
    """一页要放进 `<head>` 的东西。"""

    title: str
    description: str
    url: str
    markup: str


def title(page: Page, course: Curriculum, site: Site) -> str:
    """一页在搜索结果里的标题，全站唯一。"""
    if page.meta.seoTitle:
        return page.meta.seoTitle
    if page.src == "index.md":
        return site.name
    if isinstance(page.meta, StagePage):
        return f"第 {page.meta.stage} 阶段：{page.title} - {site.name}"
    stage = course.stage_of(page) if isinstance(page.meta, LessonPage) else None
    return f"{page.label} · {stage.page.title} - {site.name}" if stage else f"{page.title} - {site.name}"


def description(page: Page) -> str:
    """一页的描述：写了就用写的，否则是目标加正文第一句，不凑字数。"""
    if page.meta.seoDescription:
        return page.meta.seoDescription
    meta = page.meta
    promise = ""
    if isinstance(meta, LessonPage):
        promise = meta.goal
    elif isinstance(meta, StagePage):
        promise = "；".join(goal.rstrip("。") for goal in meta.goals)
    sentences = [promise, meta.excerpt or "", first_sentence(page.body)]
    return shorten("".join(_ended(part) for part in sentences if part) or page.title)


def _ended(sentence: str) -> str:
    sentence = sentence.strip()
    return sentence if sentence.endswith(("。", "？", "！")) else sentence + "。"


def first_sentence(body: str) -> str:
    """正文第一段的第一句，去掉 Markdown 的记号。"""
    for block in re.split(r"\n\s*\n", without_fences(body)):
        text = block.strip()
        if not text or re.match(r"[#!>|<?=]|[-*+]\s|\d+[.)]|\$\$|:::|\[\^", text):
            continue
        text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
        text = re.sub(r"[*_`$]|\{[^}]*\}|<[^>]*>", "", text).replace("\n", "")
        return re.split(r"(?<=[。？！])", text)[0].strip()
    return ""


def shorten(text: str, longest: int = LONGEST) -> str:
    """太长就在句子或分句的末尾断开。"""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    for marks in ("。？！", "；，、"):
        place = max(cut.rfind(mark) for mark in marks)
        if place >= longest // 2:
            return cut[: place + 1] if marks == "。？！" else cut[:place] + "…"
    return cut + "…"


def head(
    page: Page, course: Curriculum, site: Site, past: Past | None, graph: Iterable[Graph], card: Card | None = None
) -> Head:
    """课程里的一页的 `<head>`。`graph` 是它的结构化数据，`card` 是为它画的分享卡片。"""
    return plain(title(page, course, site), description(page), page.url, site, graph, past, page, card)


def plain(
    name: str,
    text: str,
    address: str,
    site: Site,
    graph: Iterable[Graph] = (),
    past: Past | None = None,
    page: Page | None = None,
    card: Card | None = None,
) -> Head:
    """任何一页的 `<head>`：描述、规范地址、分享卡片、结构化数据。"""
    url = site.url(address)
    home = bool(page and page.src == "index.md")
    image = page.meta.image if page else None
    card = card or Card(CARD, f"{site.name}：五个阶段的路线图")
    picture = site.url(image.lstrip("/")) if image else site.url(card.address)
    named = {"description": text, "twitter:card": "summary_large_image", "twitter:title": name}
    named |= {"twitter:description": text, "twitter:image": picture, "applicable-device": "pc,mobile"}
    if page and page.meta.author:
        named["author"] = page.meta.author
    if page and page.meta.seoKeywords:
        named["keywords"] = ",".join(page.meta.seoKeywords)
    if home:
        named |= site.verification
    properties = {"og:type": "website" if home else "article", "og:title": name, "og:description": text}
    properties |= {"og:url": url, "og:site_name": site.name, "og:locale": "zh_CN"}
    properties |= {"og:image": picture, "og:image:alt": name if image else card.alt}
    if not image:
        properties |= {"og:image:width": str(CARD_SIZE[0]), "og:image:height": str(CARD_SIZE[1])}
    if past:
        properties |= {"article:published_time": past.first, "article:modified_time": past.last}
    lines = [f'<meta name="{key}" content="{escape(value)}">' for key, value in named.items()]
    lines += [f'<meta property="{key}" content="{escape(value)}">' for key, value in properties.items()]
    lines.append('<meta http-equiv="Cache-Control" content="no-transform,no-siteapp">')  # 百度不要转码
    lines.append(f'<link rel="canonical" href="{escape(url)}">')
    if graph := list(graph):
        lines.append(f'<script type="application/ld+json">{embed_json(graph)}</script>')
    return Head(name, text, url, "\n  ".join(lines))


def embed_json(graph: list[Graph]) -> str:
    """结构化数据的 JSON，放进 `<script>` 也安全。"""
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
