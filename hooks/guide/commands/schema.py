"""结构化数据：一页的 JSON-LD，词汇来自 schema.org，每个值都由 front matter、历史与正文算出。"""

from guide.course.curriculum import HOME, Curriculum, Page, Stage
from guide.course.frontmatter import LessonPage, StagePage
from guide.course.history import Past
from guide.page.directive import QuizDirective
from guide.publish.seo import CARD, Graph, Site, description

LICENSE = "https://creativecommons.org/licenses/by-sa/4.0/"


def about(
    page: Page, course: Curriculum, site: Site, past: Past | None, quizzes: list[QuizDirective], code: list[str]
) -> list[Graph]:
    """一页的结构化数据：它是什么，与从首页到它的路。`code` 是嵌入的片段，相对 snippets/。"""
    found = _about(page, course, site, past, quizzes, code)
    return found if page.src == HOME else [*found, breadcrumbs(page, course, site)]


def _about(
    page: Page, course: Curriculum, site: Site, past: Past | None, quizzes: list[QuizDirective], code: list[str]
) -> list[Graph]:
    if page.src == HOME:
        return [_website(site), _organization(site), _course_list(course, site)]
    if isinstance(page.meta, StagePage):
        stage = course.stage_of(page)
        assert stage
        return [_course(stage, site, past)]
    if isinstance(page.meta, LessonPage):
        return [_lesson(page, course, site, past, quizzes, code)]
    return [{"@type": "WebPage", "@id": site.url(page.url), **_common(page, site, past)}]


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
    logo = site.url(CARD)
    return {"@type": "Organization", "@id": site.base + "#org", "name": site.name, "url": site.base, "logo": logo}


def _course_list(course: Curriculum, site: Site) -> Graph:
    items = [
        {"@type": "ListItem", "position": n, "url": site.url(stage.page.url), "name": stage.page.title}
        for n, stage in enumerate(course.stages, 1)
    ]
    return {"@type": "ItemList", "@id": site.base + "#courses", "numberOfItems": len(items), "itemListElement": items}


def _common(page: Page, site: Site, past: Past | None) -> Graph:
    found: Graph = {
        "name": page.title,
        "description": description(page),
        "url": site.url(page.url),
        "inLanguage": "zh-CN",
        "isAccessibleForFree": True,
        "license": LICENSE,
    }
    if past:
        found |= {"datePublished": past.first, "dateModified": past.last}
    if past and past.people:
        found["contributor"] = [{"@type": "Person", "name": name} for name in past.people]
    keywords = [*page.meta.seoKeywords, *page.meta.tags]
    return found | ({"keywords": keywords} if keywords else {})


def _course(stage: Stage, site: Site, past: Past | None) -> Graph:
    page, meta = stage.page, stage.page.stage
    found: Graph = {
        "@type": "Course",
        "@id": site.url(page.url),
        **_common(page, site, past),
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
    page: Page, course: Curriculum, site: Site, past: Past | None, quizzes: list[QuizDirective], code: list[str]
) -> Graph:
    meta, stage = page.lesson, course.stage_of(page)
    kind = "项目" if meta.kind == "project" else "课"
    found: Graph = {
        "@type": ["LearningResource", "TechArticle"],
        "@id": site.url(page.url),
        **_common(page, site, past),
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
    found = [course.pages[HOME]] if HOME in course.pages else []
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
