"""搜索：每一页构建好之后收下正文，最后写成 search/index.json，浏览器要搜时才下载；预览时等浏览器刷新完了再写，不让人等。"""

from pathlib import Path
from threading import Lock, Timer

from guide.publish import search
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

GLOSSARY = "reference/glossary/"
content: dict[str, str] = {}
PAUSE = 1.5
"""预览时过几秒再写：切词占着处理器，浏览器要的文件就都慢了。"""
waiting: Timer | None = None
writing = Lock()
"""先开始的先写完，新的索引总在旧的后面。"""


def on_pre_build(config: MkDocsConfig) -> None:
    if waiting:
        waiting.cancel()  # 上一次的还没有写，就不必写了
    content.clear()


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    site: Site = config.extra["site"]
    found = site.curriculum.pages.get(page.file.src_uri)
    if found and not found.meta.search.exclude:
        content[page.file.src_uri] = html
    return html


def on_post_build(config: MkDocsConfig) -> None:
    global waiting
    arguments = (config.extra["site"], dict(content), Path(config.site_dir, "search", "index.json"))
    if not config.extra["serving"]:
        return write(*arguments)
    waiting = Timer(PAUSE, write, arguments)
    waiting.daemon = True
    waiting.start()


def write(site: Site, pages: dict[str, str], target: Path) -> None:
    """写下索引。"""
    with writing:
        text = search.index(site.curriculum, pages, site.terms, GLOSSARY)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
