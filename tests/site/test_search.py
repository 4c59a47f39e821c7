"""搜索：六十个问题各在前三条找到答案；要搜时才下载；索引不到正文的五分之一；键盘可用。"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page
from site_browser import chromium

from .conftest import BuiltSite

needs_browser = pytest.mark.skipif(not chromium(), reason="没有 Chromium")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
QUERIES = yaml.safe_load((Path(__file__).parent / "queries.yml").read_text(encoding="utf-8"))
SEARCH = """async (queries) => {
  const { engine } = await import(new URL("assets/search/engine.js", location.href));
  const data = await (await fetch("search/index.json")).json();
  const { search } = engine(data);
  return queries.map((query) => search(query));
}"""


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        yield page


@needs_browser
def test_nine_in_ten_queries_are_answered_among_the_first_three(page: Page) -> None:
    assert len(QUERIES) == 60
    found = page.evaluate(SEARCH, [one["query"] for one in QUERIES])
    missed = [
        f"{one['query']} → {[page['url'] for page in pages[:3]]}"
        for one, pages in zip(QUERIES, found, strict=True)
        if not {page["url"] for page in pages[:3]} & set(one["pages"])
    ]
    assert len(missed) <= 6, "\n".join(missed)


def test_every_expected_page_exists(site: BuiltSite) -> None:
    assert {page for one in QUERIES for page in one["pages"]} <= set(site.pages)


@needs_browser
def test_results_say_where_they_are(page: Page) -> None:
    """课与阶段说出第几阶段；命中的一节有标题。"""
    (found,) = page.evaluate(SEARCH, ["奇异值分解"])
    assert found[0]["place"].startswith("第 1 阶段 · 课 1.")
    assert found[0]["sections"][0]["heading"]


def test_anchors_of_the_index_are_on_the_pages(site: BuiltSite) -> None:
    data = json.loads(site.read("search/index.json"))
    for page, anchor, heading, *_ in data["entries"]:
        url = data["pages"][page][0]
        assert not anchor or site.pages[url].soup.find(id=anchor), f"{url}#{anchor}（{heading}）"


def test_index_is_small(site: BuiltSite) -> None:
    """传输的索引不超过所收页面文字的五分之一。"""
    text = site.read("search/index.json")
    pages = [url for url, *_ in json.loads(text)["pages"]]
    # 另读一遍：别的测试会从共用的 soup 里拿走代码
    articles = [BeautifulSoup(site.pages[url].text, "lxml").article for url in pages]
    written = sum(len(article.get_text().encode()) for article in articles if article)
    assert len(gzip.compress(text.encode())) <= 0.2 * written


def test_generated_code_pages_are_left_out(site: BuiltSite) -> None:
    """代码页重复课里的代码，收进来只会挡住课。"""
    urls = {url for url, *_ in json.loads(site.read("search/index.json"))["pages"]}
    assert urls == {url for url in site.pages if not url.startswith("reference/code/")}


@needs_browser
def test_nothing_is_loaded_before_it_is_asked_for(browser: Browser, address: str) -> None:
    requested: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url))
        page.goto(address)
        assert not [url for url in requested if "search" in url]
        page.keyboard.press("/")
        page.locator("dialog.search").wait_for()
        page.keyboard.insert_text("注意力")
        page.wait_for_selector(".search-results a")
        assert any(url.endswith("search/index.json") for url in requested)


@needs_browser
def test_dialog_by_keyboard(page: Page) -> None:
    """按 / 打开，输入出结果，下箭头到第一条，回车打开，搜的词标了出来；Esc 关上。"""
    wrong: list[Any] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.keyboard.press("/")
    dialog = page.locator("dialog.search")
    dialog.wait_for()
    assert dialog.get_attribute("aria-label") == "搜索"
    page.keyboard.insert_text("LoRA微调")
    page.wait_for_selector(".search-results a")
    assert dialog.locator("[role=status]").inner_text().startswith("找到")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.locator("button.search-open").click()
    dialog.wait_for()
    page.keyboard.press("ArrowDown")
    first = dialog.locator("a").first
    assert first.evaluate("e => e === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?h=*")
    assert page.evaluate("CSS.highlights.get('found').size") > 3
    assert wrong == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_dialog_is_accessible(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    """手机上打开搜索框、有结果时：axe 没有话说，也不横着滚。"""
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(address)
        page.locator("button.search-open").click()
        page.locator("dialog.search").wait_for()
        page.keyboard.insert_text("注意力")
        page.wait_for_selector(".search-results a")
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document.querySelector('dialog'), {resultTypes: ['violations']})")["violations"]
        assert [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]] == []
        assert page.locator("dialog.search").evaluate("e => e.scrollWidth <= e.clientWidth")


@needs_browser
def test_no_result_and_hostile_input(page: Page) -> None:
    """找不到时说怎么办；像 HTML 的输入只是文字。"""
    page.keyboard.press("/")
    for text in ("龘龘龘", "<img src=x onerror=alert(1)>", "的", "(((", "a" * 5000):
        page.locator("dialog.search input").fill(text)
        page.locator(".search-status", has_text="找到").wait_for()
    assert page.locator("dialog.search img").count() == 0
