"""强调、独占一行的公式与标签：报告的正是页面上画不出来的，一个不多。"""

import re

import markdown
import pytest
from guide.page import blocks, emphasis, unknown_tags
from mkdocs.config.defaults import MkDocsConfig
from small_site import ROOT


@pytest.fixture(scope="module")
def converter() -> markdown.Markdown:
    """本站的 Markdown：mkdocs.yml 里的扩展与设置。"""
    config = MkDocsConfig()
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        config.load_file(file)
    config.load_dict({"hooks": [], "plugins": [], "theme": "mkdocs"})
    config.validate()
    return markdown.Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)


EMPHASIS = [
    "**重点。**接着",
    "**问题：**怎样做",
    "**（一）**是",
    "是**“引”**的",
    "是**“引”**、",
    "说**重点。** 接",
    "**“甲”**、**“乙”**（**丙**）",
    "**重点。**",
    "**重点**。接",
    "**`a`**的，是**$x$**的",
    "见**[甲](a.md)**的",
    "甲 ** 乙，2**(3)**4",
    "**甲\n乙**，丙**丁**戊",
    "一\n**甲，\n乙。**丙",
    "- **甲：**乙\n- **丙**：丁",
    "> **甲：**乙\n\n!!! note\n\n    **丙：**丁",
    "| 甲 | 乙 |\n|---|---|\n| **丙：**丁 | **戊** |",
    "| 甲 | 乙 |\n|---|---|\n| **丙：** | **戊** |",
    "`**甲：**乙` 与 \\*\\*甲：\\*\\*乙",
    "```text\n**甲：**乙\n```",
    "***甲**乙*，**甲*乙*丙**",
]


@pytest.mark.parametrize("text", EMPHASIS)
def test_stars_found_are_the_stars_shown(text: str, converter: markdown.Markdown) -> None:
    page = re.sub(r"<(code|pre)\b.*?</\1>", "", converter.reset().convert(text), flags=re.DOTALL)
    raw = any(re.search(r"[\u4e00-\u9fff]", one[0]) for one in re.finditer(r"\*\*[^\s*]([^*]*[^\s*])?\*\*", page))
    raw = raw and "\\*" not in text
    assert bool(emphasis.check(text, "a.md", 1)) is raw


DISPLAY = [
    "由此得到\n$$\ny\n$$\n",
    "由此得到\n\n$$\ny\n$$\n其中",
    "$$\ny\n$$。",
    "由此 $$y=x$$ 得",
    "$$\ny\n$$ 其中",
    "$$y$$\n其中",
    "$$y$$",
    "$$\ny\n$$\n\n其中",
    "- 甲\n  $$y$$",
    "- 甲\n\n    $$\n    y\n    $$\n    其中",
    "- 甲\n\n    $$\n    y\n    $$\n- 乙",
    "- $$y$$",
    "$$y$$\n- 乙",
    "$$y$$\n| a |\n|---|\n| 甲 |",
    "$$y$$\n## 标题\n\n$$z$$\n> 引用",
    "$$y$$\n!!! note\n\n    乙",
    "- $$y$$\n- 乙\n- $$\n  z\n  $$",
    "> 得\n> $$\n> y\n> $$",
    "> $$\n> y\n> $$\n其中",
    "> $$\n> y\n> $$",
    "> 得\n>\n> $$\n> y\n> $$\n",
    "!!! note\n    $$y$$",
    "!!! note\n\n    得\n    $$\n    y\n    $$",
    "!!! note\n\n    得\n\n    $$\n    y\n    $$\n\n得",
    '=== "甲"\n    $$y$$\n    乙',
    "## 标题\n$$y$$",
    "<div markdown>\n$$y$$\n</div>",
    "| a |\n|---|\n| $$y$$ |",
    "| a |\n|---|\n| $y$ |\n\n$$y$$",
    "甲 $y$$z$ 乙，$y$$z$$w$",
    "甲 $x$ 与 $y$ 和 `$$y$$`，\\$5 与 \\$6，\\$\\$y\\$\\$",
    "甲：\n\n:   $$y$$",
    "\\[\ny\n\\]",
    "由\n\\[\ny\n\\]",
    "\\[\ny\n\\]\n其中",
    "\\[1\\] 是序号",
    "\\begin{aligned}\na\n\\end{aligned}",
    "由\n\\begin{aligned}\na\n\\end{aligned}",
    "$$\n\\begin{aligned}\na \\\\[2pt]\nb\n\\end{aligned}\n$$",
    "```text\n由\n$$\ny\n$$\n```",
    "脚注[^1]。\n\n[^1]: 甲\n\n    $$y$$",
    "<!-- $$ y $$ -->\n\n文字",
]


@pytest.mark.parametrize("text", DISPLAY)
def test_displays_found_are_the_displays_not_drawn(text: str, converter: markdown.Markdown) -> None:
    page = re.sub(r"<(code|pre)\b.*?</\1>|<!--.*?-->", "", converter.reset().convert(text), flags=re.DOTALL)
    page = re.sub(r'<(div|span) class="arithmatex">.*?</\1>', "公式", page, flags=re.DOTALL)
    raw = re.search(r"\$(\$[^$]*\$|公式)\$|^(<p>)?\[\n|\n\[\n|\\begin", page) is not None and "\\$\\$" not in text
    assert bool(blocks.check(text, "a.md", 1)) is raw


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("末尾是 <EOS>，\\<BOS>", ["<EOS>", "<BOS>"]),
        ("List<int> 与 <kdb>a</kdb>", ["<int>", "<kdb>", "</kdb>"]),
        ("若 x<y, z>w", ["<y, z>"]),
        ("<s> 与 <my_name>，<|endoftext|>", ["<s>", "<my_name>"]),
        ("<https://example.com/a>，<a@b.c>，<名字>，1 < 2 > 1，`<EOS>`，&lt;EOS>", []),
        ("<!-- <EOS> -->\n\n<svg><mask id='a'></mask><path d='M0'/></svg>", []),
        ("$a<b, c>d$ 与\n\n$$\na<b c>d\n$$\n\n\\(a<bb>c\\)", []),
        ("<br/><br /><img src='a.svg' alt=''><DIV class=\"a\">甲</DIV><h2 id='a'>乙</h2>", []),
        ("```text\n<EOS>\n```\n\n[甲](<b c.md>)", []),
    ],
)
def test_unknown_tags_are_those_that_vanish(text: str, found: list[str], converter: markdown.Markdown) -> None:
    said = [re.findall(r"“(.*)”", one.message)[0] for one in unknown_tags.check(text, "a.md", 1)]
    assert said == found
    page = converter.reset().convert(text)
    assert all(one in page for one in found)
