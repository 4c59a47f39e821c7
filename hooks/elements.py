"""正文的元素：表格与方框，图片的宽高。"""

from pathlib import Path
from posixpath import join, normpath
from urllib.parse import unquote

from guide.page import elements, images
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    def read(address: str) -> bytes | None:
        file = Path(config.docs_dir, normpath(join(page.url, unquote(address))))
        return file.read_bytes() if file.is_file() else None

    return images.sized(elements.finished(html), read)
