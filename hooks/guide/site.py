"""整个站点：读一遍，全部检查，展开每一页；钩子与命令行都从这里拿。"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from guide import rules
from guide.code import exercise
from guide.course import curriculum, frontmatter
from guide.course.curriculum import Curriculum, Page
from guide.library import Library
from guide.page import body, embed, keys, lesson_parts, links, markup, messages, raw_html, render
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
    fences = generated_fences(course, library, glossary)
    least = lesson_parts.required(library.base)
    linkable = {*sources, *map(render.code_page_source, library.paths)}  # 代码页构建时才有
    for src, page in course.pages.items():
        outward = Links(_linker(page, relative or relative_url), repository)
        expansions[src] = embed.expand(page.body, f"docs/{src}", page.body_line, library, outward, fences)
        problems += expansions[src].problems
        problems += body.check(page)
        problems += links.check(page, course, linkable, library.base / "docs")
        problems += markup.check(page.body, f"docs/{src}", page.body_line)
        problems += raw_html.check(page.body, f"docs/{src}", page.body_line)
        problems += lesson_parts.missing(page, expansions[src], least)
        problems += terms.misused(page.body, f"docs/{src}", page.body_line, glossary)
        if isinstance(data := sources[src], bytes):
            problems += prose.check(frontmatter.decode(data), f"docs/{src}")
    for src in set(sources) - set(course.pages):
        problems += _without_front_matter(src, sources[src], library, fences, glossary)
    problems += library.problems()
    moved, found = library.redirects(course.pages)
    problems += found
    unread = [data for src, data in sources.items() if src not in course.pages and isinstance(data, bytes)]
    problems += _unused(library, expansions, b"\n".join(unread).decode(errors="replace"))
    pages = course.pages
    if not drafts:
        shown = {src: page for src, page in course.pages.items() if page.meta.published}
        course = Curriculum(shown)
    return Site(course, library, expansions, glossary, pages, moved, sorted(set(problems)))


def _without_front_matter(
    src: str, data: bytes | OSError, library: Library, fences: dict[str, Generated], glossary: list[Term]
) -> list[Problem]:
    """front matter 写错的一页，它的正文照样检查：问题一次说完。"""
    path = f"docs/{src}"
    if not isinstance(data, bytes) or not (found := frontmatter.split(path, data)[0]).body:
        return []
    links = Links(lambda address: address, "")
    problems = embed.expand(found.body, path, found.body_line, library, links, fences).problems
    problems = [*problems, *terms.misused(found.body, path, found.body_line, glossary)]
    problems += markup.check(found.body, path, found.body_line)
    problems += raw_html.check(found.body, path, found.body_line)
    return [*problems, *prose.check(frontmatter.decode(data), path)]


def generated_fences(course: Curriculum, library: Library, glossary: list[Term]) -> dict[str, Generated]:
    """内容全由别处得出的围栏：术语表、代码目录、检查的每一条与各种键。"""
    stages = {stage.page.stage.stage: stage.page.title for stage in course.stages}
    folders = {stage.page.folder: f"第 {stage.page.number} 阶段 · {stage.page.title}" for stage in course.stages}
    return {
        "glossary": Generated(lambda links: render.raw(terms.glossary(glossary, stages)), terms.markdown(glossary)),
        "code-index": Generated(
            lambda links: render.raw(render.code_index(library.snippets(), folders, links)),
            "\n".join(f"- {one.title or one.name}：snippets/{one.path}" for one in library.snippets()),
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
    """一页的问题：它自己的，与它嵌入的片段和练习的；代码页是那个片段的。"""
    files = {f"docs/{src}"}
    folders: tuple[str, ...] = ()
    if expansion := site.expansions.get(src):
        files |= {f"snippets/{path}" for path in expansion.snippets}
        folders = tuple(f"snippets/{path}/" for path in expansion.exercises)
    files |= {f"snippets/{path}" for path in site.library.paths if src == render.code_page_source(path)}
    return [one for one in problems if one.path in files or one.path.startswith(folders)]


def _unused(library: Library, expansions: Mapping[str, Expansion], unread: str) -> list[Problem]:
    """没有一页嵌入的片段与练习；读不懂的页面（`unread`）提到的不算没有用到。写得不对的练习也在这里报告。"""
    snippets = {path for expansion in expansions.values() for path in expansion.snippets}
    exercises = {path for expansion in expansions.values() for path in expansion.exercises}
    problems = [
        rules.embedding.SNIPPET_UNUSED.at(f"snippets/{path}", 1)
        for path in library.paths
        if path not in snippets and path not in unread
    ]
    for path in library.exercises:
        if path not in exercises:
            if path not in unread:
                problems.append(rules.embedding.EXERCISE_UNUSED.at(f"snippets/{path}/task.py", 1))
            problems += exercise.load(library.root, path)[1]
    return problems
