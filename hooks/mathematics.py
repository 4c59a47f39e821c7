"""公式在构建时变成 HTML，页面不必加载任何脚本。"""

from guide import mathematics
from guide.problem import Problem
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    site: Site = config.extra["site"]
    rendered, wrong = mathematics.render(html)
    source = site.pages.get(page.file.src_uri)
    for tex, reason in wrong:
        line = mathematics.line_of(tex, source.body, source.body_line) if source else 1
        config.extra["problems"].append(Problem(f"docs/{page.file.src_uri}", line, f"公式 “{tex}” 读不懂：{reason}"))
    if mathematics.PRESENT in rendered:
        page.meta["mathematics"] = True
    return rendered
