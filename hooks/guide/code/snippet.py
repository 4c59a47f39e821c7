"""片段：一个 percent 格式的脚本，由单元组成，也能按符号取一段。"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from guide import rules
from guide.code import syntax
from guide.problem import Problem, listing, nearest

VARIES = "varies"
RAISES = "raises-exception"
TAGS = (VARIES, RAISES)

TAG = re.compile(r"<(?!https?:|/?(?:kbd|br|sub|sup)\b)[a-zA-Z/|!][^<>]*>")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
ALMOST = re.compile(r"#(?:\s*%%|\s*%\s)")
ALMOST_TAGS = re.compile(r"\b(?i:tags?)\s*=\s*\[?")
HEADER = re.compile(r"# %%(?:\s+(?P<title>.*?))??(?:\s+tags=(?P<tags>\[.*\]))?\s*$")


@dataclass(frozen=True)
class Cell:
    """`# %% 标题` 起的一段代码。"""

    title: str
    header: int
    """标题所在的行，从 1 起。"""
    start: int
    """第一行代码；空单元时等于 end + 1。"""
    end: int
    """最后一行代码（不含尾部空行）。"""
    tags: frozenset[str] = frozenset()

    @property
    def varies(self) -> bool:
        return VARIES in self.tags

    @property
    def raises(self) -> bool:
        return RAISES in self.tags


@dataclass(frozen=True)
class Span:
    """片段里要显示的一段：起止行、所属单元、是不是符号。"""

    start: int
    end: int
    cells: tuple[Cell, ...]
    symbol: bool = False


@dataclass(frozen=True, eq=False)
class Snippet:
    """解析好的片段。`path` 相对 snippets/，例如 transformer-llm/lora.py。

    内容没有变就是同一个对象：由它得出的东西（笔记本、代码页）可以照它记住。
    """

    path: str
    source: str
    title: str
    cells: tuple[Cell, ...]
    symbols: dict[str, tuple[int, int]]
    problems: tuple[Problem, ...] = ()

    @property
    def stage(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(".py")

    @cached_property
    def lines(self) -> list[str]:
        return self.source.splitlines()

    def text(self, start: int, end: int) -> str:
        """返回 start 到 end 行（两端都含）。"""
        return "\n".join(self.lines[start - 1 : end])

    def cell_at(self, line: int) -> Cell | None:
        """返回 line 所在的单元。"""
        return next((c for c in self.cells if c.header <= line <= c.end), None)

    @property
    def names(self) -> list[str]:
        """`show` 认得的名字：单元的标题与符号。"""
        return [cell.title for cell in self.cells] + list(self.symbols)

    def find(self, show: str | None) -> Span | None:
        """找 `show` 指的一段；没有就是 None。"""
        if show is None:
            return Span(1, len(self.lines), self.cells)
        for cell in self.cells:
            if cell.title == show:
                return Span(cell.start, cell.end, (cell,))
        if show in self.symbols:
            start, end = self.symbols[show]
            cell_here = self.cell_at(start)
            return Span(start, end, (cell_here,) if cell_here else (), symbol=True)
        return None


@lru_cache(maxsize=4096)
def parse(path: str, source: str) -> Snippet:
    """解析一个片段；语法错误也变成问题，不抛出。"""
    where = f"snippets/{path}"
    try:
        tree = ast.parse(source)
        headers = list(_headers(source))
    except syntax.UNREADABLE as error:
        return Snippet(path, source, "", (), {}, (syntax.problem(where, source, error),))
    lines = source.splitlines()
    cells = tuple(_cells(headers, lines))
    symbols = dict(_symbols(tree))
    docstring = ast.get_docstring(tree) or ""
    problems = [*_problems(where, tree, docstring, headers, cells, symbols), *_almost(where, source)]
    title = docstring.splitlines()[0].strip("。 ") if docstring else ""
    return Snippet(path, source, title, cells, symbols, tuple(problems))


def _headers(source: str) -> list[tuple[int, str, str | None]]:
    """返回每个 `# %%` 注释的（行号, 标题, tags 原文）；字符串里的不算。"""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or token.start[1] != 0:
            continue
        if match := HEADER.fullmatch(token.string.rstrip()):
            found.append((token.start[0], match["title"] or "", match["tags"]))
    return found


def _almost(where: str, source: str) -> Iterator[Problem]:
    """像单元的开头、却不是的注释：`#%%`、`# %`、缩进了的。"""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        header = token.start[1] == 0 and HEADER.fullmatch(token.string.rstrip())
        if token.type == tokenize.COMMENT and ALMOST.match(token.string) and not header:
            yield rules.snippets.CELL_MARKER.at(where, token.start[0], text=token.string.strip())


def _cells(headers: list[tuple[int, str, str | None]], lines: list[str]) -> list[Cell]:
    cells = []
    for index, (header, title, tags) in enumerate(headers):
        last = headers[index + 1][0] - 1 if index + 1 < len(headers) else len(lines)
        start, end = header + 1, last
        while start <= end and not lines[start - 1].strip():
            start += 1
        while end >= start and not lines[end - 1].strip():
            end -= 1
        cells.append(Cell(title, header, start, end, frozenset(_tags(tags))))
    return cells


def _tags(text: str | None) -> list[str]:
    if text is None:
        return []
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return [text]
    return [str(tag) for tag in value]


def _symbols(node: ast.AST, prefix: str = "") -> list[tuple[str, tuple[int, int]]]:
    """列出函数、类、方法与嵌套的定义，名字如 `MultiHeadAttention.forward`。"""
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = prefix + child.name
            first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
            found.append((name, (first, child.end_lineno or first)))
            found += _symbols(child, name + ".")
        elif isinstance(child, ast.stmt):
            found += _symbols(child, prefix)
    return found


def _problems(
    where: str,
    tree: ast.Module,
    docstring: str,
    headers: list[tuple[int, str, str | None]],
    cells: tuple[Cell, ...],
    symbols: dict[str, tuple[int, int]],
) -> list[Problem]:
    problems = []
    if not docstring:
        problems.append(rules.snippets.DOCSTRING.at(where, 1))
    if not cells:
        problems.append(rules.snippets.NO_CELLS.at(where, 1))
    body = tree.body[1:] if docstring else tree.body
    if cells and body and body[0].lineno < cells[0].header:
        problems.append(rules.snippets.CODE_BEFORE_CELLS.at(where, body[0].lineno))
    problems += _vanishing(where, tree)
    seen: dict[str, int] = {}
    for cell in cells:
        if not cell.title:
            problems.append(rules.snippets.CELL_UNTITLED.at(where, cell.header))
            continue
        if "=" in cell.title:
            meant = "。你是不是想写 “tags=[…]”？" if ALMOST_TAGS.search(cell.title) else ""
            problems.append(rules.snippets.CELL_EQUALS.at(where, cell.header, title=cell.title, nearest=meant))
        if cell.title in seen:
            taken = rules.snippets.CELL_TAKEN.at(where, cell.header, title=cell.title, first=seen[cell.title])
            problems.append(taken)
        if cell.title in symbols:
            problems.append(rules.snippets.CELL_SYMBOL.at(where, cell.header, title=cell.title))
        for tag in sorted(cell.tags - set(TAGS)):
            said = {"tag": tag, "allowed": listing(TAGS), "nearest": nearest(tag, TAGS)}
            problems.append(rules.snippets.CELL_TAG.at(where, cell.header, **said))
        seen.setdefault(cell.title, cell.header)
    return problems


def _vanishing(where: str, tree: ast.Module) -> list[Problem]:
    """代码页把 docstring 当 Markdown 读：反引号之外的 `<bos>` 会被当成 HTML 标签，静静地消失。"""
    problems = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = ast.get_docstring(node) or ""
        for tag in dict.fromkeys(TAG.findall(CODE.sub("", text))):
            line = node.body[0].lineno
            problems.append(rules.snippets.DOCSTRING_HTML.at(where, line, tag=tag))
    return problems
