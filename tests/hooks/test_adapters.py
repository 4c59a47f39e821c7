"""钩子：没有毛病的小站点构建出来是什么样子；三种运行方式报告得一样。"""

import json
import re
import shutil
import subprocess
import sys
import threading

import nbformat
import pytest
from bs4 import BeautifulSoup
from guide.commands import linting
from lxml import etree
from small_site import Result, SmallSite

LESSON = "foundations/a/index.html"


def soup(site: SmallSite, path: str) -> BeautifulSoup:
    return BeautifulSoup(site.html(path), "lxml")


def test_a_sound_site_builds_quietly(small_site: SmallSite) -> None:
    result = small_site.build("-q")
    assert (result.code, result.problems) == (0, [])


def test_navigation_and_reading_order_come_from_front_matter(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, requires="[a]", title="第二课")
    small_site.stage(2)
    small_site.lesson("deep-learning-nlp/c.md", 2, 1, requires="[a, b]")
    small_site.page("career/index.md", "title: 职业\norder: 2")
    small_site.page("resources/index.md", "title: 资源\norder: 1")
    assert small_site.build().code == 0

    page = soup(small_site, "index.html")
    labels = [
        " ".join(item.get_text().split())
        for item in page.select(
            ".md-nav--primary > .md-nav__list > li > a, .md-nav--primary > .md-nav__list > li > div > a:first-child, .md-nav--primary > .md-nav__list > li > .md-nav__link"
        )
    ]
    order = [label for label in dict.fromkeys(labels) if label]
    assert order == ["首页", "1 基础", "2 阶段 2", "资源", "职业"]
    second = soup(small_site, "foundations/b/index.html")
    assert second.select_one("link[rel=prev]") is None  # 只用页脚的上一课、下一课
    footer = [" ".join(link.get_text().split()) for link in second.select(".md-footer__link")]
    assert footer == ["上一页 1.1 求和", "下一页 2 阶段 2"]


def test_lesson_header_and_footer_are_generated(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, requires="[a]", title="第二课", goal="做出一样东西", kind="project")
    assert small_site.build().code == 0
    header = soup(small_site, "foundations/b/index.html").select_one(".lesson-header")
    assert header is not None
    text = " ".join(header.get_text().split())
    assert text == "第 1 阶段 · 基础 第 1.2 课 · 项目 初级 约 30 分钟 目标：做出一样东西 先修：1.1 求和"
    first = soup(small_site, LESSON)
    assert first.h1 is not None
    assert first.h1.get_text().startswith("求和")
    unlocks = first.select_one(".lesson-footer a")
    assert unlocks is not None
    assert (unlocks["href"], unlocks.get_text()) == ("../b/", "1.2 第二课")
    stage = " ".join(soup(small_site, "foundations/index.html").select_one(".stage-header").get_text().split())
    assert "第 0–3 个月" in stage
    assert "会求和" in stage
    assert "1.1 求和 约 30 分钟 用一行代码求和" in stage


def test_snippet_shows_code_output_proof_and_line_accurate_source(small_site: SmallSite) -> None:
    assert small_site.build().code == 0
    cell, method = soup(small_site, LESSON).select(".snippet:not(.admonition .snippet)")[:2]
    assert cell.select_one("code").get_text() == 'values = [1, 2, 3]\nprint("和：", sum(values))\n'
    assert cell.select_one(".snippet-output pre").get_text() == "和： 6"
    assert re.search(
        r"✓ \d{4}-\d\d-\d\d · Python 3\.\d+ · 1 线程 · \d+\.\d s", cell.select_one(".snippet-proof").get_text()
    )
    assert method.select_one("code").get_text().splitlines()[0] == "    def add(self, value):"
    assert method.select_one(".snippet-output pre").get_text() == "计数： 2"
    source = soup(small_site, "reference/code/foundations/a/index.html")
    for snippet, line in ((cell, "values = [1, 2, 3]"), (method, "    def add(self, value):")):
        anchor = snippet.select_one(".snippet-proof a")["href"].partition("#")[2]
        assert source.select_one(f"#{anchor}").get_text().rstrip("\n") == line


def test_a_code_page_can_be_linked_to_in_lint_and_build_alike(small_site: SmallSite) -> None:
    small_site.page("extra.md", "title: 另一页", "见[代码](reference/code/foundations/a.md)。\n")
    assert linting.check_project(small_site.base, ruff=False) == []
    assert small_site.build().code == 0
    small_site.page("extra.md", "title: 另一页", "见[代码](reference/code/foundations/aa.md)。\n")
    (problem,) = linting.check_project(small_site.base, ruff=False)
    assert small_site.build().problems == [str(problem)]


def test_source_links_go_to_the_repository_when_it_is_known(small_site: SmallSite, monkeypatch) -> None:
    monkeypatch.setenv("REPO_URL", "https://git.example/llm")
    assert small_site.build().code == 0
    link = soup(small_site, LESSON).select_one(".snippet-proof a")["href"]
    assert link == "https://git.example/llm/blob/main/snippets/foundations/a.py#L19-L20"


def test_downloads_are_the_same_file_as_script_and_notebook(small_site: SmallSite) -> None:
    assert small_site.build().code == 0
    source = (small_site.base / "snippets/foundations/a.py").read_text(encoding="utf-8")
    assert small_site.html("downloads/foundations/a.py") == source
    notebook = nbformat.reads(small_site.html("downloads/foundations/a.ipynb"), as_version=4)
    nbformat.validate(notebook)
    kinds = [(cell.cell_type, cell.source.splitlines()[0]) for cell in notebook.cells]
    assert kinds == [
        ("markdown", "# 求和"), ("markdown", "## 计数器"), ("code", "class Counter:"),
        ("markdown", "## 求和"), ("code", "values = [1, 2, 3]"),
    ]  # fmt: skip


def test_exercise_and_quiz(small_site: SmallSite) -> None:
    assert small_site.build().code == 0
    page = soup(small_site, LESSON)
    titles = [summary.get_text() for summary in page.select(".exercise summary")]
    assert titles == ["题目代码与检查", "提示 1", "参考答案"]
    assert page.select_one(".exercise .admonition-title").get_text() == "练习：自己求和"
    assert page.select_one(".exercise-download")["href"] == "../../downloads/foundations/exercises/a_sum/task.py"
    assert "NotImplementedError" in small_site.html("downloads/foundations/exercises/a_sum/task.py")
    quiz = page.select_one("form.quiz")
    assert [option["data-correct"] for option in quiz.select(".quiz-option")] == ["true", "false"]
    answers = [item.get_text(" ", strip=True) for item in quiz.select(".quiz-answers li")]
    assert answers == ["对 ：2 数一数。", "不对 ：3 多数了一个。"]


def test_fences_expand_at_any_depth(small_site: SmallSite) -> None:
    fence = "```snippet\nfile: foundations/a.py\nshow: 求和\n```"
    inside = fence.replace("\n", "\n    ")
    quoted = fence.replace("\n", "\n> ")
    body = f'- 列表\n\n    {inside}\n\n> {quoted}\n\n!!! tip "提示"\n\n    {inside}\n\n=== "甲"\n\n    {inside}\n\n'
    body += "````text\n```snippet\nfile: 例子.py\n```\n````\n"
    small_site.lesson("foundations/b.md", 1, 2, body)
    result = small_site.build()
    assert result.code == 0, result.output
    page = soup(small_site, "foundations/b/index.html")
    for where in ("li", "blockquote", ".admonition", ".tabbed-block"):
        assert page.select_one(f"{where} .snippet .snippet-output pre").get_text() == "和： 6", where
    assert "file: 例子.py" in page.select_one("article").get_text()


def test_mathematics_and_diagrams_are_made_at_build_time(small_site: SmallSite) -> None:
    body = "行内 $a^2$。\n\n$$\n\\frac{1}{2} \\text{中}\n$$\n\n```mermaid\nflowchart TB\n  accTitle: 一张图\n  a[词元] --> b\n```\n"
    small_site.lesson("foundations/b.md", 1, 2, body)
    assert small_site.build().code == 0
    page = soup(small_site, "foundations/b/index.html")
    assert len(page.select(".katex math")) == 2
    assert "词元" in page.select_one("figure.diagram[aria-label=一张图] svg").get_text()
    assert page.select_one("link[href$='katex.min.css']") is not None
    assert "katex.min.css" not in small_site.html(LESSON)


def test_bad_mathematics_is_reported_with_its_line(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, "好的 $a$。\n\n坏的 $\\frac{1$。\n")
    result = small_site.build("-q")
    assert result.code != 0
    assert "docs/foundations/b.md:11: 公式 “\\frac{1” 读不懂" in result.output


def test_a_link_to_a_missing_anchor_is_reported_with_its_line(small_site: SmallSite) -> None:
    small_site.lesson(
        "foundations/b.md", 1, 2, "## 先看 {#first}\n\n好的 [a](#first)。\n\n坏的 [a](../foundations/b.md#frist)。\n"
    )
    result = small_site.build("-q")
    assert result.code != 0
    assert result.problems == [
        "docs/foundations/b.md:13: 链接 “../foundations/b.md#frist” 指向的那一页没有这个锚点。你是不是想写 “#first”？"
    ]


def test_drafts_are_nowhere_in_a_build(small_site: SmallSite) -> None:
    small_site.lesson(
        "foundations/b.md", 1, 2, "```snippet\nfile: foundations/b.py\n```\n", title="秘密草稿", published="false"
    )
    small_site.snippet("foundations/b.py", '"""草稿的片段。"""\n\n# %% 打印\nprint(1)\n')
    assert small_site.build().code == 0
    site = small_site.base / "site"
    assert not (site / "foundations/b").exists()
    for file in site.rglob("*"):
        if file.suffix in {".html", ".json", ".xml", ".txt", ".md", ".js"}:
            assert "秘密草稿" not in file.read_text(encoding="utf-8"), file


def test_what_only_a_draft_shows_is_not_built(small_site: SmallSite) -> None:
    """草稿的片段、练习与下载也不在站上；不是哪一课的片段照旧。"""
    source = (small_site.base / "snippets/foundations/a.py").read_text(encoding="utf-8")
    small_site.snippet("foundations/b.py", source.replace("求和", "草稿的片段"))
    shutil.copytree(
        small_site.base / "snippets/foundations/exercises/a_sum",
        small_site.base / "snippets/foundations/exercises/b_sum",
    )
    body = "```snippet\nfile: foundations/b.py\n```\n\n```exercise\nfile: foundations/exercises/b_sum\n```\n"
    small_site.lesson("foundations/b.md", 1, 2, body, published="false")
    small_site.page("reference/code.md", "title: 全部代码", "```code-index\n```\n")
    built = small_site.build()
    assert built.code == 0, built.output
    paths = [file.relative_to(small_site.base / "site").as_posix() for file in (small_site.base / "site").rglob("*")]
    assert [path for path in paths if re.search(r"/b(_sum)?(\.|/|$)", path)] == []
    assert "downloads/foundations/a.py" in paths
    assert "草稿的片段" not in small_site.html("reference/code/index.html")


@pytest.mark.parametrize(
    ("without", "said"),
    [("curriculum", "hooks 的第一个要是 hooks/curriculum.py"), ("problems", "hooks 的头两个要是")],
)
def test_the_hooks_that_check_cannot_be_left_out(small_site: SmallSite, without: str, said: str) -> None:
    settings = small_site.base / "mkdocs.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(rf"  - [^\n]*/{without}\.py[^\n]*\n", "", text), encoding="utf-8")
    built = small_site.build()
    assert built.code == 1
    assert said in built.output
    assert "Traceback" not in built.output


def test_metadata_files(small_site: SmallSite) -> None:
    assert small_site.mkdocs("build", "--strict", site_url="https://docs.example/llm").code == 0
    course = json.loads(small_site.html("curriculum.json"))
    assert course["stages"][0]["lessons"][0]["url"] == "https://docs.example/llm/foundations/a/"
    assert "Sitemap: https://docs.example/llm/sitemap.xml" in small_site.html("robots.txt")
    assert "<loc>https://docs.example/llm/foundations/a/</loc>" in small_site.html("sitemap.xml")
    assert (
        "- [1.1 求和](https://docs.example/llm/foundations/a/index.md): 用一行代码求和。先看代码。"
        in small_site.html("llms.txt")
    )
    page = soup(small_site, LESSON)
    assert page.html["lang"] == "zh-CN"
    assert page.title.get_text() == "1.1 求和 · 基础 - LLM 学习路径"
    assert page.select_one("link[rel=canonical]")["href"] == "https://docs.example/llm/foundations/a/"
    graph = json.loads(page.select_one("script[type='application/ld+json']").get_text())["@graph"]
    assert graph[0]["teaches"] == "用一行代码求和"
    assert [item["name"] for item in graph[1]["itemListElement"]] == ["首页", "基础", "求和"]


HOSTILE = {
    "script": '"><script>alert(1)</script>',
    "quotes": """a'b"c`d&e<f>]]>--><!--""",
    "newlines": "第一行\n第二行\r\n\t第三行",
    "emoji": "😀🚀" * 500,
    "long": "长长的。" * 2_500,
    "template": "{{ 7 * 7 }}{% raw %}${7*7}\\u003c/script>",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_front_matter_is_escaped(small_site: SmallSite, hostile: str) -> None:
    """每个能写文字的键都写上它：HTML、JSON-LD、XML、JSON 都读得懂，没有多出一个脚本，值还是原来的值。"""
    quoted = json.dumps(hostile, ensure_ascii=False)
    keys = ("title", "goal", "author", "category", "excerpt", "seoTitle")
    lists = {"tags": f"[{quoted}]", "seoKeywords": f"[{quoted}]"}
    described = json.dumps((hostile + "字" * 60)[:100], ensure_ascii=False)
    small_site.lesson("foundations/b.md", 1, 2, **dict.fromkeys(keys, quoted), **lists, seoDescription=described)
    built = small_site.build()
    assert built.code == 0, built.output
    for file in ("foundations/b/index.html", "foundations/index.html", "index.html", "foundations/a/index.html"):
        page = soup(small_site, file)
        inline = [tag for tag in page.find_all("script") if not tag.get("src") and not tag.get("type")]
        assert len(inline) == 1, file
        assert "alert" not in inline[0].get_text(), file
        assert not [name for tag in page.find_all() for name in tag.attrs if name.startswith("on")], file
        for script in page.select("script[type='application/ld+json']"):
            json.loads(script.get_text())
    page = soup(small_site, "foundations/b/index.html")
    assert page.select_one("meta[name=author]")["content"].split() == hostile.split()
    graph = json.loads(page.select_one("script[type='application/ld+json']").get_text())["@graph"]
    assert graph[0]["teaches"].split() == hostile.split()
    for file in ("sitemap.xml", "feed.xml", "lessons.xml"):
        etree.fromstring(small_site.html(file).encode())
    for file in ("curriculum.json", "search/index.json"):
        json.loads(small_site.html(file))


def test_plain_and_quiet_builds_report_alike(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, minuts="3")
    strict, quiet, loose = small_site.build(), small_site.build("-q"), small_site.mkdocs("build")
    assert strict.problems == quiet.problems == loose.problems != []
    assert all(result.code != 0 for result in (strict, quiet, loose))


def test_serve_warns_and_goes_on(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, minuts="3")
    small_site.write("docs/foundations/c.md", "正文".encode("gbk"))
    small_site.lesson("foundations/d.md", 1, 4, title="草稿课", published="false")
    expected = small_site.build().problems
    command = [sys.executable, "-u", "-m", "mkdocs", "serve", "--dev-addr", "127.0.0.1:0", "--no-livereload"]
    with subprocess.Popen(
        command, cwd=small_site.base, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        too_late = threading.Timer(120, server.kill)  # 没有等到的话，读取会一直卡住
        too_late.start()
        lines = []
        for line in server.stdout:
            lines.append(line.rstrip())
            if "Serving on" in line:
                break
        too_late.cancel()
        server.kill()
    assert "Serving on" in lines[-1], lines
    assert Result(0, "\n".join(lines)).problems == expected
    assert "Traceback" not in "\n".join(lines)


def test_site_build_never_imports_torch(small_site: SmallSite) -> None:
    code = "import sys, mkdocs.commands.build as b, mkdocs.config as c; b.build(c.load_config()); sys.exit('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=small_site.base, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_unreadable_files_and_links_out_of_the_repository(
    small_site: SmallSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """root 不受权限管，所以用指向不存在的文件的链接与名字像文件的文件夹，读起来同样出错。"""
    secret = tmp_path_factory.mktemp("outside") / "secret.md"
    secret.write_text("---\ntitle: 秘密\n---\n", encoding="utf-8")
    base = small_site.base
    (base / "docs/foundations/b.md").symlink_to("nowhere.md")
    (base / "docs/secret.md").symlink_to(secret)
    (base / "snippets/foundations/b.py").mkdir()
    small_site.write("snippets/foundations/exercises/a_sum/wrong_gbk.py", "答案 = 1".encode("gbk"))
    result = small_site.build("-q")
    assert result.code != 0
    assert "Traceback" not in result.output
    assert [re.sub(r"/\S*/secret", "/…/secret", problem) for problem in result.problems] == [
        "docs/foundations/b.md:1: 读不了这个文件：No such file or directory",
        "docs/secret.md:1: 这个符号链接指到了仓库外面：/…/secret.md",
        "snippets/foundations/b.py:1: 读不了这个文件：Is a directory",
        "snippets/foundations/exercises/a_sum/wrong_gbk.py:1: 不是 UTF-8（第 1 个字节起）：用 UTF-8 重新保存",
    ]


def test_one_mistake_in_front_matter_is_one_problem(small_site: SmallSite) -> None:
    """读不懂的页面用到的片段与练习，不该另外报告没有人用。"""
    text = (small_site.base / "docs/foundations/a.md").read_text(encoding="utf-8")
    small_site.write("docs/foundations/a.md", text.replace("order: 1", "order: 一"))
    assert small_site.build("-q").problems == ["docs/foundations/a.md:4: order 是 “一”，应为整数"]


def test_large_and_strange_input_is_fine(small_site: SmallSite) -> None:
    """一页 200 个片段、很长的一行、一万行的 front matter、写成 Windows 路径的片段。"""
    fence = "```snippet\nfile: foundations/a.py\nshow: 求和\n```\n"
    small_site.lesson("foundations/b.md", 1, 2, f"{fence}\n" * 200 + "长长的。" * 25_000 + "\n")
    assert small_site.build("-q").code == 0
    assert small_site.html("foundations/b/index.html").count("snippet-proof") == 200
    tags = "".join(f"\n  - 标签{number}" for number in range(10_000))
    small_site.lesson("foundations/c.md", 1, 3, tags=tags, minuts="3")
    small_site.lesson("foundations/d.md", 1, 4, fence.replace("foundations/a", "foundations\\\\a"))
    result = small_site.build("-q")
    assert result.problems == [
        problem
        for problem in result.problems
        if problem.startswith(
            ("docs/foundations/c.md:10008: 不认识的键 minuts", "docs/foundations/d.md:10: snippets/ 里没有")
        )
    ]
    assert result.problems[1].endswith("你是不是想写 “foundations/a.py”？")
