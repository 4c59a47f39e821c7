"""一页的 Markdown 副本，给语言模型与离线阅读用：开头说它是哪一页，链接都是完整的地址。"""

import re

from guide.course.curriculum import Curriculum, Page
from guide.course.frontmatter import LessonPage, StagePage
from guide.page.fences import scan
from guide.publish.seo import Site

LINK = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|#|/)([^)\s#]+\.md)(#[^)\s]*)?(?=\))")
ATTRIBUTES = re.compile(r"^(#{1,6} .*?)\s*\{[^{}]*\}\s*$", re.MULTILINE)


def address(page: Page) -> str:
    """副本的站内地址，就在那一页的旁边。"""
    return f"{page.url}index.md"


def page(one: Page, course: Curriculum, site: Site, body: str) -> str:
    """一页的全文；链接换成完整的地址。`body` 是片段已经写成 Markdown 的正文。"""
    meta = one.meta
    lines = [f"# {one.label}", "", f"> 原文：{site.url(one.url)}"]
    if isinstance(meta, LessonPage):
        lines.append(f"> 目标：{meta.goal}（约 {meta.minutes} 分钟）")
        if requires := course.requires(one):
            lines.append("> 先修：" + "、".join(f"[{other.label}]({site.url(address(other))})" for other in requires))
    elif isinstance(meta, StagePage):
        lines += [f"> 学完能：{goal}" for goal in meta.goals]
    return "\n".join([*lines, "", _linked(ATTRIBUTES.sub(r"\1", body), one, course, site).strip(), ""])


def _linked(body: str, one: Page, course: Curriculum, site: Site) -> str:
    """围栏以外的相对链接换成完整的地址。"""

    def replace(match: re.Match[str]) -> str:
        found = course.beside(one, match[1])
        return site.url(found.url) + (match[2] or "") if found else match[0]

    lines = body.split("\n")
    fenced = {number for fence in scan(body) for number in range(fence.start - 1, fence.end)}
    return "\n".join(line if n in fenced else LINK.sub(replace, line) for n, line in enumerate(lines))
