"""文字的检查：该响的响，不该响的不响；自动改改两次与改一次一样，代码与公式一个字节也不动。"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from guide.course.frontmatter import decode
from guide.page.fences import scan
from guide.words import prose
from guide.words.passages import OPAQUE
from hypothesis import given, settings
from hypothesis import strategies as st
from small_site import SmallSite

ROOT = Path(__file__).parents[2]

TIDIED = {
    # 中文与字母、数字
    "用PyTorch训练，有3层": "用 PyTorch 训练，有 3 层",
    "**模型**GPT与**GPT**模型": "**模型** GPT 与 **GPT** 模型",
    "回看[TF-IDF](a.md)一节": "回看 [TF-IDF](a.md) 一节",
    "显存16GB，约 75 %": "显存 16 GB，约 75%",
    # 代码、公式、按键、网址
    "运行`train.py`即可": "运行 `train.py` 即可",
    "把`a`和`b`与`c`相加": "把 `a` 和 `b` 与 `c` 相加",
    "其中$d_k$是维度": "其中 $d_k$ 是维度",
    "损失为 $L$ ，越小越好": "损失为 $L$，越小越好",
    "按<kbd>/</kbd>搜索": "按 <kbd>/</kbd> 搜索",
    "打开<http://127.0.0.1:8000>预览": "打开 <http://127.0.0.1:8000> 预览",
    # 全角标点
    "训练,测试,再上线.": "训练，测试，再上线。",
    "注意:`x`要小;`y`要大": "注意：`x` 要小；`y` 要大",
    "运行`a.py`,再看`b`:好了": "运行 `a.py`，再看 `b`：好了",
    "词元(token)与 GPT (一个模型)": "词元（token）与 GPT（一个模型）",
    "约 (大概 75%)": "约（大概 75%）",
    "形状为(B, T, C)的张量": "形状为 (B, T, C) 的张量",
    "Q, K, V三个矩阵": "Q、K、V 三个矩阵",
    "叫\"上下文\"，也叫「语境」": "叫“上下文”，也叫“语境”",
    "型号 “X-2047B” 找不到": "型号“X-2047B”找不到",
    # 全角的字母与数字，多出来的空格，两个短横
    "全角的１Ａ，两个  空格，与  GPT": "全角的 1A，两个空格，与 GPT",
    "破折号--两个，空开 -- 的": "破折号——两个，空开——的",
    # 链接旁边的空格
    "见 [怎样写](a.md) 的开头": "见[怎样写](a.md)的开头",
    "出处，[原文](a.md) 。": "出处，[原文](a.md)。",
    # 行首的记号、表格、标签、脚注
    "- [x] 用`a`做": "- [x] 用 `a` 做",
    "| 甲A | `x`乙 |\n|---|---|\n| 1个 | 2个 |": "| 甲 A | `x` 乙 |\n|---|---|\n| 1 个 | 2 个 |",
    '!!! tip "先用GPT"\n\n    再用`x`试': '!!! tip "先用 GPT"\n\n    再用 `x` 试',
    "正文[^1]。\n\n[^1]: 见GPT": "正文[^1]。\n\n[^1]: 见 GPT",
    "> 引用GPT\n> 第二行`x`也": "> 引用 GPT\n> 第二行 `x` 也",
    "![图里GPT在左](a.png)": "![图里 GPT 在左](a.png)",
    "```quiz\nquestion: 用`x`吗?\n```": "```quiz\nquestion: 用 `x` 吗？\n```",
    "---\ntitle: 用GPT\ntags: [用GPT]\n---\n\n正文": "---\ntitle: 用 GPT\ntags: [用GPT]\n---\n\n正文",
}  # fmt: skip


@pytest.mark.parametrize("source", TIDIED, ids=range(len(TIDIED)))
def test_spacing_and_punctuation_are_mended(source: str) -> None:
    assert prose.fix(source, "a.md") == TIDIED[source]
    assert {one.rule.code for one in prose.check(source, "a.md")} & {"spacing", "punctuation"}
    assert prose.check(TIDIED[source], "a.md") == []


QUIET = [
    "见 https://example.org/中文a路径?x=1,y 的说明，或[这页](https://a.org/中b(c).html)。",
    "GPT-2 有 1.5B 参数，见 3.2 节与第 2–3 页；C++、A/B 测试、x≥3 都不变。",
    "语料里写的是“２３日”“3月12日入住”“很好 。”，书叫《统计学习方法A》，要照抄。",
    "运行 `a中b`，再看 ``x`中`y``；`f(x)`。",
    "其中 $a中b$ 是系数，$\\text{损失}L$ 很小。\n\n$$\n中a文,b\n$$\n\n\\[\n中a\n\\]",
    "比值是 e^(新 − 旧)，每一路给 1/(60 + 名次)。",
    "形状是 (输出, 输入)，区间 [0, 1]，字典是 {词: 次数}，例如 [\"时1\", \"人1\"]。",
    "字符串 \"2.10.1\" 排在 \"2.9\" 前面，Bayes' theorem 不变。",
    "**做什么。** 读一条评论。*验收。* 不低于 0.8。",
    "合并“学+生”，大+学是 5+3=8，只装得下 0 到 255：200 + 100 = 44。",
    "代入一张 A100 80GB 的规格；409 和 5xx 会重试；3Blue1Brown 的动画；MIT 18.06SC。",
    "很好👍，继续 🚀 吧。",
    "切好的词：年假 提前 申请。\n\n| 甲 | 年假 提前 申请 | Jupyter、NumPy |\n|---|:-:|---|",
    "[上一课](a.md) [下一课](b.md)",
    "<span class=\"a中b\" title='中a'>字</span>，<!-- 中a注释,未完 -->末尾。",
    "词频—逆文档频率，归纳头看见“甲乙……甲”，你是不是想写 …。",
    "东风-41 与 −1，A-1 号。",
    "```bash\necho 中a文,b\n```\n\n~~~\n中a\n~~~\n\n- 列表\n\n    ```\n    中a\n    ```",
    "段落。\n\n    缩进的代码中a文,b\n\n- 列表\n\n        列表里缩进的代码中a",
    "::: guide.problem\n    options: 中a\n\n[ref]: https://a.org/中a \"中a\"\n\n见[引用][ref]。",
    "## 标题 {#a中b}\n\n### 小节 { .中a }\n\n## 又一节\n\n#写作标签不是标题",
    "=== \"会 Python\"\n\n    正文。\n\n??? note \"折叠\"\n\n    正文。",
    "见[注意力机制](a.md)、[这一课](a.md)、[论文](b.md)与 [GQA](c.md)。",
    "<img src=\"a.svg\" alt=\"\"> 是装饰，<img src=\"b.svg\" alt=\"三角形为 0\"> 是图。",
    "作者 Dunlosky, Rawson, Marsh & Willingham, *Improving Students' Learning*, 14(1), 2013。",
    "Tomas Mikolov 等：[Distributed Representations of Words and Phrases and their Compositionality](https://a.org)，2013 年。",
    "---\ntitle: 题\nimage: 中a.png\ntags: [中a]\n---\n\n正文",
    "行尾的两个空格是换行  \n下一行",
    "落单的]与[括号，中][注意力](a.md)。",
]  # fmt: skip


@pytest.mark.parametrize("source", QUIET, ids=range(len(QUIET)))
def test_nothing_is_said_of_what_is_right(source: str) -> None:
    assert [str(one) for one in prose.check(source, "a.md")] == []
    assert prose.fix(source, "a.md") == source


LONG = "我们先把这件事说一遍，" * 7

SAID = {
    "---\ntitle: 题\n---\n\n## 一\n\n用`x`即可": ["7: “用`x`即可” 写作 “用 `x` 即可”（make format 能改好）"],
    "---\ngoal: 用GPT\n---\n": ["2: “用GPT” 写作 “用 GPT”（make format 能改好）"],
    "好,坏": ["1: “好,坏” 写作 “好，坏”（make format 能改好）"],
    LONG + "最后说完。": [],
    LONG + "最后也才说完。": [
        "1: “我们先把这件事说一遍，我…” 这一句有 76 个字，应不超过 75 个：在说完一件事的地方断开"
    ],
    LONG + "停；" + LONG: [],
    LONG + "$" + "x" * 40 + "$ `" + "y" * 40 + "`。": [],
    "正文\n" * 2 + "## 一\n\n#### 二": ["5: 标题从第 2 级跳到第 4 级：这里写 ###"],
    "### 一": ["1: 标题从第 1 级跳到第 3 级：这里写 ##"],
    "文\n\n![](a.png)": ["3: 图片的说明是 “”：写图上看到了什么"],
    "![图 1](a.png)": ["1: 图片的说明是 “图 1”：写图上看到了什么"],
    '<img src="a.png">': ["1: 图片的说明是 “”：写图上看到了什么"],
    "文\n[点击这里](a.md)看": ["2: 链接的文字是 “点击这里”，没有说去哪里：用目标的名字"],
    "[**here**](a.md)": ["1: 链接的文字是 “here”，没有说去哪里：用目标的名字"],
    "[](a.md)": ["1: 链接的文字是 “”，没有说去哪里：用目标的名字"],
}


@pytest.mark.parametrize("source", SAID, ids=range(len(SAID)))
def test_what_is_said_and_of_which_line(source: str) -> None:
    assert [str(one) for one in prose.check(source, "a.md")] == [f"a.md:{said}" for said in SAID[source]]


def test_definitions_in_the_glossary_are_read_too() -> None:
    source = "- term: 词元\n  english: token中a\n  avoid: [用GPT]\n  definition: 用GPT切\n"
    assert [str(one) for one in prose.check(source, "terms.yml")] == [
        "terms.yml:4: “用GPT切” 写作 “用 GPT 切”（make format 能改好）"
    ]


FILES = prose.files(ROOT)


@pytest.mark.parametrize("file", FILES, ids=[file.relative_to(ROOT).as_posix() for file in FILES])
def test_nothing_to_say_of_the_pages_that_exist(file: Path) -> None:
    source = decode(file.read_bytes())
    path = file.relative_to(ROOT).as_posix()
    assert [str(one) for one in prose.check(source, path)] == []
    assert prose.fix(source, path) == source


def test_pages_readme_and_glossary_are_among_the_files() -> None:
    names = {file.relative_to(ROOT).as_posix() for file in FILES}
    assert {"README.md", "terms.yml", "docs/index.md", "docs/transformer-llm/lora.md"} <= names


PIECES = [
    *"中文字 a1%:：,，.。()（）“”\"[]|\\_>", "GPT", "3.5", "`x`", "`a中b,c`", "$x,中$", "$$y,中$$", "**", "*", "~~",
    "[", "](u中a.md)", "[链接](a.md)", "![图](b.png)", "\n", "\n\n", "- ", "1. ", "## ", "> ", "    ", "  ", "<!-- 中a,b -->", "<br>",
    "<kbd>K</kbd>", "https://a.b/中", "[^1]", "{ .x }", "{: #中}", "&amp;", '!!! tip "', "```\n中a,b\n```\n", "16GB",
    "Q, K 中", "---\n", "title: ", "::: x",
]  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
VALUE = st.lists(st.sampled_from([*"中文aG1.,:;!?()（）“”\"「」，：%+-#_@/$`'[]{}|>&*~ \n", "16GB", ": ", " #"])).map(
    "".join
)


def plain(text: str) -> str:
    """去掉空格，全角与半角的标点、转义当作一样：自动改只许改这些。"""
    text = re.sub(r"\\(?=[^\w\s])", "", text)
    return re.sub(r"[ 、]", "", text.translate(str.maketrans("，。：；？！（）“”「」", ',.:;?!()""""'))).replace(
        ",", ""
    )


@given(MARKDOWN)
@settings(max_examples=200, deadline=None)
def test_mending_twice_is_mending_once_and_leaves_nothing_to_say(source: str) -> None:
    mended = prose.fix(source, "a.md")
    assert prose.fix(mended, "a.md") == mended
    assert not {one.rule.code for one in prose.check(mended, "a.md")} & {"spacing", "punctuation"}


@given(MARKDOWN)
@settings(max_examples=200, deadline=None)
def test_mending_touches_neither_code_nor_mathematics_nor_addresses(source: str) -> None:
    mended = prose.fix(source, "a.md")
    assert plain(mended) == plain(source)
    assert opaque(mended) == opaque(source)
    assert kept(mended) == kept(source)


def kept(source: str) -> list[str]:
    """围栏的内容与链接的地址，按次序。"""
    return [fence.content for fence in scan(source)] + re.findall(r"\]\([^)]*\)", source)


def opaque(source: str) -> list[str]:
    """行内代码、公式、网址，按次序。"""
    return [
        source[passage.starts[at] : passage.ends[at]]
        for passage in prose.passages(source, "a.md")
        for at, character in enumerate(passage.text)
        if character == OPAQUE
    ]


@given(
    st.fixed_dictionaries({"title": VALUE, "goals": st.lists(VALUE, max_size=3), "tags": st.lists(VALUE, max_size=2)}),
    st.sampled_from([None, '"', "'", "|", ">"]),
    st.sampled_from([None, True, False]),
)
@settings(max_examples=150, deadline=None)
def test_mended_yaml_still_says_the_same(values: dict[str, object], style: str | None, flow: bool | None) -> None:
    source = yaml.safe_dump(values, allow_unicode=True, default_style=style, default_flow_style=flow)
    mended = yaml.safe_load(prose.fix(source, "terms.yml"))
    assert mended["tags"] == values["tags"]
    assert plain(str([mended["title"], mended["goals"]])) == plain(str([values["title"], values["goals"]]))


def test_line_endings_and_byte_order_mark_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes("\ufeff---\r\ntitle: 用GPT\r\n---\r\n\r\n```\r\n中a\r\n```\r\n用`x`即可\n末行".encode())
    assert prose.fix_file(file, "a.md")
    assert file.read_bytes() == (
        "\ufeff---\r\ntitle: 用 GPT\r\n---\r\n\r\n```\r\n中a\r\n```\r\n用 `x` 即可\n末行".encode()
    )
    assert not prose.fix_file(file, "a.md")


def test_a_file_that_is_not_utf8_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes("用GPT".encode("gbk"))
    with pytest.raises(UnicodeDecodeError):
        prose.fix_file(file, "a.md")
    assert file.read_bytes() == "用GPT".encode("gbk")


def test_the_question_of_an_exercise_is_read_the_rest_of_its_file_is_not() -> None:
    path = "snippets/foundations/exercises/a_sum/task.py"
    source = (
        'R"""求和。\n\n写一个函数`total`，返回$n$个数的和。\n"""\n\n\ndef total():\n    """用for循环"""  # 用for循环\n'
    )
    assert [(one.line, one.rule.code) for one in prose.check(source, path)] == [(3, "spacing")]
    assert prose.fix(source, path) == source.replace("函数`total`，返回$n$个", "函数 `total`，返回 $n$ 个")
    assert prose.check('import torch\n"""用for循环"""\n', path) == []


def test_format_mends_what_lint_reports(small_site: SmallSite) -> None:
    page = small_site.page("study-advice/index.md", "title: 用GPT\norder: 3", "运行`x`即可。\n")
    readme = small_site.write("README.md", "用GPT\n")

    def guide(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LLM_GUIDE_ROOT": str(small_site.base), "PYTHONPATH": str(ROOT / "hooks")}
        command = [sys.executable, "-m", "guide", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    before = guide("lint", "--no-ruff")
    assert before.returncode == 1
    assert before.stdout.count("make format 能改好") == 3

    mended = guide("format")
    assert mended.returncode == 0
    assert mended.stdout.splitlines() == [
        "改好了空格与标点：README.md",
        "改好了空格与标点：docs/study-advice/index.md",
    ]
    assert readme.read_text(encoding="utf-8") == "用 GPT\n"
    assert page.read_text(encoding="utf-8") == "---\ntitle: 用 GPT\norder: 3\n---\n\n运行 `x` 即可。\n"
    assert guide("lint", "--no-ruff").returncode == 0
    assert guide("format").stdout == ""

    small_site.write("CHANGES.md", "用GPT\n".encode("gbk"))
    refused = guide("format")
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == ["没有改：CHANGES.md:1: 不是 UTF-8（第 1 个字节起）：用 UTF-8 重新保存"]
