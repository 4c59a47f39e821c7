"""正文里写错了会悄悄变样的地方：一级标题、链接、图片、提示框与待办。"""

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from urllib.parse import unquote

from guide import rules
from guide.course import frontmatter, naming
from guide.course.curriculum import Curriculum, Page
from guide.page.fences import without_fences
from guide.problem import Problem, nearest

IMAGE = re.compile(r"!\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)")
CODE = re.compile(r"(`+).+?\1", re.DOTALL)
BOX = re.compile(r"^[ \t>]*((?:!{2,4}|\?{2,4}\+?)(?!\[)[ \t]*[A-Za-z\"“].*)$", re.MULTILINE)
RIGHT_BOX = re.compile(r'(?:!!!|\?\?\?\+?) +([a-z]+)(?: +"[^"]*")?\s*')
KINDS = (
    "note",
    "tip",
    "warning",
    "info",
    "example",
    "question",
    "success",
    "failure",
    "danger",
    "bug",
    "quote",
    "abstract",
    "todo",
)
PICTURES = {".png", ".svg", ".jpg", ".jpeg", ".webp", ".gif"}
TODO = re.compile(r"""^[ \t>]*(?:!!!|\?\?\?\+?)[ \t]+todo\b[ \t]*"?([^"\n]*)""", re.MULTILINE)


Found = list[tuple[str, int]]


def check(page: Page, course: Curriculum, written: set[str], docs: Path) -> list[Problem]:
    """正文里的毛病：一级标题、指向不存在或没有发布的页面的链接、不存在的图片、发布了还留着的待办。"""
    path = f"docs/{page.src}"
    headings, links, images, todos, boxes = _found(page.body)
    problems = [rules.body.HEADING_ONE.at(path, page.body_line + number) for number in headings]
    if isinstance(page.meta, frontmatter.LessonPage) and not naming.NAME.fullmatch(page.name):
        problems.append(rules.course.LESSON_NAME.at(path, 1, name=page.name, right=naming.fitting(page.name)))
    for target, number in links:
        problems += _broken(target, page.body_line + number, page, course, written)
    problems += [
        rules.body.MISSING_IMAGE.at(
            path, page.body_line + number, file=target, nearest=_like(target, page.folder, docs)
        )
        for target, number in images
        if not SCHEME.match(target) and not (docs / page.folder / unquote(target)).is_file()
    ]
    problems += [
        rules.body.ADMONITION.at(path, page.body_line + number, text=text[:40], nearest=_kind_like(text))
        for text, number in boxes
        if not (match := RIGHT_BOX.fullmatch(text)) or match[1] not in KINDS
    ]
    if page.meta.published:
        for title, number in todos:
            problems.append(rules.body.TODO_LEFT.at(path, page.body_line + number, title=title or "todo"))
    return problems


@lru_cache(maxsize=4096)
def _found(body: str) -> tuple[list[int], Found, Found, Found, Found]:
    """正文里一级标题所在的行，每个链接的目标、图片的地址、待办的标题、提示框的开头与它们的行；行都从 0 起。"""
    text = CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), without_fences(body))
    headings = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        underlined = line.strip() and re.fullmatch(r"=+\s*", following) and not line.startswith((" ", "|"))
        if re.match(r"#\s+\S", line) or underlined:
            headings.append(number)

    def found(pattern: re.Pattern[str]) -> list[tuple[str, int]]:
        return [(match[1], text.count("\n", 0, match.start())) for match in pattern.finditer(text)]

    return headings, found(LINK), found(IMAGE), found(TODO), found(BOX)


def _broken(target: str, line: int, page: Page, course: Curriculum, written: set[str]) -> list[Problem]:
    """一个链接哪里不对。"""
    path = f"docs/{page.src}"
    file = target.partition("#")[0]
    if not file or SCHEME.match(file):
        return []
    if file.startswith("/"):
        return [rules.body.ABSOLUTE_LINK.at(path, line, target=target)]
    if not file.endswith(".md"):
        suffix = PurePosixPath(file).suffix.lower()
        address = file.endswith("/") or suffix in (".html", ".htm") or (not suffix and "downloads/" not in file)
        return [rules.body.LINK_FORM.at(path, line, target=target)] if address else []
    src = normpath(str(PurePosixPath(page.folder) / file))
    if src not in written:
        suggestion = nearest(file, (relpath(one, page.folder or ".") for one in written))
        return [rules.body.MISSING_PAGE.at(path, line, file=file, nearest=suggestion)]
    other = course.pages.get(src)
    if other and not other.meta.published and page.meta.published:
        return [rules.body.DRAFT_LINK.at(path, line, file=file)]
    return []


def _kind_like(text: str) -> str:
    """一个提示框写的种类像哪一种；写对了就不说。"""
    word = re.search(r"[A-Za-z]+", text)
    return "" if not word or word[0] in KINDS else nearest(word[0], KINDS)


def _like(target: str, folder: str, docs: Path) -> str:
    """与一个图片地址相近的、真的有的图片。"""
    images = (path for path in docs.rglob("*") if path.suffix.lower() in PICTURES)
    return nearest(target, (relpath(path, docs / folder) for path in images))
