"""搜索：每一页构建好之后收下正文，最后写成 search/index.json，浏览器要搜时才下载；预览时等浏览器刷新完了再写，不让人等。"""

from pathlib import Path
from threading import Timer

from guide import search
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

GLOSSARY = "reference/glossary/"
content: dict[str, str] = {}
PAUSE = 1.5
"""预览时过几秒再写：切词占着处理器，浏览器要的文件就都慢了。"""
writers: list[Timer] = []


def on_pre_build(config: MkDocsConfig) -> None:
    while writers:  # 上一次的还没有写：不必写了；正在写：等它写完
        writers[-1].cancel()
        writers.pop().join()
    content.clear()


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    site: Site = config.extra["site"]
    found = site.curriculum.pages.get(page.file.src_uri)
    if found and not found.meta.search.get("exclude"):
        content[page.file.src_uri] = html
    return html


def on_post_build(config: MkDocsConfig) -> None:
    target = Path(config.site_dir, "search", "index.json")
    if config.extra["serving"]:
        writers.append(Timer(PAUSE, write, (config.extra["site"], target)))
        writers[-1].daemon = True
        writers[-1].start()
    else:
        write(config.extra["site"], target)


def write(site: Site, target: Path) -> None:
    """写下索引。"""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(search.index(site.curriculum, content, site.terms, GLOSSARY), encoding="utf-8")
