"""给机器读的清单：站点地图、robots.txt、curriculum.json、llms.txt 与订阅源。"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

from guide.course.curriculum import Curriculum, Page
from guide.course.history import Past
from guide.publish import twin
from guide.publish.seo import Site, description

MOST = 50
"""一份订阅源最多几条。"""


def sitemap(entries: Iterable[tuple[str, str]]) -> str:
    """站点地图：（绝对地址, 最后更新的日期，不知道就是空串）。"""
    rows = []
    for url, changed in entries:
        lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
        rows.append(f"  <url><loc>{escape(url)}</loc>{lastmod}</url>")
    body = "\n".join(rows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{body}\n</urlset>\n"
    )


def robots(site: Site) -> str:
    """robots.txt：全站可抓，并说出站点地图在哪里。"""
    return f"User-agent: *\nAllow: /\n\nSitemap: {site.url('sitemap.xml')}\n"


def curriculum_json(course: Curriculum, site: Site) -> str:
    """机器读的课程：阶段、课、目标、时间与先修。"""
    stages = []
    for stage in course.stages:
        meta = stage.page.stage
        lessons = [
            {
                "name": page.name,
                "number": page.number,
                "title": page.title,
                "url": site.url(page.url),
                "goal": page.lesson.goal,
                "minutes": page.lesson.minutes,
                "kind": page.lesson.kind,
                "requires": page.lesson.requires,
                "tags": page.meta.tags,
            }
            for page in stage.lessons
        ]
        stages.append(
            {
                "number": meta.stage,
                "title": stage.page.title,
                "url": site.url(stage.page.url),
                "level": meta.level,
                "months": meta.months,
                "goals": meta.goals,
                "lessons": lessons,
            }
        )
    return json.dumps({"name": site.name, "url": site.base, "stages": stages}, ensure_ascii=False, indent=2) + "\n"


def llms_txt(course: Curriculum, site: Site) -> str:
    """llms.txt：给语言模型看的站点目录。"""
    lines = [f"# {site.name}", "", f"> {site.description}", ""]
    for stage in course.stages:
        lines += [f"## {stage.page.label}", "", _entry(stage.page, site), *(_entry(p, site) for p in stage.lessons), ""]
    lines += ["## 其他", "", *(_entry(page, site) for page in course.others)]
    return "\n".join(lines) + "\n"


def _entry(page: Page, site: Site) -> str:
    return f"- [{page.label}]({site.url(twin.address(page))}): {description(page)}"


def llms_full_txt(texts: Iterable[str]) -> str:
    """llms-full.txt：每一页的 Markdown，按阅读的次序接在一起。"""
    return "\n\n---\n\n".join(text.strip() for text in texts) + "\n"


@dataclass(frozen=True)
class Entry:
    """订阅源里的一条。"""

    page: Page
    past: Past
    """首次发表与最后更新。"""


def atom(name: str, address: str, entries: Iterable[Entry], site: Site, when: Callable[[Past], str]) -> str:
    """一份 Atom 订阅源，新的在前；`when` 说按哪个日期排。"""
    ordered = sorted(entries, key=lambda one: (when(one.past), one.page.label), reverse=True)[:MOST]
    newest = max((when(one.past) for one in ordered), default="1970-01-01")
    rows = [
        f'<entry><title>{escape(one.page.label)}</title><link href="{escape(site.url(one.page.url))}"/>'
        f"<id>{escape(site.url(one.page.url))}#{when(one.past)}</id><published>{one.past.first}T00:00:00Z</published>"
        f"<updated>{when(one.past)}T00:00:00Z</updated><summary>{escape(description(one.page))}</summary></entry>"
        for one in ordered
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">'
        f"<title>{escape(name)}</title><subtitle>{escape(site.description)}</subtitle>"
        f'<link href="{escape(site.base)}"/><link rel="self" href="{escape(site.url(address))}"/>'
        f"<id>{escape(site.url(address))}</id><updated>{newest}T00:00:00Z</updated>"
        f"<author><name>{escape(site.name)}</name></author>\n" + "\n".join(rows) + "\n</feed>\n"
    )
