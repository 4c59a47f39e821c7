"""搜索：每一页构建好之后收下正文，最后写成 search/index.json，浏览器要搜时才下载。"""

from pathlib import Path

from guide import search
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

GLOSSARY = "reference/glossary/"
content: dict[str, str] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    content.clear()
    return files


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    site: Site = config.extra["site"]
    found = site.curriculum.pages.get(page.file.src_uri)
    if found and not found.meta.search.get("exclude"):
        content[page.file.src_uri] = html
    return html


def on_post_build(config: MkDocsConfig) -> None:
    site: Site = config.extra["site"]
    target = Path(config.site_dir, "search", "index.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(search.index(site.curriculum, content, site.terms, GLOSSARY), encoding="utf-8")
