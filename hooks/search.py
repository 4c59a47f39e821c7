"""搜索：每一页构建好之后收下正文，最后写成 search/index.json，浏览器要搜时才下载；预览时在后台写，不让人等。"""

from pathlib import Path
from threading import Thread

from guide import search
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

GLOSSARY = "reference/glossary/"
content: dict[str, str] = {}
writers: list[Thread] = []


def on_pre_build(config: MkDocsConfig) -> None:
    while writers:  # 上一次的还没有写完
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
        writers.append(Thread(target=write, args=(config.extra["site"], target)))
        writers[-1].start()
    else:
        write(config.extra["site"], target)


def write(site: Site, target: Path) -> None:
    """写下索引。"""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(search.index(site.curriculum, content, site.terms, GLOSSARY), encoding="utf-8")
