"""公式在构建时变成 HTML，页面不必加载任何脚本。"""

from guide import rules
from guide.page import mathematics
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    site: Site = config.extra["site"]
    rendered, wrong = mathematics.render(html)
    source = site.pages.get(page.file.src_uri)
    for tex, reason in wrong:
        line = source.line_of(tex.split("\n")[0].strip()) if source else 1
        problem = rules.pictures.FORMULA.at(f"docs/{page.file.src_uri}", line, tex=tex, reason=reason)
        config.extra["problems"].append(problem)
    if mathematics.PRESENT in rendered:
        page.meta["mathematics"] = True
    return rendered
