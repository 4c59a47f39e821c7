"""课程：从所有页面的 front matter 得出阶段、课、次序、先修与导航。"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import count
from posixpath import normpath
from typing import Any

from guide import reading, rules
from guide.course import frontmatter
from guide.course.frontmatter import LessonPage, OtherPage, Source, StagePage
from guide.problem import Problem, Rule, listing, nearest

STAGES = ("foundations", "deep-learning-nlp", "transformer-llm", "applications", "advanced")
"""阶段的文件夹，按次序；docs/、snippets/ 与 tests/snippets/ 里同名。"""

LEVEL_OF_STAGE = {1: "初级", 2: "中级", 3: "中级", 4: "高级", 5: "高级"}

HOME = "index.md"


@dataclass(frozen=True, eq=False)
class Page:
    """一页：路径相对 docs/，例如 transformer-llm/lora.md。文件没有变就是同一个对象。"""

    src: str
    meta: OtherPage | StagePage | LessonPage
    body: str
    body_line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """文件名，不带 .md；课以它为名。"""
        return self.src.rpartition("/")[2].removesuffix(".md")

    @property
    def folder(self) -> str:
        return self.src.rpartition("/")[0]

    @property
    def title(self) -> str:
        return self.meta.title

    @property
    def url(self) -> str:
        """站内地址，相对站点根：transformer-llm/lora/。"""
        if self.name == "index":
            return f"{self.folder}/" if self.folder else ""
        return self.src.removesuffix(".md") + "/"

    @property
    def number(self) -> str:
        """阶段页是 “3”，课是 “3.2”，其他页面没有编号。"""
        if isinstance(self.meta, LessonPage):
            return f"{self.meta.stage}.{self.meta.order}"
        return str(self.meta.stage) if isinstance(self.meta, StagePage) else ""

    @property
    def label(self) -> str:
        """导航里的名字：3.2 多头注意力。"""
        return f"{self.number} {self.title}".strip()

    def line_of(self, text: str) -> int:
        """正文里一段文字第一次出现的行，front matter 也算在内；找不到时是正文第一行。"""
        return self.body_line + self.body.count("\n", 0, max(self.body.find(text), 0))

    @property
    def lesson(self) -> LessonPage:
        """这一课的 front matter；只能问课。"""
        assert isinstance(self.meta, LessonPage)
        return self.meta

    @property
    def stage(self) -> StagePage:
        """这一阶段的 front matter；只能问阶段页。"""
        assert isinstance(self.meta, StagePage)
        return self.meta


@dataclass(frozen=True)
class Stage:
    """一个阶段：它的页面与按次序排好的课。"""

    page: Page
    lessons: tuple[Page, ...]

    @property
    def minutes(self) -> int:
        return sum(lesson.lesson.minutes for lesson in self.lessons)


@dataclass(frozen=True)
class Curriculum:
    """所有发布的页面；草稿在不发布时已经去掉。"""

    pages: dict[str, Page]

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """按次序的阶段与各自的课。"""
        found = []
        for folder in STAGES:
            if page := self.pages.get(f"{folder}/index.md"):
                lessons = [p for p in self.lessons if p.folder == folder]
                found.append(Stage(page, tuple(lessons)))
        return tuple(found)

    @cached_property
    def lessons(self) -> tuple[Page, ...]:
        """所有的课，按学习次序。"""
        found = [page for page in self.pages.values() if isinstance(page.meta, LessonPage)]
        return tuple(sorted(found, key=lambda p: (p.lesson.stage, p.lesson.order, p.src)))

    @cached_property
    def by_name(self) -> dict[str, Page]:
        """课名 → 课。"""
        return {page.name: page for page in self.lessons}

    def requires(self, page: Page) -> list[Page]:
        """先修课。"""
        return [self.by_name[name] for name in page.lesson.requires if name in self.by_name]

    def unlocks(self, page: Page) -> list[Page]:
        """学完这一课可以继续学的课。"""
        return [other for other in self.lessons if page.name in other.lesson.requires]

    def beside(self, page: Page, target: str) -> Page | None:
        """从一页出发的相对链接（../x/y.md）指向哪一页。"""
        return self.pages.get(normpath(f"{page.folder or '.'}/{target}"))

    def stage_of(self, page: Page) -> Stage | None:
        """课或阶段页所在的阶段。"""
        return next((stage for stage in self.stages if stage.page.folder == page.folder and page.folder), None)

    @cached_property
    def others(self) -> tuple[Page, ...]:
        """不属于任何阶段的页面（首页除外），按文件夹与次序。"""
        found = [p for p in self.pages.values() if type(p.meta) is OtherPage and p.src != HOME]
        tops = {page.folder: _place(page) for page in found if page.name == "index"}

        def key(page: Page) -> tuple[Any, ...]:
            inside = page.folder != "" and page.name != "index"
            return (tops.get(page.folder, _place(page)), page.folder, inside, _place(page), page.src)

        return tuple(sorted(found, key=key))

    @cached_property
    def path(self) -> tuple[Page, ...]:
        """从首页起的阅读次序：上一页与下一页照它走。"""
        found = [self.pages[HOME]] if HOME in self.pages else []
        for stage in self.stages:
            found += [stage.page, *stage.lessons]
        return (*found, *self.others)

    def navigation(self, escape: Callable[[str], str] = str) -> list[dict[str, Any]]:
        """导航树，MkDocs 的 nav 那样的列表与字典；主题不转义标题，所以由 `escape` 转义。"""
        tree: list[dict[str, Any]] = []
        if home := self.pages.get(HOME):
            tree.append({"首页": home.src})  # 首页的标题就是站名，已经在页头
        groups = [[stage.page, *stage.lessons] for stage in self.stages] + _grouped(self.others)
        for group in groups:
            entries: list[dict[str, Any]] = [{escape(page.label): page.src} for page in group]
            tree += [{escape(group[0].label): entries}] if len(group) > 1 else entries
        return tree


def _place(page: Page) -> int:
    return page.meta.order or 10_000


def _grouped(pages: Iterable[Page]) -> list[list[Page]]:
    """同一个文件夹的页面一组，首页在前；没有首页的文件夹，每页各自一组。"""
    groups: dict[str, list[Page]] = defaultdict(list)
    indexed = {page.folder for page in pages if page.name == "index"}
    for page in pages:
        groups[page.folder if page.folder in indexed else page.src].append(page)
    return list(groups.values())


def model_for(src: str) -> type[OtherPage] | type[StagePage] | type[LessonPage]:
    """一页该用哪个模型：由它在哪个文件夹决定。"""
    folder, _, name = src.rpartition("/")
    if folder not in STAGES:
        return OtherPage
    return StagePage if name == "index.md" else LessonPage


def read(sources: Mapping[str, bytes | OSError], drafts: bool = False) -> tuple[Curriculum, list[Problem]]:
    """读所有页面。`sources` 是 相对 docs/ 的路径 → 内容；`drafts` 为真时草稿也算在内。"""
    pages: dict[str, Page] = {}
    problems: list[Problem] = []
    for src, data in sorted(sources.items()):
        page, found = read_page(src, data)
        problems += found
        if page:
            pages[src] = page
    unpublished = {src for src, page in pages.items() if not page.meta.published}
    problems += check(pages, unpublished, set(sources))
    if HOME not in sources:
        problems.append(rules.course.HOME_PAGE.at(f"docs/{HOME}", 1))
    shown = {src: page for src, page in pages.items() if drafts or src not in unpublished}
    return Curriculum(shown), sorted(problems)


@lru_cache(maxsize=4096)
def read_page(src: str, data: bytes | OSError) -> tuple[Page | None, tuple[Problem, ...]]:
    """读一页；读不懂是 None。"""
    path = f"docs/{src}"
    if isinstance(data, OSError):
        return None, (reading.problem(path, data),)
    source, problems = frontmatter.split(path, data)
    if not source.meta:
        return None, tuple(problems)
    model = model_for(src)
    source, outside = _outside(src, source) if model is OtherPage else (source, [])
    meta, found = frontmatter.validate(path, source, model)
    page = Page(src, meta, source.body, source.body_line, source.document.lines) if meta else None
    return page, (*problems, *outside, *found)


def _outside(src: str, source: Source) -> tuple[Source, list[Problem]]:
    """不在阶段的文件夹里，却写了课才有的键：说一次，其余的照任何一页读。"""
    only = (set(LessonPage.model_fields) | set(StagePage.model_fields)) - set(OtherPage.model_fields)
    keys = [key for key in source.meta if key in only]
    if not keys:
        return source, []
    stage = source.meta.get("stage")
    inside = next((folder for folder in STAGES if src.startswith(f"{folder}/")), "")
    numbered = STAGES[stage - 1] if isinstance(stage, int) and 1 <= stage <= len(STAGES) else STAGES[0]
    values = {"keys": "、".join(keys), "folder": inside or numbered, "these": "这些键" if len(keys) > 1 else "它"}
    problem = rules.course.LESSON_KEYS.at(f"docs/{src}", source.document.line([keys[0]]), **values)
    rest = {key: value for key, value in source.meta.items() if key not in only}
    return replace(source, document=replace(source.document, values=rest)), [problem]


def check(pages: Mapping[str, Page], unpublished: set[str], written: set[str]) -> list[Problem]:
    """页与页之间的毛病：文件夹、次序、重名、先修。`written` 是所有写了的页面，读得懂读不懂都算。"""
    lessons = [page for page in pages.values() if isinstance(page.meta, LessonPage)]
    return [
        *_stages_fit(pages.values()),
        *_stages_have_pages(lessons, written),
        *_texts_differ(pages.values()),
        *_orders_differ([page for page in lessons if _fits(page)]),
        *_names_differ(lessons),
        *_prerequisites(lessons, unpublished, written),
    ]


def _broken(page: Page, key: str, rule: Rule, /, **values: object) -> Problem:
    return rule.at(f"docs/{page.src}", page.lines.get(key, 1), **values)


def _fits(page: Page) -> bool:
    """`stage` 与文件夹一致；不一致的课排不了次序。"""
    return page.number.partition(".")[0] == str(STAGES.index(page.folder) + 1)


def _alike(pages: Iterable[Page], key: Callable[[Page], object]) -> Iterator[tuple[Page, Page]]:
    """`key` 相同的页面，各与另一页一起。哪一页是新写的不知道，所以每一页都算。"""
    groups: dict[object, list[Page]] = defaultdict(list)
    for page in pages:
        groups[key(page)].append(page)
    for group in groups.values():
        yield from zip(group, [*group[1:], group[0]], strict=True) if len(group) > 1 else ()


def _texts_differ(pages: Iterable[Page]) -> list[Problem]:
    """同一个文件夹里的标题、全站的描述，各页不同。"""
    pages = list(pages)
    described = [page for page in pages if page.meta.seoDescription]
    found = [(page, "title", other) for page, other in _alike(pages, lambda page: (page.folder, page.title))]
    found += [
        (page, "seoDescription", other) for page, other in _alike(described, lambda page: page.meta.seoDescription)
    ]
    return [_broken(page, key, rules.course.SAME_TEXT, key=key, other=other.src) for page, key, other in found]


def _stages_fit(pages: Iterable[Page]) -> list[Problem]:
    found = []
    for page in pages:
        if not isinstance(page.meta, StagePage | LessonPage):
            continue
        expected = STAGES.index(page.folder) + 1
        if page.meta.stage != expected:
            right = STAGES[page.meta.stage - 1]
            values = {"stage": page.meta.stage, "folder": page.folder, "expected": expected, "right": right}
            found.append(_broken(page, "stage", rules.course.STAGE_FOLDER, **values))
        elif isinstance(page.meta, StagePage) and page.meta.level != LEVEL_OF_STAGE[expected]:
            values = {"level": page.meta.level, "stage": expected, "expected": LEVEL_OF_STAGE[expected]}
            found.append(_broken(page, "level", rules.course.STAGE_LEVEL, **values))
    return found


def _stages_have_pages(lessons: list[Page], written: set[str]) -> list[Problem]:
    folders = sorted({page.folder for page in lessons})
    return [
        rules.course.STAGE_PAGE.at(f"docs/{folder}/index.md", 1, folder=folder)
        for folder in folders
        if f"{folder}/index.md" not in written
    ]


def _orders_differ(lessons: list[Page]) -> list[Problem]:
    found = []
    taken = {(page.lesson.stage, page.lesson.order) for page in lessons}
    for page, other in _alike(lessons, lambda page: (page.lesson.stage, page.lesson.order)):
        stage, order = page.lesson.stage, page.lesson.order
        free = next(number for number in count(1) if (stage, number) not in taken)
        values = {"order": order, "other": other.src, "stage": stage, "free": free}
        found.append(_broken(page, "order", rules.course.ORDER_TAKEN, **values))
    return found


def _names_differ(lessons: list[Page]) -> list[Problem]:
    return [
        rules.course.NAME_TAKEN.at(f"docs/{page.src}", 1, name=page.name, other=other.src)
        for page, other in _alike(lessons, lambda page: page.name)
    ]


def _prerequisites(lessons: list[Page], unpublished: set[str], written: set[str]) -> list[Problem]:
    by_name = {page.name: page for page in lessons}
    # 读不懂的课已经有自己的问题，不必再说先修不存在
    unread = {src.rpartition("/")[2].removesuffix(".md") for src in written} - set(by_name)
    found = []
    for page in lessons:
        for name in page.lesson.requires:
            if name not in by_name:
                if name in unread and name != "index":
                    continue
                wanted = name.rpartition("/")[2].removesuffix(".md")
                suggestion = nearest(wanted, by_name)
                known = "" if suggestion else f"（现有：{listing(_beside(page, lessons))}）"
                values = {"name": name, "known": known, "nearest": suggestion}
                found.append(_broken(page, "requires", rules.course.PREREQUISITE_MISSING, **values))
            elif by_name[name].src in unpublished and page.src not in unpublished:
                found.append(_broken(page, "requires", rules.course.PREREQUISITE_DRAFT, name=name))
    cycles = _cycles(by_name)
    for cycle in cycles:
        names = " → ".join([*cycle, cycle[0]])
        found.append(_broken(by_name[cycle[0]], "requires", rules.course.PREREQUISITE_CYCLE, cycle=names))
    if not cycles:
        found += _in_order(lessons, by_name)
    return found


def _beside(page: Page, lessons: list[Page]) -> list[str]:
    """别的课的名字，同一阶段的在前。"""
    others = sorted(lessons, key=lambda one: (one.folder != page.folder, one.lesson.stage, one.lesson.order))
    return [one.name for one in others if one is not page]


def _in_order(lessons: list[Page], by_name: Mapping[str, Page]) -> list[Problem]:
    found = []
    for page in lessons:
        for name in page.lesson.requires:
            other = by_name.get(name)
            if (
                other
                and _fits(page)
                and _fits(other)
                and (other.lesson.stage, other.lesson.order) > (page.lesson.stage, page.lesson.order)
            ):
                values = {"name": name, "number": other.number, "here": page.number}
                found.append(_broken(page, "requires", rules.course.PREREQUISITE_LATER, **values))
    return found


def _cycles(by_name: Mapping[str, Page]) -> list[list[str]]:
    """每个环列一次，从名字最小的课起。"""
    done: set[str] = set()
    cycles: list[list[str]] = []

    def walk(name: str, trail: list[str]) -> None:
        if name in trail:
            cycle = trail[trail.index(name) :]
            start = cycle.index(min(cycle))
            cycle = cycle[start:] + cycle[:start]
            if cycle not in cycles:
                cycles.append(cycle)
            return
        if name in done or name not in by_name:
            return
        for required in by_name[name].lesson.requires:
            walk(required, [*trail, name])
        done.add(name)

    for name in sorted(by_name):
        walk(name, [])
    return cycles
