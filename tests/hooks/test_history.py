"""页面知道自己的历史：完整的克隆、浅克隆、没有 git 的 zip；编辑与反馈的入口。"""

import datetime
import json
import os
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from guide.course import history
from lxml import etree
from small_site import SmallSite

LESSON = "foundations/a/index.html"
ADA, BO = "阿达 <ada@example.org>", "Bo <bo@old.example>"
MAILMAP = "薄荷 <bo@example.org> <bo@old.example>\n"
ROBOT = "renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>"
REPOSITORY = "https://git.example/llm"


def git(base: Path, *arguments: str, **environment: str) -> None:
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        ["git", *arguments], cwd=base, env={**os.environ, **alone, **environment}, check=True, capture_output=True
    )


def commit(base: Path, who: str, day: str, message: str = "改") -> None:
    """把现在的样子提交成 `who` 在 `day` 做的。"""
    name, _, mail = who.rstrip(">").rpartition(" <")
    values = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", name), ("EMAIL", mail), ("DATE", f"{day}T12:00:00+0800"))
    }
    git(base, "add", "--all")
    git(base, "commit", "--message", message, **values)


@pytest.fixture
def repository(small_site: SmallSite) -> SmallSite:
    """一个有历史的小站点：课先叫 old.md，改过名；最后一次改的是它的片段。"""
    base = small_site.base
    git(base, "init", "--initial-branch=main")
    lesson = base / "docs/foundations/a.md"
    lesson.rename(base / "docs/foundations/old.md")
    small_site.write(".gitignore", "site/\n.cache/\n")
    small_site.write(".mailmap", MAILMAP)
    commit(base, ADA, "2026-01-02")
    (base / "docs/foundations/old.md").rename(lesson)
    commit(base, ADA, "2026-02-03", f"改名\n\nCo-authored-by: {BO}\nCo-authored-by: 写错了\n")
    small_site.write("docs/foundations/a.md", lesson.read_text(encoding="utf-8") + "\n完。\n")
    commit(base, ROBOT, "2026-03-04", "改\n\nCo-authored-by: Helper <noreply@example.com>\n")
    task = "snippets/foundations/exercises/a_sum/task.py"
    small_site.write(task, (base / task).read_text(encoding="utf-8") + "\n")
    commit(base, BO, "2026-04-05")
    return small_site


def build(site: SmallSite, path: str = LESSON) -> BeautifulSoup:
    built = site.build("-q")
    assert (built.code, built.problems) == (0, []), built.output
    return BeautifulSoup(site.html(path), "lxml")


def footer(page: BeautifulSoup) -> str:
    found = page.select_one(".page-footer")
    return " ".join(found.get_text().split()) if found else ""


def graph(page: BeautifulSoup) -> dict[str, object]:
    return json.loads(page.select_one("script[type='application/ld+json']").get_text())["@graph"][0]


def test_a_full_clone_knows_dates_and_people(repository: SmallSite, tmp_path_factory: pytest.TempPathFactory) -> None:
    clone = SmallSite.__new__(SmallSite)
    clone.base = tmp_path_factory.mktemp("full") / "site"
    git(repository.base, "clone", f"file://{repository.base}", str(clone.base))
    page = build(clone)
    assert footer(page) == "最后更新 2026-04-05 贡献者 阿达、薄荷"
    assert page.select_one(".page-footer time")["datetime"] == "2026-04-05"
    found = graph(page)
    assert (found["datePublished"], found["dateModified"]) == ("2026-01-02", "2026-04-05")
    assert found["contributor"] == [{"@type": "Person", "name": "阿达"}, {"@type": "Person", "name": "薄荷"}]
    assert footer(BeautifulSoup(clone.html("index.html"), "lxml")) == "最后更新 2026-01-02 贡献者 阿达"
    assert not any(mail in page.text for mail in ("ada@example.org", "bo@"))


@pytest.mark.parametrize("kind", ["shallow", "zip", "no git command"])
def test_without_a_history_the_page_says_nothing_false(
    repository: SmallSite, kind: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = SmallSite.__new__(SmallSite)
    site.base = tmp_path_factory.mktemp("none") / "site"
    depth = ["--depth=1"] if kind == "shallow" else []
    git(repository.base, "clone", *depth, f"file://{repository.base}", str(site.base))
    if kind == "zip":
        (site.base / ".git").rename(site.base / "git.gone")
    if kind == "no git command":
        monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))
    site.page("about.md", "title: 关于\nupdatedAt: 2026-05-06")
    page = build(site)
    assert footer(page) == ""
    assert not {"datePublished", "dateModified", "contributor"} & set(graph(page))
    assert page.select_one("meta[property='article:modified_time']") is None
    assert footer(BeautifulSoup(site.html("about/index.html"), "lxml")) == "最后更新 2026-05-06"
    assert site.html("sitemap.xml").count("<lastmod>") == 1
    feed = etree.fromstring(site.html("feed.xml").encode())
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1


def test_links_lead_to_this_page_in_the_repository(small_site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPO_URL", REPOSITORY + "/")
    monkeypatch.setenv("SITE_URL", "https://docs.example/")
    page = build(small_site)
    links = {link.get_text(): link for link in page.select(".page-footer a")}
    assert list(links) == ["编辑此页", "反馈问题", "代码跑不通"]
    assert all("noopener" in link["rel"] for link in links.values())
    assert links["编辑此页"]["href"] == f"{REPOSITORY}/edit/main/docs/foundations/a.md"
    asked = {name: parse_qs(urlsplit(link["href"]).query) for name, link in links.items()}
    address = "https://docs.example/foundations/a/"
    assert asked["反馈问题"] == {"template": ["error.yml"], "page": [address]}
    versions = asked["代码跑不通"].pop("versions")
    assert versions[0].startswith("录制时：Python 3.")
    assert asked["代码跑不通"] == {"template": ["code.yml"], "page": [address]}
    home = BeautifulSoup(small_site.html("index.html"), "lxml")
    assert [link.get_text() for link in home.select(".page-footer a")] == ["编辑此页", "反馈问题"]
    code = BeautifulSoup(small_site.html("reference/code/foundations/a/index.html"), "lxml")
    assert code.select_one(".page-footer") is None


def test_without_a_repository_there_are_no_links(small_site: SmallSite) -> None:
    assert build(small_site).select(".page-footer a") == []


def entry(day: str, people: str, *changes: str, name: str = "") -> str:
    """git log 里的一次提交；`people` 是作者，分号后面是合写的人。"""
    author, _, together = people.partition(";")
    return f"\x1e{name or day}\x1f{day}\x1f{author}\x1f{together}\n\n" + "".join(f"{one}\n" for one in changes)


def test_a_page_is_first_its_own_and_last_any_of_its_files() -> None:
    log = entry("2026-03-01", ADA, "M\ta") + entry("2026-02-01", f"{BO};{ADA}", "A\ta", "A\tb")
    found = history.parse(log)
    assert history.of_page(found, ["b", "a"]) == history.Past("2026-02-01", "2026-03-01", ("阿达", "Bo"))
    day = datetime.date(2026, 5, 1)
    assert history.of_page(found, ["a"], None, day) == history.Past("2026-02-01", "2026-05-01", ("阿达", "Bo"))
    assert history.of_page(found, ["c"], day) == history.Past("2026-05-01", "2026-05-01")
    assert history.of_page({}, ["a"]) is None


def test_renames_are_followed_and_the_old_name_can_be_used_again() -> None:
    log = (
        entry("5", ADA, "A\ta")
        + entry("4", ADA, "R090\tb\tc")
        + entry("3", ADA, "R100\ta\tb")
        + entry("2", ADA, "A\ta")
    )
    assert {path: [one.day for one in commits] for path, commits in history.parse(log).items()} == {
        "a": ["5"],
        "c": ["4", "3", "2"],
    }


@pytest.mark.parametrize(
    ("who", "people"),
    [
        ("某人 <1+some@users.noreply.github.com>", ("某人",)),
        ("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", ()),
        ("GitHub <noreply@github.com>", ()),
        ("没有邮箱 <>", ("没有邮箱",)),
        ("没有括号", ()),
    ],
)
def test_people_are_named_and_robots_are_not(who: str, people: tuple[str, ...]) -> None:
    (commit,) = history.parse(entry("1", who, "A\ta"))["a"]
    assert commit.people == people
