"""正文里写错了会悄悄变样的地方：一级标题、提示框与待办。"""

import re
from functools import lru_cache

from guide import rules
from guide.course import frontmatter, naming
from guide.course.curriculum import Page
from guide.page.markup import shown
from guide.problem import Problem, nearest

BOX = re.compile(r"^[ \t>]*((?:!{2,4}|\?{2,4}\+?)(?!\[)[ \t]*[A-Za-z\"“].*)$", re.MULTILINE)
RIGHT_BOX = re.compile(r'(?:!!!|\?\?\?\+?) +([a-z]+)(?: +inline(?: +end)?)?(?: +"[^"]*")?\s*')
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
TODO = re.compile(r"""^[ \t>]*(?:!!!|\?\?\?\+?)[ \t]+todo\b[ \t]*"?([^"\n]*)""", re.MULTILINE)


Found = list[tuple[str, int]]


def check(page: Page) -> list[Problem]:
    """正文里的毛病：一级标题、写错的提示框、发布了还留着的待办。"""
    path = f"docs/{page.src}"
    headings, todos, boxes = _found(page.body)
    problems = [rules.body.HEADING_ONE.at(path, page.body_line + number) for number in headings]
    if isinstance(page.meta, frontmatter.LessonPage) and not naming.NAME.fullmatch(page.name):
        problems.append(rules.course.LESSON_NAME.at(path, 1, name=page.name, right=naming.fitting(page.name)))
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
def _found(body: str) -> tuple[list[int], Found, Found]:
    """正文里一级标题所在的行，待办的标题、提示框的开头与它们的行；行都从 0 起。"""
    text = shown(body)
    headings = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        underlined = line.strip() and re.fullmatch(r"=+\s*", following) and not line.startswith((" ", "|"))
        if re.match(r"#\s+\S", line) or underlined:
            headings.append(number)

    def found(pattern: re.Pattern[str]) -> list[tuple[str, int]]:
        return [(match[1], text.count("\n", 0, match.start())) for match in pattern.finditer(text)]

    return headings, found(TODO), found(BOX)


def _kind_like(text: str) -> str:
    """一个提示框写的种类像哪一种；写对了就不说。"""
    word = re.search(r"[A-Za-z]+", text)
    return "" if not word or word[0] in KINDS else nearest(word[0], KINDS)
