"""整个站点：读一遍，全部检查，展开每一页；钩子与命令行都从这里拿。"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from guide import rules
from guide.code import exercise, placing
from guide.course import curriculum, frontmatter, naming, settings
from guide.course.curriculum import Curriculum, Page
from guide.library import Library
from guide.page import (
    blocks,
    body,
    embed,
    emphasis,
    formulas,
    images,
    keys,
    lesson_parts,
    links,
    markup,
    messages,
    raw_html,
    render,
    theme,
    unknown_tags,
)
from guide.page.embed import Expansion, Generated
from guide.page.render import Links
from guide.problem import Problem
from guide.words import prose, terms
from guide.words.terms import Term


@dataclass(frozen=True)
class Site:
    """读好的站点。"""

    curriculum: Curriculum
    library: Library
    expansions: dict[str, Expansion]
    """页面 → 展开后的正文。"""
    terms: list[Term]
    pages: dict[str, Page]
    """读得懂的页面，草稿也在内。"""
    redirects: dict[str, str]
    """搬了家的页面 → 新页面。"""
    problems: list[Problem]
    hidden: frozenset[str] = frozenset()
    """只有草稿用的片段与练习，相对 snippets/；草稿不发布时，它们也不发布。"""


def read(
    sources: Mapping[str, bytes | OSError],
    library: Library,
    *,
    drafts: bool = False,
    repository: str = "",
    relative: Callable[[str, str], str] | None = None,
) -> Site:
    """读所有页面与片段，检查一切。

    Args:
        sources: 相对 docs/ 的路径 → 内容；读不了的是那个错误。
        library: 片段库。
        drafts: 草稿算不算在内（mkdocs serve 时算）。
        repository: 仓库网址，源码链接用；空着就链到本站的代码页。
        relative: （站点根下的地址, 这一页的地址）→ 这一页上能用的相对地址。
    """
    course, problems = curriculum.read(sources, drafts=True)
    expansions: dict[str, Expansion] = {}
    glossary, found = library.terms()
    problems += found
    hidden = frozenset() if drafts else _of_drafts(course, library)
    fences = generated_fences(course, library, glossary, hidden)
    written, found = settings.read(library.base)
    problems += found
    least, found = lesson_parts.required(written)
    problems += found
    linkable = {*sources, *map(render.code_page_source, library.paths)}  # 代码页构建时才有
    for src, page in course.pages.items():
        outward = Links(_linker(page, relative or relative_url), repository)
        expansions[src] = embed.expand(page.body, f"docs/{src}", page.body_line, library, outward, fences)
        problems += expansions[src].problems
        problems += body.check(page)
        problems += links.check(page, course, linkable, library.base / "docs")
        problems += images.shared(page, library.base / "docs")
        problems += theme.missing(page, library.base / "overrides")
        problems += _written(page.body, f"docs/{src}", page.body_line, glossary)
        problems += lesson_parts.missing(page, expansions[src], least)
        if isinstance(data := sources[src], bytes):
            problems += prose.check(frontmatter.decode(data), f"docs/{src}")
    for src in set(sources) - set(course.pages):
        problems += _without_front_matter(src, sources[src], library, fences, glossary)
    problems += library.problems()
    moved, found = library.redirects(course.pages)
    problems += found
    unread = [data for src, data in sources.items() if src not in course.pages and isinstance(data, bytes)]
    problems += _unused(library, expansions, b"\n".join(unread).decode(errors="replace"))
    problems = _placed(problems, sources, library)
    pages = course.pages
    if not drafts:
        shown = {src: page for src, page in course.pages.items() if page.meta.published}
        course = Curriculum(shown)
    return Site(course, library, expansions, glossary, pages, moved, sorted(set(problems)), hidden)


def _without_front_matter(
    src: str, data: bytes | OSError, library: Library, fences: dict[str, Generated], glossary: list[Term]
) -> list[Problem]:
    """front matter 写错的一页，它的正文照样检查：问题一次说完。"""
    path = f"docs/{src}"
    if not isinstance(data, bytes) or not (found := frontmatter.split(path, data)[0]).body:
        return []
    outward = Links(lambda address: address, "")
    problems = embed.expand(found.body, path, found.body_line, library, outward, fences).problems
    problems = [*problems, *_written(found.body, path, found.body_line, glossary)]
    return [*problems, *prose.check(frontmatter.decode(data), path)]


def _written(text: str, path: str, first_line: int, glossary: list[Term]) -> list[Problem]:
    """正文自己的毛病，不必知道别的页面。"""
    return [
        *formulas.check(text, path, first_line),
        *markup.check(text, path, first_line),
        *raw_html.check(text, path, first_line),
        *(one for module in (blocks, emphasis, unknown_tags) for one in module.check(text, path, first_line)),
        *terms.misused(text, path, first_line, glossary),
    ]


def _of_drafts(course: Curriculum, library: Library) -> frozenset[str]:
    """归草稿的片段与练习：名字说出归哪一课。"""
    lessons = {(page.folder, page.name): page for page in course.lessons}
    found = set()
    for path in (*library.paths, *library.exercises):
        stage, name = path.split("/")[0], PurePosixPath(path).stem
        owner = naming.owner(name, [lesson for folder, lesson in lessons if folder == stage])
        if owner and not lessons[stage, owner].meta.published:
            found.add(path)
    return frozenset(found)


def generated_fences(
    course: Curriculum, library: Library, glossary: list[Term], hidden: frozenset[str] = frozenset()
) -> dict[str, Generated]:
    """内容全由别处得出的围栏：术语表、代码目录、检查的每一条与各种键；`hidden` 不进代码目录。"""
    listed = [one for one in library.snippets() if one.path not in hidden]
    stages = {stage.page.stage.stage: stage.page.title for stage in course.stages}
    folders = {stage.page.folder: f"第 {stage.page.number} 阶段 · {stage.page.title}" for stage in course.stages}
    return {
        "glossary": Generated(lambda links: render.raw(terms.glossary(glossary, stages)), terms.markdown(glossary)),
        "code-index": Generated(
            lambda links: render.raw(render.code_index(listed, folders, links)),
            "\n".join(f"- {one.title or one.name}：snippets/{one.path}" for one in listed),
        ),
        "rules": Generated(lambda links: messages.page(), messages.plain()),
        **{f"{name}-keys": _keys(keys.table(model)) for name, model in keys.MODELS.items()},
    }


def _keys(table: str) -> Generated:
    return Generated(lambda links: table, table)


def _linker(page: Page, relative: Callable[[str, str], str]) -> Callable[[str], str]:
    return lambda address: relative(address, page.url)


def relative_url(address: str, base: str) -> str:
    """从 `base`（以 / 结尾的目录地址）到 `address` 的相对地址。"""
    up = "../" * base.count("/")
    return (up + address) or "./"


def concerning(problems: Iterable[Problem], src: str, site: Site) -> list[Problem]:
    """一页的问题：它自己的，与它嵌入的片段、它们的记录和练习的；代码页是那个片段的。"""
    files = {f"docs/{src}"}
    folders: tuple[str, ...] = ()
    if expansion := site.expansions.get(src):
        files |= {f"snippets/{path}" for path in (*expansion.snippets, *expansion.mentioned)}
        records = (PurePosixPath(path) for path in (*expansion.snippets, *expansion.mentioned))
        folders = tuple(f"snippets/{path}/" for path in (*expansion.exercises, *expansion.mentioned))
        folders += tuple(f"snippets/{path.parent}/recorded/{path.stem}/" for path in records)
    files |= {f"snippets/{path}" for path in site.library.paths if src == render.code_page_source(path)}
    return [one for one in problems if one.path in files or one.path.startswith(folders)]


def _unused(library: Library, expansions: Mapping[str, Expansion], unread: str) -> list[Problem]:
    """没有一页嵌入的片段与练习；读不懂的页面（`unread`）提到的、自己就打不开的不算。写得不对的练习也在这里报告。"""
    mentioned = {path for expansion in expansions.values() for path in expansion.mentioned}
    snippets = {path for expansion in expansions.values() for path in expansion.snippets} | mentioned
    exercises = {path for expansion in expansions.values() for path in expansion.exercises}
    problems = [
        rules.embedding.SNIPPET_UNUSED.at(f"snippets/{path}", 1)
        for path in library.paths
        if path not in snippets and path not in unread and library.opens(path)
    ]
    for path in library.exercises:
        if path not in exercises:
            if path not in unread and path not in mentioned:
                problems.append(rules.embedding.EXERCISE_UNUSED.at(f"snippets/{path}/task.py", 1))
            problems += exercise.load(library.root, path)[1]
    return problems


def _placed(problems: list[Problem], sources: Mapping[str, bytes | OSError], library: Library) -> list[Problem]:
    """加上放错了地方、名字不对的片段与练习；反正要改名，就不再说它们没有记录、没有人嵌入。"""
    pages = {src: data.decode(errors="replace") if isinstance(data, bytes) else "" for src, data in sources.items()}
    wrong = placing.check(placing.files(library.root), pages, library.pins)
    paths = {problem.path for problem in wrong}
    follow = (rules.snippets.STALE, rules.embedding.SNIPPET_UNUSED, rules.embedding.EXERCISE_UNUSED)
    return [*wrong, *(one for one in problems if one.path not in paths or one.rule not in follow)]
