"""链接、图片与脚注：指得到，写得对。"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from urllib.parse import unquote

from guide import reading, rules
from guide.course.curriculum import HOME, STAGES, Curriculum, Page
from guide.page.formulas import DOLLARS
from guide.page.markup import DISPLAY, HAN, shown
from guide.problem import Problem, nearest

IMAGE = re.compile(r"!\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*(?:<([^<>\n]+)>|([^)\s>]+))")
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):|//", re.IGNORECASE)
SCHEMES = ("https", "http", "mailto")
LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*(?:<([^<>\n]+)>|([^)\s>]+))")
EMPTY = re.compile(r"(?<!!)(\[(?:[^\[\]]|\[[^\]]*\])*\]\([ \t]*(?:<>)?[ \t]*\))")
PICTURES = {".png", ".svg", ".jpg", ".jpeg", ".webp", ".gif"}
NOTE = re.compile(r"(?<!\\)\[\^([^\]\s]+)\](?!:)")
NOTE_TEXT = re.compile(r"^[ \t>]*\[\^([^\]\s]+)\]:", re.MULTILINE)
REFERENCE = re.compile(rf"(?<![!\]\w])\[([^\[\]\n^]*[{HAN}][^\[\]\n]*)\]\[([A-Za-z][\w .-]+)\](?![(\[])", re.ASCII)
"""名字是英文词才像链接：`[批][长度]` 是张量。"""
ADDRESS = re.compile(r"^[ \t>]*\[([^\]\n^]+)\]:", re.MULTILINE)

Found = tuple[tuple[str, int], ...]


def check(page: Page, course: Curriculum, written: set[str], docs: Path) -> list[Problem]:
    """指向不存在或没有发布的页面的链接，不存在的图片，没有内容或没有用到的脚注。"""
    path, line = f"docs/{page.src}", page.body_line
    problems = [*_named(page.body, path, line)]
    for target, number in _targets(page.body, LINK):
        problems += _broken(target, line + number, page, course, written)
    for text, number in _targets(page.body, EMPTY):
        problems.append(rules.body.EMPTY_LINK.at(path, line + number, text=text))
    for target, number in _targets(page.body, IMAGE):
        if not SCHEME.match(target) and not reading.there(docs / page.folder / unquote(re.sub(r"[?#].*", "", target))):
            suggestion = _like_image(target, page.folder, docs)
            problems.append(rules.body.MISSING_IMAGE.at(path, line + number, file=target, nearest=suggestion))
    return problems


@lru_cache(maxsize=8192)
def _targets(body: str, pattern: re.Pattern[str]) -> Found:
    """每一处的地址与行；行从 0 起。"""
    text = shown(body)
    return tuple(
        (next(filter(None, match.groups())), text.count("\n", 0, match.start())) for match in pattern.finditer(text)
    )


@lru_cache(maxsize=4096)
def _named(body: str, path: str, line: int) -> tuple[Problem, ...]:
    """脚注与 [文字][名字]：用到的有内容，写了的用到。"""
    text = DOLLARS.sub(_spaces, DISPLAY.sub(_spaces, shown(body)))
    found: list[Problem] = []

    def at(match: re.Match[str]) -> int:
        return line + text.count("\n", 0, match.start())

    notes = {match[1] for match in NOTE_TEXT.finditer(text)}
    used = {match[1] for match in NOTE.finditer(text)}
    guessed = ""  # 名字拼错了的那一条，不再说它没有用到
    for match in NOTE.finditer(text):
        if match[1] not in notes:
            values = {"name": match[1], "again": match[1], "nearest": nearest(match[1], notes - used)}
            guessed += str(values["nearest"])
            found.append(rules.markup.FOOTNOTE_MISSING.at(path, at(match), **values))
    for match in NOTE_TEXT.finditer(text):
        if match[1] not in used and f"“{match[1]}”" not in guessed:
            found.append(rules.markup.FOOTNOTE_UNUSED.at(path, at(match), name=match[1]))
    addresses = {" ".join(match[1].casefold().split()) for match in ADDRESS.finditer(text)}
    for match in REFERENCE.finditer(text):
        if " ".join(match[2].casefold().split()) not in addresses:
            values = {"text": match[0], "name": match[2], "again": match[2]}
            found.append(rules.markup.REFERENCE_MISSING.at(path, at(match), **values))
    return tuple(found)


def _spaces(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _broken(target: str, line: int, page: Page, course: Curriculum, written: set[str]) -> list[Problem]:
    """一个链接哪里不对。"""
    path = f"docs/{page.src}"
    file = target.partition("#")[0]
    if scheme := SCHEME.match(file):
        if scheme[1] is None or scheme[1].lower() in SCHEMES:
            return []
        return [rules.body.SCHEME.at(path, line, target=target, nearest=nearest(scheme[1], SCHEMES))]
    if not file:
        return []
    if file.startswith("/"):
        return [rules.body.ABSOLUTE_LINK.at(path, line, target=target)]
    if not file.endswith(".md"):
        suffix = PurePosixPath(file).suffix.lower()
        address = file.endswith("/") or suffix in (".html", ".htm") or (not suffix and "downloads/" not in file)
        return [rules.body.LINK_FORM.at(path, line, target=target)] if address else []
    src = normpath(str(PurePosixPath(page.folder) / file))
    if src not in written:
        if _told_elsewhere(src, written):
            return []
        suggestion = like_page(src, page, written)
        return [rules.body.MISSING_PAGE.at(path, line, file=file, nearest=suggestion)]
    other = course.pages.get(src)
    if other and not other.meta.published and page.meta.published:
        return [rules.body.DRAFT_LINK.at(path, line, file=file)]
    return []


def _told_elsewhere(src: str, written: Iterable[str]) -> bool:
    """首页与有课的阶段页没有了，说一次就够：每一页的链接不必再说。"""
    folder, _, name = src.rpartition("/")
    stage = folder in STAGES and any(one.startswith(f"{folder}/") for one in written)
    return name == "index.md" and (src == HOME or stage)


def like_page(src: str, page: Page, written: Iterable[str]) -> str:
    """与 `src` 相近的页面：别的文件夹里的同名页，只差大小写的，再是路径像的；不是这一页自己，也不是生成的代码页。"""
    pages = sorted(one for one in written if one != page.src and not one.startswith("reference/code/"))
    name = src.rpartition("/")[2].casefold()
    same = [one for one in pages if name != "index.md" and one.rpartition("/")[2].casefold() == name]
    pool = same or pages
    folded = {one.casefold(): one for one in pool}
    # 同名的哪怕文件夹一点也不像，也是它
    best = max(pool, key=lambda one: SequenceMatcher(None, src.casefold(), one.casefold()).ratio()) if same else ""
    if not best:
        close = get_close_matches(src.casefold(), folded, n=1)
        best = folded[close[0]] if close else ""
    return f"。你是不是想写 “{relpath(best, page.folder or '.')}”？" if best else ""


def _like_image(target: str, folder: str, docs: Path) -> str:
    """与一个图片地址相近的、真的有的图片。"""
    images = (path for path in docs.rglob("*") if path.suffix.lower() in PICTURES)
    return nearest(target, (relpath(path, docs / folder) for path in images))
