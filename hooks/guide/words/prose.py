"""文字的检查与自动改：空格、标点、太长的句子、跳级的标题、没有说明的图、说不清去处的链接。"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from guide.course.frontmatter import CLOSING, OPENING
from guide.problem import Problem
from guide.rules import prose as rules
from guide.words import wording
from guide.words.passages import HARD, OPAQUE, SOFT, Passage, markdown, values
from guide.words.terms import PATH as TERMS
from guide.words.typography import Edit, edits, tidy

LONGEST = 75
"""一句最多几个字；中位数是 15，最长的千分之一是 66。"""


QUESTION = re.compile(r"""\s*[rR]?(?P<quotes>\"{3}|'{3})(?P<text>.*?)(?P=quotes)""", re.DOTALL)
"""练习开头的 docstring：页面上的题目。"""


def files(base: Path) -> list[Path]:
    """仓库里给人读的文件：页面，根上的 README 等，练习的题目，术语表。"""
    patterns = ("docs/**/*.md", "*.md", ".github/**/*.md", "snippets/*/exercises/*/task.py", TERMS)
    found = [file for pattern in patterns for file in base.glob(pattern)]
    return sorted(file for file in found if file.is_file())


def passages(source: str, path: str) -> list[Passage]:
    """一个文件里给人读的文字。"""
    if path.endswith(".py"):
        question = QUESTION.match(source)
        return markdown(source[: question.end("text")], question.start("text")) if question else []
    if not path.endswith(".md"):
        return values(source, 0, len(source))
    opening = OPENING.match(source)
    closing = CLOSING.search(source, opening.end()) if opening else None
    if not opening or not closing:
        return markdown(source)
    return values(source, opening.end(), closing.start()) + markdown(source, closing.end())


@lru_cache(maxsize=4096)
def check(source: str, path: str) -> list[Problem]:
    """一个文件的文字检查。`source` 是整个文件，换行是 \\n。"""
    found = passages(source, path)
    breaks = [match.start() for match in re.finditer("\n", source)]

    def at(offset: int) -> int:
        return bisect_right(breaks, offset - 1) + 1

    problems = [*_headings(found, path, at), *wording.invisible(source, path, at)]
    for passage in found:
        if passage.kind == "alt":
            problems += _alternative(passage, path, at)
        if passage.kind == "link":
            problems += _link(passage, path, at)
        elif passage.kind != "heading":
            problems += _sentences(passage, path, at)
    for passage in found:
        if passage.kind != "link":
            problems += wording.check(passage, path, at)
    if not _tidied(found):
        for passage in found:
            if passage.kind != "link":  # 它在所在的段落里已经看过
                problems += _typography(passage, source, path, at)
    return problems


Line = Callable[[int], int]
"""文件里的第几个字 → 第几行。"""


def _headings(found: list[Passage], path: str, at: Line) -> Iterator[Problem]:
    """跳级的标题；页面的 H1 来自 front matter，所以从 ## 起。"""
    before = 1
    for passage in found:
        if passage.kind == "heading":
            if passage.level > before + 1:
                marks = "#" * (before + 1)
                yield rules.HEADING_SKIP.at(path, at(passage.start), level=passage.level, before=before, marks=marks)
            before = passage.level


SAYS_NOTHING = re.compile(
    r"(?:图|图片|图像|插图|截图|照片|示意图|image|img|figure|fig|picture|screenshot)?\.?\s*[\d.-]*|\S+\.(?:png|jpe?g|svg|gif|webp)",
    re.IGNORECASE,
)


def _alternative(passage: Passage, path: str, at: Line) -> Iterator[Problem]:
    """图片没有说明，或者说明什么也没说。"""
    if SAYS_NOTHING.fullmatch(passage.text.strip()):
        yield rules.IMAGE_ALT.at(path, at(passage.start), text=passage.text.strip())


VAGUE = re.compile(
    r"(?:请?点击|点|戳|看|见|详见)?(?:这里|此处|这儿|这个|链接|此链接|这个链接|我)|点击|点此|链接地址|传送门"
    r"|(?:click )?here|(?:this )?link|this",
    re.IGNORECASE,
)


def _link(passage: Passage, path: str, at: Line) -> Iterator[Problem]:
    """链接的文字离开上下文说不清去哪里。"""
    text = passage.text.strip()
    if not text or VAGUE.fullmatch(text):
        yield rules.LINK_TEXT.at(path, at(passage.start), text=text)


STOP = re.compile(rf"[。！？；{HARD}]|[.!?](?=\s|$)")
WORD = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[A-Za-z0-9]+(?:[-.,_'’][A-Za-z0-9]+)*")


def _sentences(passage: Passage, path: str, at: Line) -> Iterator[Problem]:
    """太长的句子。一个汉字、一个英文词、一个数各算一个字；公式、代码与网址不算。"""
    begin = 0
    for end in (*(match.start() for match in STOP.finditer(passage.text)), len(passage.text)):
        words = list(WORD.finditer(passage.text, begin, end))
        if len(words) > LONGEST:
            start = words[0].start()
            opening = passage.text[start : start + 12].replace(OPAQUE, "…").replace(SOFT, "")
            line = at(passage.starts[start])
            yield rules.LONG_SENTENCE.at(path, line, opening=opening, length=len(words), most=LONGEST)
        begin = end + 1


def _tidied(found: list[Passage]) -> bool:
    """整个文件接成一段来看，多半没有要改的，就不必一段一段地问。"""
    text = HARD.join(passage.text for passage in found if passage.kind != "link")
    return tidy(text) == text


NEAR = 8
"""相隔不到这么多个字的两处，说成一处。"""
AROUND = re.compile(rf"[A-Za-z0-9]*[^{SOFT}{HARD}]{{0,4}}$"), re.compile(rf"[^{SOFT}{HARD}]{{0,4}}[A-Za-z0-9]*")
"""说一处时，连前后几个字一起说；英文词不截断。"""


def _typography(passage: Passage, source: str, path: str, at: Line) -> Iterator[Problem]:
    """空格与标点；说出附近的几个字原来怎样、应当怎样。"""
    groups: list[list[Edit]] = []
    for edit in edits(passage.text):
        if groups and edit.at - groups[-1][-1].at < NEAR:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    for group in groups:
        before, after = AROUND[0].search(passage.text, 0, group[0].at), AROUND[1].match(passage.text, group[-1].at)
        assert before and after
        start, end = passage.starts[before.start()], passage.ends[after.end() - 1]
        better = _rewritten(source, [_change(passage, edit) for edit in group], start, end)
        rule = rules.SPACING if all(edit.better in ("", " ") for edit in group) else rules.PUNCTUATION
        line = at(passage.starts[min(group[0].at, len(passage.text) - 1)])
        yield rule.at(path, line, found=source[start:end], better=better)


Change = tuple[int, int, str]
"""文件里的起、止，换成什么。"""


def _change(passage: Passage, edit: Edit) -> Change:
    if not edit.inserts:
        return passage.starts[edit.at], passage.ends[edit.at], edit.better
    seam = passage.seams[edit.at] if edit.at < len(passage.text) else passage.ends[-1]
    return seam, seam, edit.better


def _rewritten(source: str, changes: list[Change], start: int, end: int) -> str:
    """`source[start:end]` 改过之后的样子。"""
    parts = []
    for first, last, better in changes:
        parts += [source[start:first], better]
        start = last
    return "".join(parts) + source[start:end]


def fix(source: str, path: str) -> str:
    """改好空格与标点；别的一个字也不动。"""
    found = passages(source, path)
    if _tidied(found):
        return source
    changes = [_change(one, edit) for one in found if one.kind != "link" for edit in edits(one.text)]
    return _rewritten(source, sorted(changes), 0, len(source))


def fix_file(file: Path, path: str) -> bool:
    """改好一个文件，换行与 BOM 照旧；返回有没有改。

    Raises:
        OSError: 读不了。
        UnicodeDecodeError: 不是 UTF-8。
    """
    text = file.read_bytes().decode("utf-8")
    bom = text[: text.startswith("\ufeff")]
    lines = text.removeprefix(bom).split("\n")
    fixed = fix("\n".join(line.removesuffix("\r") for line in lines), path).split("\n")
    endings = ["\r" if line.endswith("\r") else "" for line in lines]
    written = bom + "\n".join(line + ending for line, ending in zip(fixed, endings, strict=True))
    if written != text:
        file.write_bytes(written.encode())
    return written != text
