"""公式在构建时变成 HTML，页面不必加载任何脚本。"""

from guide import mathematics, rules
from guide.problem import Problem
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

log = get_plugin_logger("公式")
problems: list[Problem] = []


def on_files(files: Files, config: MkDocsConfig) -> Files:
    problems.clear()
    return files


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    site: Site = config.extra["site"]
    rendered, wrong = mathematics.render(html)
    source = site.pages.get(page.file.src_uri)
    for tex, reason in wrong:
        line = mathematics.line_of(tex, source.body, source.body_line) if source else 1
        problems.append(rules.pictures.FORMULA.at(f"docs/{page.file.src_uri}", line, tex=tex, reason=reason))
    if mathematics.PRESENT in rendered:
        page.meta["mathematics"] = True
    return rendered


def on_post_build(config: MkDocsConfig) -> None:
    for problem in sorted(problems):
        (log.warning if config.extra["serving"] else log.error)(str(problem))
    if problems and not config.extra["serving"]:
        raise Abort(f"{len(problems)} 个公式读不懂")
