"""核心的小单元：一张表一种行为。"""

import html
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import markdown
import pytest
from bs4 import BeautifulSoup
from guide import rules
from guide.code import comparing, exercise, recording
from guide.code.archive import archive
from guide.code.recording import Cause
from guide.code.snippet import parse
from guide.course import curriculum
from guide.library import Library
from guide.page import diagram, directive, fences, formulas, inline, mathematics
from guide.page.wrapping import JoinWrapped
from guide.problem import listing, nearest
from guide.publish import seo
from guide.words import terms
from small_site import SmallSite

SOURCE = '''"""标题。

说明。
"""

# %% 第一段
import math

TEXT = """
# %% 字符串里的不算
"""


# %% 定义 tags=["varies"]
@staticmethod
def outer():
    def inner():
        return 1

    return inner


class A:
    class B:
        def c(self):
            return 2

    if True:
        def d(self):
            return 3
'''


# 问题


def test_problem_reads_as_file_line_message_and_sorts_by_place() -> None:
    one = rules.files.NOT_UTF8
    problems = [one.at("b", 1, place=""), one.at("a", 10, place=""), one.at("a", 9, place="（第 2 个字节起）")]
    assert [str(p) for p in sorted(problems)] == [
        "a:9: 不是 UTF-8（第 2 个字节起）：用 UTF-8 重新保存",
        "a:10: 不是 UTF-8：用 UTF-8 重新保存",
        "b:1: 不是 UTF-8：用 UTF-8 重新保存",
    ]


@pytest.mark.parametrize(
    ("word", "allowed", "expected"),
    [
        ("minuts", ["minutes", "months"], "。你是不是想写 “minutes”？"),
        ("Minutes", ["minutes"], "。你是不是想写 “minutes”？"),
        ("求合", ["求和", "平均"], "。你是不是想写 “求和”？"),
        ("zzz", ["minutes"], ""),
        ("gaol", ["goal", "goals"], "。你是不是想写 “goal”？"),
        ("tilte", ["title"], "。你是不是想写 “title”？"),
        ("stage", ["tags"], ""),
        ("months", ["minutes"], ""),
    ],
)
def test_nearest(word: str, allowed: list[str], expected: str) -> None:
    assert nearest(word, allowed) == expected


def test_listing_is_cut_when_long() -> None:
    assert listing("abc") == "a、b、c"
    assert listing([]) == "没有"
    assert listing("abcde", most=2) == "a、b 等 5 个"


# 围栏


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("```py\na\n```", [(1, 3, "py", "a", True)]),
        ("~~~ {.python title='x'}\na\n~~~", [(1, 3, "python", "a", True)]),
        ("````\n```py\n```\n````", [(1, 4, "", "```py\n```", True)]),
        ("```\n~~~\n```", [(1, 3, "", "~~~", True)]),
        ("    ```py\n    a\n      b\n    ```", [(1, 4, "py", "a\n  b", True)]),
        ("> ```py\n> a\n>\n> b\n> ```", [(1, 5, "py", "a\n\nb", True)]),
        ("```py\na", [(1, 2, "py", "a", False)]),
        ("```py\na\n    ```\nb", [(1, 4, "py", "a\n    ```\nb", False)]),
        ("行内 ```x``` 不是围栏", []),
        ("```a```\n```b\nc\n```", [(2, 4, "b", "c", True)]),
        ("```\na\n````", [(1, 3, "", "a", True)]),
        ("```\na\n```\n\n```\nb\n```", [(1, 3, "", "a", True), (5, 7, "", "b", True)]),
    ],
)
def test_scan(body: str, expected: list[tuple[int, int, str, str, bool]]) -> None:
    found = [(f.start, f.end, f.language, f.content, f.closed) for f in fences.scan(body)]
    assert found == expected


def test_emitted_fence_is_longer_than_any_inside_and_keeps_its_prefix() -> None:
    text = fences.fence_for("````\n\na", "x", "> ")
    assert text == "> `````x\n> ````\n>\n> a\n> `````"
    assert fences.scan(text)[0].content == "````\n\na"


def test_without_fences_keeps_line_numbers() -> None:
    assert fences.without_fences("a\n```\nb\n```\nc") == "a\n\n\n\nc"


@pytest.mark.parametrize(("prefix", "indent"), [("", 0), ("    ", 4), ("> ", 0), (">     ", 4), ("\t", 4), (" ", 1)])
def test_indent_does_not_count_quote_marks(prefix: str, indent: int) -> None:
    assert fences.Fence(1, 1, prefix, "", "").indent == indent


# 片段


def test_snippet_cells_and_symbols() -> None:
    snippet = parse("s/a.py", SOURCE)
    assert snippet.problems == ()
    assert (snippet.title, snippet.stage, snippet.name) == ("标题", "s", "a")
    assert [(c.title, c.header, c.start, c.end, c.varies) for c in snippet.cells] == [
        ("第一段", 6, 7, 11, False),
        ("定义", 14, 15, 30, True),
    ]
    assert set(snippet.symbols) == {"outer", "outer.inner", "A", "A.B", "A.B.c", "A.d"}
    span = snippet.find("outer")
    assert span
    assert (span.start, span.end, span.symbol, span.cells[0].title) == (15, 20, True, "定义")
    assert snippet.text(25, 26) == "        def c(self):\n            return 2"


def test_whole_file_is_every_cell() -> None:
    span = parse("s/a.py", SOURCE).find(None)
    assert span
    assert (span.start, span.end, len(span.cells), span.symbol) == (1, 30, 2, False)


# 围栏里的 YAML


@pytest.mark.parametrize(("text", "expected"), [("3", {3}), ("3-5", {3, 4, 5}), ("1, 4-5", {1, 4, 5}), ("5-3", set())])
def test_ranges(text: str, expected: set[int]) -> None:
    assert directive.ranges(text) == expected


# 练习

TASK = '''"""任务。"""

import math


def f(x):
    """要写的。"""
    raise NotImplementedError


class G:
    def h(self):
        raise NotImplementedError()


def done():
    return 1


assert f(1) == 2, "错"
'''


def test_fill_replaces_functions_of_the_same_name_and_brings_helpers() -> None:
    answer = "import os\n\ndef help_me():\n    return 1\n\ndef f(x):\n    return x + help_me()\n"
    namespace: dict[str, object] = {}
    filled = exercise.fill(TASK, answer)
    exec(filled, namespace)
    assert namespace["f"](1) == 2  # type: ignore[operator]
    assert "os" in namespace
    assert filled.index("help_me") < filled.index("def f")
    assert filled.count("def f(") == 1


def test_skeletons_are_what_raises_not_implemented() -> None:
    import ast

    assert exercise.skeleton_names(ast.parse(TASK)) == ["f", "G"]


# 比较


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("损失 0.50", "损失 0.52", True),
        ("损失 0.50", "损失 0.53", False),
        ("损失 100.0", "损失 100.9", True),
        ("损失 100.0", "损失 101.1", False),
        ("第 3 步", "第 4 步", False),
        ("[-0.01  0.20]", "[ 0.01  0.20]", True),
        ("1.5e-05", "1.6e-05", True),
        ("1.5e-05", "1.5e-03", False),
        ("约 82%", "约 83%", False),
        ("a 0.1", "b 0.1", False),
        ("0.1 0.2", "0.1", False),
    ],
)
def test_decimals_may_differ_a_little_and_nothing_else(before: str, now: str, same: bool) -> None:
    assert comparing.same_text(before, now) is same


def test_differing_line_is_named() -> None:
    assert comparing.differing_line("a\nb", "a\nc") == (2, "b", "c")
    assert comparing.differing_line("a", "a\nb") == (2, "（没有这一行）", "b")
    assert comparing.differing_line("a\n", "a\n") is None


# 记录


def test_output_is_split_where_it_was_joined() -> None:
    assert recording.split("# %% 一\n1\n2\n# %% 二\n# %% 三\n3\n") == {"一": "1\n2\n", "二": "", "三": "3\n"}


def test_pins() -> None:
    assert recording.read_pins("Foo_Bar==1.0\n# x==2\nbaz==3 ; python_version>'3'\n") == {"foo-bar": "1.0", "baz": "3"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda root: None, ""),
        (lambda root: (root / "s/a.py").write_text("x = 2\n"), "snippets/s/a.py 改过了"),
        (lambda root: (root / "s/a.py").write_bytes(b"x = 1\r\n"), ""),
        (lambda root: (root / "data.txt").unlink(), "snippets/data.txt 已经不在了"),
    ],
)
def test_stale(tmp_path: Path, change, expected: str) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s/a.py").write_bytes(b"x = 1\n")
    (tmp_path / "data.txt").write_text("1\n")
    files = {name: recording.digest(tmp_path / name) for name in ("s/a.py", "data.txt")}
    made = recording.Recording("2026-01-01", "3.11", {"torch": "2.13.0"}, 1, 1.0, files, {}, {}, {})
    change(tmp_path)
    assert str(recording.stale(made, tmp_path, {"torch": "2.13.0"}) or "") == expected


def test_a_changed_pin_is_stale(tmp_path: Path) -> None:
    made = recording.Recording("2026-01-01", "3.11", {"torch": "2.13.0"}, 1, 1.0, {}, {}, {}, {})
    cause = recording.stale(made, tmp_path, {"torch": "2.14.0"})
    assert cause == Cause("torch 从 2.13.0 换成了 2.14.0", package="torch")
    assert recording.stale(made, tmp_path, {}) is None


def test_a_recording_may_not_be_edited(small_site: SmallSite) -> None:
    home = small_site.base / "snippets/foundations/recorded/a"
    output, run = home / "output.txt", home / "run.json"
    figure = home / "图-1.svg"
    figure.write_bytes(b"<svg>\n</svg>\n")
    data = json.loads(run.read_text(encoding="utf-8"))
    data["figures"] = {"求和": [{"file": figure.name, "labels": [], "width": 1, "height": 1}]}
    data["written"][figure.name] = recording.digest(figure)
    run.write_text(json.dumps(data), encoding="utf-8")

    def edited() -> list[str]:
        library = Library(small_site.base)
        assert library.fresh("foundations/a.py") == (not library.edited("foundations/a.py"))
        return [Path(path).name for path in library.edited("foundations/a.py")]

    assert edited() == []
    output.write_bytes(output.read_bytes().replace(b"\n", b"\r\n"))  # Windows 上的检出
    figure.write_bytes(b"<svg>\r\n</svg>\r\n")
    assert edited() == []
    figure.write_bytes(b"<svg></svg>\n")
    output.write_bytes(output.read_bytes() + b"1\n")
    assert edited() == ["output.txt", "图-1.svg"]


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ("{\n", "run.json 第 2 行写坏了"),
        ("{}", "run.json 里少了 figures"),
        ("[]", "run.json 里的值不对"),
        ("甲".encode("gbk"), "不是 UTF-8（第 1 个字节起）：用 UTF-8 重新保存"),
    ],
)
def test_a_recording_that_cannot_be_read(small_site: SmallSite, run: str | bytes, reason: str) -> None:
    small_site.write("snippets/foundations/recorded/a/run.json", run)
    library = Library(small_site.base)
    assert str(library.stale("foundations/a.py")) == f"记录读不懂（{reason}）"
    assert library.edited("foundations/a.py") == []


def test_slug_keeps_chinese() -> None:
    assert recording.slug("注意力 (2)：热图") == "注意力-2-热图"


# 公式与示意图


def test_mathematics_is_rendered_and_bad_tex_is_named() -> None:
    page = r'<p><span class="arithmatex">\(a^2\)</span></p><div class="arithmatex">\[\frac{1\]</div>'
    rendered, wrong = mathematics.render(page)
    assert 'class="katex"' in rendered
    assert [tex for tex, _ in wrong] == [r"\frac{1"]


@pytest.mark.parametrize(
    ("text", "glued"),
    [
        ("（{a^2}，", "（…，"),
        ("看 {a^2}。", "…。"),
        ("{a^2} 是", ""),
        ("{a_1+a_2+a_3+a_4+a_5+a_6+a_7}。", ""),
    ],
)
def test_punctuation_stays_with_a_short_formula(text: str, glued: str) -> None:
    marked = text.replace("{", r'<span class="arithmatex">\(').replace("}", r"\)</span>")
    found = BeautifulSoup(mathematics.render(f"<p>{marked}</p>")[0], "lxml").select_one(".nobreak")
    assert (found is not None) is bool(glued)
    if found:
        found.select_one(".katex").replace_with("…")
        assert found.get_text() == glued


WRITTEN = {
    "一行里": "先看 $x_1$，再看 $\\frac{a}{b}$。",
    "钱不是公式": "这本 $5，那本 $ 6$，第三本 \\$7$。",
    "代码不是公式": "`$x$` 与 ``a`$y$`` 都是代码，$z$ 不是。",
    "独占一行": "前面\n\n$$\nx\n= y\n$$\n\n后面 $z$",
    "方框与列表里": "!!! note\n\n    $$x$$\n\n1. 一\n\n    $$\n    y\n    $$\n\n> 引用 $z$\n",
    "另一种写法": "行内 \\(x\\)。\n\n\\[\ny\n\\]\n\n\\begin{aligned}\na\n\\end{aligned}\n",
    "跨行": "一个 $a\n+ b$ 公式，不成对的 $c\n\n另一段 d$。",
    "表格": "| 甲 | 乙 |\n|---|---|\n| $x$ | **$y$** |\n",
    "围栏": "```text\n$x$\n```\n\n$y$\n",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_formulas_found_are_the_formulas_shown(text: str) -> None:
    extensions = ["admonition", "tables", "pymdownx.arithmatex", "pymdownx.betterem", "pymdownx.superfences"]
    settings = {"pymdownx.arithmatex": {"generic": True}}
    page = markdown.markdown(text, extensions=extensions, extension_configs=settings)
    shown = [(html.unescape(one["tex"]).strip(), one["tag"] == "div") for one in mathematics.MARKED.finditer(page)]
    assert sorted(one[:2] for one in formulas.formulas(text)) == sorted(shown)


def test_formulas_are_the_same_bytes_every_time() -> None:
    code = "from guide.page.mathematics import one; print(one(r'x^2_{i}', False), one(r'\\sum_{i=1}^n \\frac{a}{b}', True))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "hooks")},
        ).stdout
        for _ in range(4)
    }
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("tex", "fine"), [(r"\sqrt{d}", True), (r"\sqrt[3]{d}", True), (r"\sqrt d", False), (r"\sqrt4", False)]
)
def test_roots_need_braces(tex: str, fine: bool) -> None:
    _, wrong = mathematics.render(rf'<span class="arithmatex">\({tex}\)</span>')
    assert (not wrong) is fine


def test_mathematics_uses_the_class_names_of_the_stylesheet_we_ship() -> None:
    css = (Path(__file__).parents[2] / "docs/assets/katex/katex.min.css").read_text(encoding="utf-8")
    import re

    used = set(
        re.findall(r'class="([^"]+)"', mathematics.one(r"\frac{x_1^2}{\sqrt{2}} \left( \sum \right) \text{中}", True))
    )
    names = {name for group in used for name in group.split()} & {
        "vlist-t",
        "mfrac",
        "sqrt",
        "msupsub",
        "strut",
        "sizing",
        "delimsizing",
    }
    assert names, used
    assert all(f".{name}" in css for name in names)


def test_line_of_a_text_counts_front_matter() -> None:
    page, _ = curriculum.read_page("x.md", b"---\ntitle: t\n---\na\n$b$\n")
    assert (page.line_of("$b$"), page.line_of("c")) == (5, 4)


def test_diagram_ids_differ_and_repeat() -> None:
    first, second = diagram.render("flowchart TB\n a --> b"), diagram.render("flowchart TB\n a --> c")
    assert first == diagram.render("flowchart TB\n a --> b")
    assert first.split('id="')[1].split('"')[0] != second.split('id="')[1].split('"')[0]


def test_inline_markdown() -> None:
    assert inline.render("`x` 与 **b**") == "<code>x</code> 与 <strong>b</strong>"
    assert 'class="arithmatex"' in inline.render("$a$")


def test_wrapped_chinese_lines_are_joined_without_a_space() -> None:
    html = markdown.markdown("第一行，\n第二行 a\nb **粗**\n“引”\n\n    代\n    码", extensions=[JoinWrapped()])
    assert html == ("<p>第一行，第二行 a\nb <strong>粗</strong>\n“引”</p>\n<pre><code>代\n码\n</code></pre>")


# 下载


def test_archive_unpacks_where_scripts_look_and_repeats_byte_for_byte(tmp_path: Path) -> None:
    for name in ("data/b/c.txt", "data/a.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    made = archive(tmp_path, tmp_path / "data")
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert {name: packed.read(name).decode() for name in packed.namelist()} == {
            "data/a.json": "data/a.json",
            "data/b/c.txt": "data/b/c.txt",
        }
    os.utime(tmp_path / "data/a.json", (0, 0))
    assert archive(tmp_path, tmp_path / "data") == made


# 术语


def test_terms_are_found_as_words_outside_code() -> None:
    term = terms.Term(term="词元", english="token", avoid=["令牌", "tok"], definition="x", stage=1)
    body = "令牌，tok，token，`令牌`，[链接](令牌.md)\n\n```\n令牌\n```\n"
    found = [(p.line, p.message.partition("”")[0]) for p in terms.misused(body, "a.md", 10, [term])]
    assert found == [(10, "“令牌"), (10, "“tok")]


# 搜索与历史


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("## 标题\n\n**注意力**让 [词元](a.md) 看见 `x`。第二句。", "注意力让 词元 看见 x。"),
        ("- 列表\n\n> 引用\n\n正文？是。", "正文？"),
        ("```text\n代码\n```\n", ""),
    ],
)
def test_first_sentence(body: str, expected: str) -> None:
    assert seo.first_sentence(body) == expected


def test_long_descriptions_end_at_a_sentence_or_clause() -> None:
    assert seo.shorten("短。") == "短。"
    assert seo.shorten("一" * 80 + "。" + "二" * 60) == "一" * 80 + "。"
    assert seo.shorten("一" * 80 + "，" + "二" * 60) == "一" * 80 + "…"
    assert len(seo.shorten("一" * 300)) == 120


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"\fracc{a}{b}", r"没有 \fracc 这个命令。你是不是想写 “\frac”？"),
        (r"\nonsense", r"没有 \nonsense 这个命令"),
        (r"\frac{a}{b", "花括号没有成对，或者命令后面少了它要的一组花括号"),
        (r"\sqrt{a", "没有写完，花括号没有成对"),
        ("a}b", "多了一个 }，花括号没有成对"),
        ("x^", "^ 后面没有写东西"),
        ("x_a_b", "连着两个下标，不知道怎样叠：写成 x_{a_b} 这样"),
        ("a & b", r"& 只用在 \begin{aligned} 这样的环境里；要写这个字就用 \&"),
        (r"\left( a", r"\left 没有配上 \right"),
        (r"\begin{foo}a\end{foo}", "没有叫 foo 的环境"),
        (r"\begin{matrix}a\end{pmatrix}", r"\begin{matrix} 与 \end{pmatrix} 不成对"),
        (r"\sqrt d", r"\sqrt 后面要写花括号，如 \sqrt{d}：不写时根号会压住字母"),
    ],
)
def test_why_a_formula_cannot_be_drawn(tex: str, said: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(said)}$"):
        mathematics.one(tex, False)


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("\nflowchat TB\nA --> B", 2, "第一行应为图的种类"),
        ("flowchat TB\nA --> B", 1, "你是不是想写 “flowchart”？"),
        ("flowchart TB\n A --> B\n A[a(b)] --> B", 3, "整个标签用半角双引号包起来"),
        ("flowchart TB\n A --> B\n A -> B", 3, "箭头没有写完整，写成 -->"),
        ("flowchart TB\n A[甲 --> B", 2, "方框没有关上"),
        ("flowchart TB\n A --> B\n end", 3, "多了一行 end"),
        ("flowchart TB\n subgraph x\n A --> B", 3, "subgraph 没有结束"),
        ("gantt\n x", 2, "这一行读不懂（unrecognized statement: x）"),
    ],
)
def test_why_a_diagram_cannot_be_drawn(source: str, line: int, said: str) -> None:
    with pytest.raises(diagram.Undrawable, match=re.escape(said)) as caught:
        diagram.render(source)
    assert caught.value.line == line
