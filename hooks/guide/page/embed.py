"""嵌入：把一页里的 snippet、exercise、quiz 与 mermaid 围栏换成它们要显示的东西。"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from guide import rules
from guide.code import exercise
from guide.code.snippet import Snippet, Span
from guide.course import naming
from guide.course.curriculum import STAGES
from guide.library import Library
from guide.page import diagram, directive, formulas, plain_markdown, render
from guide.page.directive import DIRECTIVES, ExerciseDirective, QuizDirective, SnippetDirective
from guide.page.fences import OPENING, Fence, indented, scan
from guide.page.render import Links
from guide.problem import Problem, Rule, closest, listing, nearest, suggestion
from guide.reading import UNREADABLE


@dataclass(frozen=True)
class Generated:
    """内容全由别处得出的围栏：页面上的 Markdown（多半是原样的 HTML），与副本里的 Markdown。"""

    page: Callable[[Links], str]
    markdown: str


@dataclass
class Expansion:
    """展开后的一页，以及它用了什么。"""

    markdown: str
    plain: str = ""
    """片段、练习与小测写成普通的 Markdown，给副本用。"""
    problems: list[Problem] = field(default_factory=list)
    snippets: list[str] = field(default_factory=list)
    """嵌入的片段，相对 snippets/，按出现的次序。"""
    exercises: list[str] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)
    """没有展开的围栏提到的片段与练习：不算没有用到；它们变了，这一页要再展开一次。"""
    quizzes: list[QuizDirective] = field(default_factory=list)
    figures: int = 0
    """有几张图。"""


@dataclass(frozen=True)
class Shown:
    """一个围栏换成什么：页面上的 Markdown（多半是原样的 HTML），副本里的 Markdown；后者空着就照抄围栏。"""

    markdown: str
    plain: str = ""


def expand(
    body: str,
    path: str,
    first_line: int,
    library: Library,
    links: Links,
    generated: Mapping[str, Generated] | None = None,
) -> Expansion:
    """展开一页的正文。

    Args:
        body: 正文，不含 front matter。
        path: 页面的路径，用来报告问题。
        first_line: 正文第一行在文件里的行号。
        library: 片段库。
        links: 片段、图与下载在哪里。
        generated: 围栏的名字 → 它显示的内容，例如术语表。
    """
    generated = generated or {}
    inputs = (body, first_line, links.repository, library.base, tuple(library.paths), tuple(library.exercises))
    known = _expanded.get(path)
    if known and known.inputs == inputs and known.uses == _uses(library, known.expansion):
        return known.expansion
    expansion = _Expander(path, first_line, library, links, generated).expand(body)
    if not any(name in body for name in generated):
        _expanded[path] = _Known(inputs, _uses(library, expansion), expansion)
    return expansion


@dataclass(frozen=True)
class _Known:
    """一页上一次展开的结果，与它由什么得出。"""

    inputs: tuple[object, ...]
    uses: list[object]
    expansion: Expansion


_expanded: dict[str, _Known] = {}
"""页面 → 上一次展开的结果：预览时，没有改的页面不再展开。"""


def _uses(library: Library, expansion: Expansion) -> list[object]:
    """一页用到的片段、记录与练习；内容没有变，它们就是同样的对象。"""
    found: list[object] = []
    for path in dict.fromkeys(expansion.snippets):
        found += [library.readable(path), library.kept(path)]
    for path in sorted(expansion.mentioned):
        found.append(library.readable(path) if path.endswith(".py") else exercise.load(library.root, path)[0])
    return found + [exercise.load(library.root, path)[0] for path in expansion.exercises]


class _Expander:
    def __init__(
        self, path: str, first_line: int, library: Library, links: Links, generated: Mapping[str, Generated]
    ) -> None:
        self.path = path
        self.first_line = first_line
        self.library = library
        self.links = links
        self.generated = generated
        self.result = Expansion("")
        self.folder, _, name = path.removeprefix("docs/").removesuffix(".md").rpartition("/")
        right = self.folder in STAGES and name != "index" and naming.NAME.fullmatch(name)
        self.lesson = name if right else ""
        """这一页是哪一课；不是课、名字不能用，都是空串。"""
        self.exercise_lines: dict[str, int] = {}
        """练习 → 第一次嵌入它的行。"""
        self.missing: set[str] = set()
        """说过不存在的文件；再写一次，不再列一遍现有的。"""

    def expand(self, body: str) -> Expansion:
        lines = body.split("\n")
        written: list[str] = []
        plain: list[str] = []
        done = 0
        for fence in scan(body):
            before, itself = lines[done : fence.start - 1], lines[fence.start - 1 : fence.end]
            done = fence.end
            shown = self._replace(fence, lines)
            if not shown:
                self._mention(fence)
            written += [*before, *([indented(shown.markdown, fence.prefix)] if shown else itself)]
            plain += [*before, *([indented(shown.plain, fence.prefix)] if shown and shown.plain else itself)]
        self.result.markdown = "\n".join([*written, *lines[done:]])
        self.result.plain = "\n".join([*plain, *lines[done:]])
        return self.result

    def _broken(self, fence: Fence, rule: Rule, offset: int = 0, /, **values: object) -> None:
        """`offset` 是围栏里的第几行；0 是围栏自己的行。"""
        self.result.problems.append(rule.at(self.path, self.first_line + fence.start - 1 + offset, **values))

    def _mention(self, fence: Fence) -> None:
        """没有展开的围栏提到哪些文件；一个也认不出，就当作提到了这一课的全部。"""
        kinds = {"snippet": self.library.paths, "exercise": self.library.exercises}
        known = kinds.get(closest(fence.language, kinds), [])
        for file in (directive.mentioned(fence) or [""]) if known else ():
            like = self._like(file, known)
            self.result.mentioned.update([like] if like else filter(self._own, known))

    def _own(self, path: str) -> bool:
        """一个片段或练习是不是这一课的。"""
        return bool(self.lesson and naming.owner(_name(path), [self.lesson]))

    def _like(self, file: str, known: list[str]) -> str:
        """最像 `file` 的现有文件：比去掉了课名的文件名；文件夹写错、少写都不要紧。"""
        prefix = f"{naming.stem(self.lesson)}_"
        names: dict[str, list[str]] = {}
        for one in known:
            names.setdefault(_name(one).removeprefix(prefix), []).append(one)
        alike = names.get(closest(_name(file).removeprefix(prefix), names), [])
        return closest(file, alike) or next(iter(alike), "")

    def _replace(self, fence: Fence, lines: list[str]) -> Shown | None:
        """一个围栏换成什么；None 是原样留下。"""
        if not fence.closed:
            self._broken(fence, rules.fences.OPEN, marker=fence_marker(lines[fence.start - 1]))
            return None
        if fence.on_bullet:
            self._broken(fence, rules.fences.ON_BULLET)
            return None
        if fence.indent % 4:
            self._broken(fence, rules.fences.INDENT, indent=fence.indent)
            return None
        if fence.is_python:
            self._broken(fence, rules.fences.PYTHON, language=fence.language)
            return None
        if fence.language == "mermaid":
            return self._diagram(fence)
        if fence.language in self.generated:
            made = self.generated[fence.language]
            return Shown(made.page(self.links), made.markdown)
        if fence.language not in DIRECTIVES:
            self._check_language(fence)
            return None
        if any(OPENING.match(line) for line in fence.content.split("\n")):  # 里面只该有 YAML
            self._broken(fence, rules.fences.OPEN, marker=fence_marker(lines[fence.start - 1]))
            return None
        values, problems = directive.read(fence, self.path, self.first_line)
        self.result.problems += problems
        if isinstance(values, SnippetDirective):
            return self._snippet(fence, values)
        if isinstance(values, ExerciseDirective):
            return self._exercise(fence, values)
        if isinstance(values, QuizDirective):
            self.result.quizzes.append(values)
            number = len(self.result.quizzes)
            return Shown(render.raw(render.quiz(values, number)), plain_markdown.quiz(values, number))
        return None

    def _check_language(self, fence: Fence) -> None:
        """`snipet` 这样的笔误会静静地变成普通代码块，所以要说。"""
        if suggestion := nearest(fence.language, [*DIRECTIVES, *self.generated, "mermaid", "python"]):
            self._broken(fence, rules.fences.UNKNOWN, language=fence.language, nearest=suggestion)

    def _diagram(self, fence: Fence) -> Shown | None:
        if not diagram.title(fence.content):
            self._broken(fence, rules.pictures.DIAGRAM_TITLE)
        try:
            return Shown(render.raw(diagram.render(fence.content)))
        except diagram.Undrawable as error:
            self._broken(fence, rules.pictures.DIAGRAM, error.line, reason=error)
            return None

    def _snippet(self, fence: Fence, values: SnippetDirective) -> Shown | None:
        parsed = self._find(fence, values.file)
        if not parsed:
            return None
        span = parsed.find(values.show)
        if not span:
            show, names = values.show or "", parsed.names
            said = {"path": parsed.path, "show": show, "allowed": listing(names), "nearest": nearest(show, names)}
            self._broken(fence, rules.embedding.SHOW_MISSING, directive.line_of(fence, "show"), **said)
            return None
        piece = self._lines(fence, values, parsed, span)
        if not piece:
            return None
        first, source = piece
        highlighted = directive.ranges(values.highlight or "")
        if highlighted and not 1 <= min(highlighted) <= max(highlighted) <= source.count("\n") + 1:
            offset = directive.line_of(fence, "highlight")
            total = source.count("\n") + 1
            self._broken(fence, rules.embedding.HIGHLIGHT_OUTSIDE, offset, highlight=values.highlight, total=total)
        output = not span.symbol if values.output is None else values.output
        record = self.library.kept(parsed.path)
        figures = [f for cell in span.cells for f in record.figures.get(cell.title, ())] if record and output else []
        if record and len(values.alt) != len(figures):
            offset = directive.line_of(fence, "alt")
            self._broken(fence, rules.embedding.ALT, offset, figures=len(figures), alt=len(values.alt))
        again = parsed.path in self.result.snippets
        self.result.snippets.append(parsed.path)
        before, self.result.figures = self.result.figures, self.result.figures + len(figures)
        html = render.snippet(
            parsed, span, source, first, record, self.links,
            output=output, highlighted=frozenset(highlighted), alt=values.alt, full_proof=not again,
            figures_before=before,
        )  # fmt: skip
        printed = "".join(record.outputs.get(cell.title, "") for cell in span.cells) if record and output else ""
        return Shown(render.raw(html), plain_markdown.snippet(source, printed, values.alt))

    def _find(self, fence: Fence, file: str) -> Snippet | None:
        path = PurePosixPath(file)
        offset = directive.line_of(fence, "file")
        if path.is_absolute() or ".." in path.parts:
            self._broken(fence, rules.embedding.OUTSIDE, offset, file=file, kind="文件")
            return None
        known = self.library.paths
        if path.as_posix() not in known:
            self._missing(fence, offset, "", file, known)
            return None
        try:
            parsed = self.library.snippet(path.as_posix())
        except UNREADABLE:
            return None  # 片段库已经报告
        return parsed if parsed.cells else None

    def _missing(self, fence: Fence, offset: int, kind: str, file: str, known: list[str]) -> None:
        """有相近的就说相近的；没有才列出现有的：这一课的，或这一阶段的。同一个文件只列一次。"""
        like = self._like(file, known)
        beside = [one for one in known if one.startswith(f"{self.folder}/")]
        listed = list(filter(self._own, beside)) or beside or known
        there = "" if like or file in self.missing else f"（现有：{listing(listed, most=6)}）"
        self.missing.add(file)
        said = {"kind": kind, "file": file, "known": there, "nearest": suggestion(like)}
        self._broken(fence, rules.embedding.MISSING, offset, **said)

    def _lines(self, fence: Fence, values: SnippetDirective, parsed: Snippet, span: Span) -> tuple[int, str] | None:
        if values.lines is None:
            return span.start, parsed.text(span.start, span.end)
        wanted = directive.ranges(values.lines)
        total = span.end - span.start + 1
        if not wanted or min(wanted) < 1 or max(wanted) > total:
            offset = directive.line_of(fence, "lines")
            self._broken(fence, rules.embedding.LINES_OUTSIDE, offset, lines=values.lines, total=total)
            return None
        first = span.start + min(wanted) - 1
        return first, parsed.text(first, span.start + max(wanted) - 1)

    def _exercise(self, fence: Fence, values: ExerciseDirective) -> Shown | None:
        offset = directive.line_of(fence, "file")
        known = self.library.exercises
        if ".." in PurePosixPath(values.file).parts or values.file.startswith("/"):
            self._broken(fence, rules.embedding.OUTSIDE, offset, file=values.file, kind="练习")
            return None
        name = values.file.rstrip("/")
        if name not in known:
            self._missing(fence, offset, "练习", name, known)
            return None
        self._check_exercise(fence, offset, name)
        if name not in self.result.exercises:
            self.result.exercises.append(name)
        one, problems = exercise.load(self.library.root, name)
        self.result.problems += problems
        if not one or problems:
            return None
        question = ast.get_docstring(ast.parse(one.task), clean=False) or ""
        self.result.problems += formulas.check(question, f"snippets/{name}/task.py", 1)
        return Shown(render.exercise(one, values.hints, self.links), plain_markdown.exercise(one, values.hints))

    def _check_exercise(self, fence: Fence, offset: int, path: str) -> None:
        """一页里一道练习只出现一次；课里的练习以课名开头。"""
        name = path.rpartition("/")[2]
        if path in self.exercise_lines:
            self._broken(fence, rules.embedding.EXERCISE_TWICE, offset, name=name, first=self.exercise_lines[path])
            return
        self.exercise_lines[path] = self.first_line + fence.start - 1
        if self.lesson and not self._own(path):
            right = f"{naming.stem(self.lesson)}_{name}"
            self._broken(fence, rules.embedding.EXERCISE_NAME, offset, name=name, right=right)


def _name(file: str) -> str:
    """片段或练习的名字，不带文件夹与 .py；练习里的一个文件算那个练习。"""
    path = file.replace("\\", "/").rstrip("/").removesuffix("/task.py").removesuffix("/solution.py")
    return path.rpartition("/")[2].removesuffix(".py").replace("-", "_")


def fence_marker(line: str) -> str:
    """一行开头的围栏记号。"""
    text = line.lstrip(" \t>-*+0123456789.)")
    return text[: len(text) - len(text.lstrip(text[0]))]
