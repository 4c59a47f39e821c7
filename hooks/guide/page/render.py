"""把片段、练习与小测变成页面上的 HTML 与 Markdown。"""

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from urllib.parse import quote

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from guide.code.exercise import Exercise
from guide.code.recording import RecordedFigure, Recording
from guide.code.snippet import Snippet, Span
from guide.course import repository
from guide.page import inline
from guide.page.directive import QuizDirective
from guide.page.fences import fence_for, indented

RAW = "guide-html"
"""superfences 里登记的围栏名：内容原样当作 HTML。"""
PLAIN = re.compile(r'<span class="(?:n|o|p|w)">([^<]*)</span>')
"""一般的名字、运算符、标点与空白：用代码本来的颜色，不必各包一层（一课少几千个元素）。"""
CAPTION = 40
"""图题最多几个字。"""


@dataclass(frozen=True)
class Links:
    """页面之外的东西在哪里；地址都相对站点根。"""

    to: Callable[[str], str]
    """站点根下的地址 → 这一页上能用的地址。"""
    repository: str = ""
    """仓库网址；空着时源码链接指向本站自己的代码页。"""

    def source(self, path: str, start: int, end: int) -> str:
        """片段第 start–end 行的源码链接。"""
        if self.repository:
            return repository.source(self.repository, f"snippets/{path}", start, end)
        return self.to(code_page(path)) + f"#L{start}"

    def download(self, path: str) -> str:
        return self.to(quote(f"downloads/{path}"))

    def downloads(self, path: str, text: str = "下载 ") -> list[str]:
        """一个片段的两个下载链接：脚本与笔记本。"""
        return [
            f'<a href="{escape(self.download(path.removesuffix("py") + suffix))}" download>{text}.{suffix}</a>'
            for suffix in ("py", "ipynb")
        ]

    def figure(self, snippet: Snippet, figure: RecordedFigure) -> str:
        return self.to(quote(figure_path(snippet, figure)))


def code_page(path: str) -> str:
    """一个片段的代码页，站内地址。"""
    return f"reference/code/{path.removesuffix('.py').replace('_', '-')}/"


def code_page_source(path: str) -> str:
    """一个片段的代码页，在 docs/ 里的路径（构建时生成，不在磁盘上）。"""
    return code_page(path).rstrip("/") + ".md"


@lru_cache(maxsize=4096)
def code_page_markdown(parsed: Snippet) -> str:
    """一个片段的代码页：说明、公开的函数与类、全部源码。"""
    docstring = ast.get_docstring(ast.parse(parsed.source)) if parsed.cells else ""
    rest = (docstring or "").partition("\n")[2].strip()
    title = parsed.title or parsed.name
    first = rest.split("\n\n")[0].replace("\n", "")
    head = json.dumps({"title": f"代码：{title}", "description": f"{title}：{first}"[:118]}, ensure_ascii=False)
    links = Links(lambda address: "../" * (parsed.path.count("/") + 3) + address)
    parts = [f"---\n{head}\n---", f"# 代码：{title}", rest, " · ".join(links.downloads(parsed.path))]
    if public := [name for name in parsed.symbols if "." not in name and not name.startswith("_")]:
        module = parsed.path.removesuffix(".py").replace("/", ".")
        parts += ["## 接口", *(f"::: {module}.{name}" for name in public)]
    parts += ["## 源码", raw(f'<div class="snippet">{code(parsed.source, line_ids=True)}</div>')]
    return "\n\n".join(part for part in parts if part) + "\n"


def code_index(snippets: list[Snippet], names: Mapping[str, str], links: Links) -> str:
    """所有片段的目录，HTML：按阶段分组。`names` 是阶段文件夹 → 阶段的名字。"""
    parts = []
    for folder, name in names.items():
        group = [one for one in snippets if one.stage == folder]
        if not group:
            continue
        rows = "".join(
            f'<li><a href="{escape(links.to(code_page(one.path)))}">{escape(one.title or one.name)}</a> '
            f"<code>{escape(one.path)}</code> {' '.join(links.downloads(one.path, ''))}</li>"
            for one in group
        )
        parts.append(f'<h2 id="{folder}">{escape(name)}</h2><ul class="code-index">{rows}</ul>')
    return "".join(parts)


def figure_path(snippet: Snippet, figure: RecordedFigure) -> str:
    """一张图在站点里的路径。"""
    return f"assets/figures/{snippet.path.removesuffix('.py')}/{figure.file}"


@lru_cache(maxsize=8192)
def code(source: str, highlighted: frozenset[int] = frozenset(), line_ids: bool = False) -> str:
    """高亮一段 Python，HTML 的结构与主题自己的代码块一样。`line_ids` 给每一行一个 id（L1、L2 …）。"""
    formatter = HtmlFormatter(
        cssclass="highlight", wrapcode=True, hl_lines=sorted(highlighted), linespans="L" if line_ids else ""
    )
    text = str(highlight(source, PythonLexer(stripnl=False, stripall=False), formatter))
    text = PLAIN.sub(r"\1", text).replace('id="L-', 'id="L')
    return text.replace("<code>", '<code tabindex="0">')


def snippet(
    parsed: Snippet,
    span: Span,
    source: str,
    first: int,
    recording: Recording | None,
    links: Links,
    *,
    output: bool,
    highlighted: frozenset[int] = frozenset(),
    alt: list[str],
    full_proof: bool = True,
    figures_before: int = 0,
) -> str:
    """一个嵌入的片段：代码、输出、图、证明。

    `first` 是显示的第一行在文件里的行号；`figures_before` 是这一页前面已经有几张图。
    """
    last = first + source.count("\n")
    parts = [code(source, highlighted)]
    if output and recording:
        text = "".join(recording.outputs.get(cell.title, "") for cell in span.cells)
        if text.strip():
            parts.append(printed(text))
        figures = [figure for cell in span.cells for figure in recording.figures.get(cell.title, ())]
        for number, figure in enumerate(figures):
            description = alt[number] if number < len(alt) else ""
            parts.append(picture(links.figure(parsed, figure), figure, description, figures_before + number + 1))
    varies = output and any(cell.varies for cell in span.cells)
    parts.append(proof(parsed, recording, links, (first, last), full=full_proof, varies=varies))
    return f'<div class="snippet">{"".join(parts)}</div>'


def printed(text: str) -> str:
    """记录下来的输出。"""
    return f'<div class="snippet-output"><span class="snippet-label">输出</span><pre tabindex="0">{escape(text.rstrip(chr(10)))}</pre></div>'


def picture(address: str, figure: RecordedFigure, description: str, number: int) -> str:
    """这一页的第 `number` 张图：说明全文在 alt 里，图题是它的开头；尺寸写明，加载时不会跳动。"""
    title = inline.render(caption(description))
    return (
        f'<figure class="snippet-figure"><img src="{escape(address)}" alt="{escape(description)}" '
        f'width="{figure.width}" height="{figure.height}" loading="lazy" decoding="async">'
        f"<figcaption>图 {number}　{title}</figcaption></figure>"
    )


def caption(description: str) -> str:
    """图题：说明里冒号、分号或句号之前的一段；还太长就断在逗号。"""
    head = re.split(r"[：；。]", description, maxsplit=1)[0]
    if len(head) > CAPTION and "，" in head[:CAPTION]:
        head = head[: head[:CAPTION].rindex("，")]
    return head


def proof(
    parsed: Snippet, recording: Recording | None, links: Links, lines: tuple[int, int], *, full: bool, varies: bool
) -> str:
    """一行小字：什么时候、用什么跑过；源码与下载在哪里。"""
    start, end = lines
    where = f"第 {start} 行" if start == end else f"第 {start}–{end} 行"
    parts = []
    if recording:
        parts.append(f"✓ {escape(recording.proof if full else recording.date)}")
    if varies:
        parts.append("每次运行会不同")
    source = links.source(parsed.path, start, end)
    parts.append(f'<a href="{escape(source)}">{escape(parsed.name)}.py {where}</a>')
    if full:
        parts += links.downloads(parsed.path)
    return f'<p class="snippet-proof">{" · ".join(parts)}</p>'


def exercise(one: Exercise, hints: list[str], links: Links) -> str:
    """一个练习，Markdown：题目、下载、折叠的骨架、提示与答案。"""
    docstring = ast.get_docstring(ast.parse(one.task)) or one.name
    title, _, text = docstring.partition("\n")
    task = links.download(f"{one.path}/task.py")
    parts = [
        text.strip(),
        f'<a class="exercise-download" href="{escape(task)}" download="{one.name}.py">下载题目</a>，填好后运行：检查会告诉你哪里不对。',
        _folded("abstract", "题目代码与检查", raw(f'<div class="snippet">{code(one.task)}</div>')),
        *(_folded("tip", f"提示 {number}", hint) for number, hint in enumerate(hints, 1)),
        _folded("success", "参考答案", raw(f'<div class="snippet">{code(one.solution)}</div>')),
    ]
    body = indented("\n\n".join(part for part in parts if part), "    ")
    return f'!!! exercise "{_quoted("练习：" + title.strip("。 "))}"\n\n{body}'


def _folded(kind: str, title: str, body: str) -> str:
    return f'??? {kind} "{_quoted(title)}"\n\n' + indented(body, "    ")


def _quoted(title: str) -> str:
    return title.replace('"', "”")


def raw(html: str) -> str:
    """一段原样的 HTML，包成围栏，放在任何深度都行。"""
    return fence_for(html, RAW)


def quiz(one: QuizDirective, number: int) -> str:
    """一道小测：单选或多选，键盘可用；没有脚本时答案在折叠块里。"""
    many = sum(option.correct for option in one.options) > 1
    kind = "checkbox" if many else "radio"
    choices, answers = [], []
    for index, option in enumerate(one.options):
        text = inline.render(option.text)
        right = "true" if option.correct else "false"
        choices.append(
            f'<label class="quiz-option" data-correct="{right}"><input type="{kind}" name="quiz-{number}" value="{index}"> '
            f"<span>{text}</span></label>"
        )
        mark = "对" if option.correct else "不对"
        answers.append(f"<li><strong>{mark}</strong>：{text}<br>{inline.render(option.why)}</li>")
    hint = "（可多选）" if many else ""
    return (
        f'<form class="quiz"><fieldset><legend><span class="quiz-label">小测 {number}{hint}</span>{inline.render(one.question)}</legend>'
        f'{"".join(choices)}</fieldset><p class="quiz-result" role="status"></p>'
        f'<details class="quiz-answers"><summary>看答案与解释</summary><ol>{"".join(answers)}</ol></details></form>'
    )
