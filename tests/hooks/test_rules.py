"""规则：每一条都有坏例子触发它，没有它造不出问题，说明页与搜索里都找得到。"""

import json
import re
import shutil
from pathlib import Path
from string import Formatter

import pytest
import yaml
from bs4 import BeautifulSoup
from guide import rules
from guide.commands.linting import check_project, check_source, ruff_problems
from guide.course import frontmatter
from guide.page import diagram, mathematics
from guide.page.fences import scan
from guide.problem import RULES, Problem, Rule
from guide.words import prose
from small_site import SmallSite

BASE = Path(__file__).parent / "base"
CASES = Path(__file__).parent / "cases"
BUILT = {"anchor-missing", "ruff-settings", "symlink-outside", "unreadable"}
"""构建时才看得出，或者要链接、要 ruff 才造得出：test_adapters 与 cases 里有它的例子。"""
OPTIONAL = {"fix", "hint", "kind", "known", "meaning", "nearest", "place", "where"}
"""消息里可有可无的一段，样子里不写。"""


def test_every_rule_is_broken_by_an_example(tmp_path: Path) -> None:
    broken: set[str] = set()
    for case in CASES.iterdir():
        shutil.copytree(BASE, tmp_path / case.name)
        site = SmallSite(tmp_path / case.name)
        site.spoil(case)
        broken |= {problem.rule.code for problem in check_project(site.base, ruff=False)}
    unused = SmallSite(tmp_path / "ruff")
    unused.write("pyproject.toml", "")
    unused.write("snippets/foundations/a.py", "import os\n")
    broken |= {problem.rule.code for problem in ruff_problems(unused.base)}
    assert broken == set(RULES) - BUILT


def test_a_problem_needs_a_rule_and_all_its_values() -> None:
    with pytest.raises(TypeError):
        Problem("a.md", 1, "没有规则")
    for values in ({}, {"indent": 2, "more": 1}):
        with pytest.raises(AssertionError, match="fence-indent"):
            rules.fences.INDENT.at("a.md", 1, **values)
    with pytest.raises(AssertionError, match="写了两次"):
        Rule("围栏", "fence-indent", "", "", "")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_is_told_whole(rule: Rule) -> None:
    assert rule.group in rules.GROUPS
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.code)
    assert rule.why.endswith("。")
    assert rule.mend.endswith(("。", "：")), rule.mend
    assert rule.example or rule.mend.endswith("。"), "“：”后面没有例子"
    bare = {name for _, name, place, _ in Formatter().parse(rule.message) if name and not place}
    assert bare <= OPTIONAL, "消息里每次不同的部分要有占位：{名字:占位}"


def flaws(rule: Rule) -> object:
    """改好的例子自己有什么毛病；没有就是空的。"""
    if rule.group in (rules.code.GROUP, rules.snippets.GROUP, rules.exercises.GROUP):
        return check_source("snippets/foundations/a.py", rule.example, exercise=rule.group == rules.exercises.GROUP)
    if rule.group == rules.prose.GROUP:
        return prose.check(rule.example, "a.md")
    if rule.example.startswith("---"):
        return frontmatter.split("docs/a.md", f"{rule.example}\n".encode())[1]
    if rule is rules.values.LENGTH:
        return not 40 <= len(yaml.safe_load(rule.example)["seoDescription"]) <= 120
    if rule is rules.pictures.FORMULA:
        return not mathematics.one(rule.example.strip("$"), False)
    if rule is rules.pictures.DIAGRAM:
        return not diagram.render(scan(rule.example)[0].content)
    if found := scan(rule.example):
        return not all(fence.closed and not fence.on_bullet and fence.indent % 4 == 0 for fence in found)
    return not isinstance(yaml.safe_load(rule.example), dict | list)


NOT_READ = {
    "anchor-missing",
    "unreadable",
    "file-gone",
    "exercise-file-missing",
    "not-utf8",
    "toml-syntax",
    "absolute-link",
    "missing-page",
    "heading-one",
    "missing-image",
    "admonition",
    "link-form",
    "blank-before",
    "display-alone",
    "stars",
    "unknown-tag",
    "dollar",
    "empty-box",
    "footnote-missing",
    "link-mark",
    "mark-space",
    "reference-missing",
    "remote-image",
    "table-rule",
}
"""例子是命令、文件名、TOML 或一句 Markdown。"""
EXAMPLES = [rule for rule in RULES.values() if rule.example and rule.code not in NOT_READ]


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.code)
def test_the_mended_example_is_sound(rule: Rule) -> None:
    assert not flaws(rule)


def test_the_page_of_messages(small_site: SmallSite) -> None:
    small_site.page("contributing/front-matter.md", "title: front matter 的键", "## 一课\n\n正文。\n")
    small_site.page("contributing/messages.md", "title: 检查的每一条", "```rules\n```\n")
    built = small_site.build()
    assert built.code == 0, built.output
    page = BeautifulSoup(small_site.html("contributing/messages/index.html"), "lxml")
    assert sorted(heading["id"] for heading in page.select("article h3")) == sorted(RULES)
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    toc = page.select_one("nav[aria-label=目录]")
    assert toc
    assert [link.get_text(strip=True) for link in toc.select(".md-nav__link[href]")] == list(rules.GROUPS)
    text = re.sub(r"\s+", " ", page.article.get_text())
    twin = small_site.html("contributing/messages/index.md")
    found = {entry[1] for entry in json.loads(small_site.html("search/index.json"))["entries"]}
    for rule in RULES.values():
        assert rule.sample in text
        assert f"\n### {rule.code}\n\n> {rule.sample}\n" in twin
        assert rule.code in found
