"""一页有多重：压缩后的 HTML、样式、脚本与字体；图与要时才下载的搜索不算。"""

import gzip
import re
from pathlib import Path
from urllib.parse import unquote, urljoin

from .conftest import BuiltSite

PLAIN, WITH_MATHEMATICS = 80 * 1024, 140 * 1024


def weight(site: BuiltSite, url: str) -> int:
    """一页自己的字节：HTML 与它链接的样式、脚本、图标。"""
    page = site.pages[url]
    files = {f"{url}index.html"}
    for tag in page.soup.select("link[rel=stylesheet], link[rel=icon], script[src]"):
        files.add(unquote(urljoin("/" + url, tag.get("href") or tag["src"])).lstrip("/"))
    return sum(len(gzip.compress((site.folder / file).read_bytes())) for file in files)


def fonts(site: BuiltSite) -> int:
    """公式最多用到的字体：正文、斜体、两种大号。"""
    names = ("Main-Regular", "Math-Italic", "Size1-Regular", "Size2-Regular")
    return sum((site.folder / f"assets/katex/fonts/KaTeX_{name}.woff2").stat().st_size for name in names)


def test_every_page_keeps_to_its_budget(site: BuiltSite) -> None:
    heavy = []
    for url, page in site.pages.items():
        mathematics = 'class="katex"' in page.text
        total = weight(site, url) + (fonts(site) if mathematics else 0)
        if total > (WITH_MATHEMATICS if mathematics else PLAIN):
            heavy.append(f"{url}: {total / 1024:.0f} KB")
    assert heavy == []


def test_what_a_page_does_not_use_it_does_not_load(site: BuiltSite) -> None:
    for url, page in site.pages.items():
        assert ("katex.min.css" in page.text) == ('class="katex"' in page.text), url
        assert ('/lesson.js"' in page.text) == bool(page.soup.select(".quiz, .lesson-done, [data-lesson]")), url
        assert len(page.soup.select("link[rel=stylesheet]")) <= 2, url


def test_the_theme_scripts_and_styles_are_not_published(site: BuiltSite) -> None:
    left = [path.name for path in (site.folder / "assets").rglob("*") if path.suffix == ".map" or "bundle" in path.name]
    assert left == []
    assert not (site.folder / "assets/stylesheets").exists()


def test_every_class_that_katex_needs_survived(site: BuiltSite) -> None:
    """公式的样式按用到的类裁过：上下标、根号、分式的位置靠它们。"""
    css = (site.folder / "assets/katex/katex.min.css").read_text(encoding="utf-8")
    formulas = (tag for page in site.pages.values() for tag in page.soup.select(".katex, .katex [class]"))
    used = {name for tag in formulas for name in tag["class"]}
    full = (Path(__file__).parents[2] / "docs/assets/katex/katex.min.css").read_text(encoding="utf-8")
    selectors = {one.strip() for prelude in re.findall(r"([^{}]+)\{", full) for one in prelude.split(",")}
    needed = [one for one in selectors if (names := re.findall(r"\.([\w-]+)", one)) and used.issuperset(names)]
    kept = {one.strip() for prelude in re.findall(r"([^{}]+)\{", css) for one in prelude.split(",")}
    assert [one for one in needed if one not in kept] == []
    assert len(needed) > 40
    assert len(used) > 30
