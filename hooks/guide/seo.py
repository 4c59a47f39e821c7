"""搜索与分享：标题、描述、元数据与结构化数据，都从 front matter 与正文得出。"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote, urljoin

from guide.curriculum import Curriculum, Page, Stage
from guide.directive import QuizDirective
from guide.fences import without_fences
from guide.frontmatter import LessonPage, StagePage
from guide.history import Dates

LONGEST = 120
CARD = ("assets/social-card.png", 1200, 630)
LICENSE = "https://creativecommons.org/licenses/by-sa/4.0/"
Graph = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """整个站点的事实。"""

    name: str
    description: str
    base: str
    """站点的绝对地址，以 / 结尾。"""

    def url(self, address: str) -> str:
        return urljoin(self.base, quote(address))


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
    page: Page, course: Curriculum, site: Site, dates: Dates | None, quizzes: list[QuizDirective], code: list[str]
) -> Head:
    """课程里的一页的 `<head>`。`code` 是嵌入的片段，相对 snippets/。"""
    graph = _about(page, course, site, dates, quizzes, code)
    if page.src != "index.md":
        graph.append(breadcrumbs(page, course, site))
    return plain(title(page, course, site), description(page), page.url, site, graph, dates, page)


def plain(
    name: str,
    text: str,
    address: str,
    site: Site,
    graph: Iterable[Graph] = (),
    dates: Dates | None = None,
    page: Page | None = None,
) -> Head:
    """任何一页的 `<head>`：描述、规范地址、分享卡片、结构化数据。"""
    url = site.url(address)
    card, width, height = CARD
    kind = "website" if page and page.src == "index.md" else "article"
    image = page.meta.image if page else None
    picture = site.url(image.lstrip("/")) if image else site.url(card)
    named = {"description": text, "twitter:card": "summary_large_image", "twitter:title": name}
    named |= {"twitter:description": text, "twitter:image": picture}
    if page and page.meta.author:
        named["author"] = page.meta.author
    if page and page.meta.seoKeywords:
        named["keywords"] = ",".join(page.meta.seoKeywords)
    properties = {"og:type": kind, "og:title": name, "og:description": text, "og:url": url, "og:image": picture}
    properties |= {"og:image:alt": f"{site.name}：五个阶段的路线图", "og:site_name": site.name, "og:locale": "zh_CN"}
    if not image:
        properties |= {"og:image:width": str(width), "og:image:height": str(height)}
    if dates:
        properties |= {"article:published_time": dates.first, "article:modified_time": dates.last}
    lines = [f'<meta name="{key}" content="{escape(value)}">' for key, value in named.items()]
    lines += [f'<meta property="{key}" content="{escape(value)}">' for key, value in properties.items()]
    lines.append(f'<link rel="canonical" href="{escape(url)}">')
    if graph := list(graph):
        lines.append(f'<script type="application/ld+json">{embed_json(graph)}</script>')
    return Head(name, text, url, "\n  ".join(lines))


def embed_json(graph: list[Graph]) -> str:
    """结构化数据的 JSON，放进 `<script>` 也安全。"""
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _about(
    page: Page, course: Curriculum, site: Site, dates: Dates | None, quizzes: list[QuizDirective], code: list[str]
) -> list[Graph]:
    if page.src == "index.md":
        return [_website(site), _organization(site), _course_list(course, site)]
    if isinstance(page.meta, StagePage):
        stage = course.stage_of(page)
        assert stage
        return [_course(stage, site, dates)]
    if isinstance(page.meta, LessonPage):
        return [_lesson(page, course, site, dates, quizzes, code)]
    return [{"@type": "WebPage", "@id": site.url(page.url), **_common(page, site, dates)}]


def _website(site: Site) -> Graph:
    return {
        "@type": "WebSite",
        "@id": site.base + "#site",
        "name": site.name,
        "url": site.base,
        "description": site.description,
        "inLanguage": "zh-CN",
        "publisher": {"@id": site.base + "#org"},
    }


def _organization(site: Site) -> Graph:
    logo = site.url(CARD[0])
    return {"@type": "Organization", "@id": site.base + "#org", "name": site.name, "url": site.base, "logo": logo}


def _course_list(course: Curriculum, site: Site) -> Graph:
    items = [
        {"@type": "ListItem", "position": n, "url": site.url(stage.page.url), "name": stage.page.title}
        for n, stage in enumerate(course.stages, 1)
    ]
    return {"@type": "ItemList", "@id": site.base + "#courses", "numberOfItems": len(items), "itemListElement": items}


def _common(page: Page, site: Site, dates: Dates | None) -> Graph:
    found: Graph = {
        "name": page.title,
        "description": description(page),
        "url": site.url(page.url),
        "inLanguage": "zh-CN",
        "isAccessibleForFree": True,
        "license": LICENSE,
    }
    if dates:
        found |= {"datePublished": dates.first, "dateModified": dates.last}
    keywords = [*page.meta.seoKeywords, *page.meta.tags]
    return found | ({"keywords": keywords} if keywords else {})


def _course(stage: Stage, site: Site, dates: Dates | None) -> Graph:
    page, meta = stage.page, stage.page.stage
    found: Graph = {
        "@type": "Course",
        "@id": site.url(page.url),
        **_common(page, site, dates),
        "provider": {"@type": "Organization", "@id": site.base + "#org", "name": site.name, "url": site.base},
        "educationalLevel": meta.level,
        "teaches": meta.goals,
        "position": meta.stage,
        "learningResourceType": "课程",
        "offers": {"@type": "Offer", "category": "Free", "price": 0, "priceCurrency": "CNY"},
        "hasCourseInstance": {"@type": "CourseInstance", "courseMode": "Online", "courseWorkload": workload(meta)},
    }
    if stage.lessons:
        found["hasPart"] = [{"@id": site.url(lesson.url)} for lesson in stage.lessons]
        found["timeRequired"] = f"PT{stage.minutes}M"
    return found


def workload(meta: StagePage) -> str:
    """阶段的总学时，按每周约十小时、每月四周算；没有终点的按三个月。"""
    start, end = meta.months
    return f"PT{((end or start + 3) - start) * 4 * 10}H"


def _lesson(
    page: Page, course: Curriculum, site: Site, dates: Dates | None, quizzes: list[QuizDirective], code: list[str]
) -> Graph:
    meta, stage = page.lesson, course.stage_of(page)
    kind = "项目" if meta.kind == "project" else "课"
    found: Graph = {
        "@type": ["LearningResource", "TechArticle"],
        "@id": site.url(page.url),
        **_common(page, site, dates),
        "headline": page.title,
        "learningResourceType": kind,
        "teaches": meta.goal,
        "timeRequired": f"PT{meta.minutes}M",
        "position": meta.order,
        "publisher": {"@type": "Organization", "@id": site.base + "#org", "name": site.name},
        "author": {"@type": "Organization", "name": meta.author or site.name},
    }
    if stage:
        found |= {"educationalLevel": stage.page.stage.level, "isPartOf": {"@id": site.url(stage.page.url)}}
    if requires := course.requires(page):
        found["competencyRequired"] = [f"{other.title}（{site.url(other.url)}）" for other in requires]
    parts: list[Graph] = []
    if quizzes:
        parts.append({"@type": "Quiz", "about": page.title, "hasPart": [_question(quiz) for quiz in quizzes]})
    for path in dict.fromkeys(code):
        name = path.rpartition("/")[2]
        parts.append(
            {
                "@type": "SoftwareSourceCode",
                "name": name,
                "programmingLanguage": "Python",
                "url": site.url(f"downloads/{path}"),
            }
        )
    return found | ({"hasPart": parts} if parts else {})


def _question(quiz: QuizDirective) -> Graph:
    answers = [{"@type": "Answer", "text": option.text} for option in quiz.options if option.correct]
    return {
        "@type": "Question",
        "eduQuestionType": "Multiple choice",
        "text": quiz.question,
        "acceptedAnswer": answers if len(answers) > 1 else answers[0],
        "suggestedAnswer": [{"@type": "Answer", "text": o.text} for o in quiz.options if not o.correct],
    }


def trail(page: Page, course: Curriculum) -> list[Page]:
    """从首页到这一页的路。"""
    found = [course.pages["index.md"]] if "index.md" in course.pages else []
    parent = course.pages.get(f"{page.folder}/index.md") if page.folder else None
    if parent and parent is not page:
        found.append(parent)
    return [*found, page]


def breadcrumbs(page: Page, course: Curriculum, site: Site) -> Graph:
    """面包屑。"""
    items = [
        {"@type": "ListItem", "position": n, "name": one.title, "item": site.url(one.url)}
        for n, one in enumerate(trail(page, course), 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


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
    return f"- [{page.label}]({site.url(page.url)}): {description(page)}"
