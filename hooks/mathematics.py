"""公式在构建时变成 HTML，页面不必加载任何脚本。"""

from guide import rules
from guide.page import formulas, mathematics
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    site: Site = config.extra["site"]
    rendered, wrong = mathematics.render(html)
    source = site.pages.get(page.file.src_uri)
    known = {one.message for one in config.extra["problems"]}
    for tex, reason in wrong:  # 页面里写的已经由核心报告，这里只剩别处来的：练习的题目、片段的说明
        line = source.line_of(tex.split("\n")[0].strip()) if source else 1
        problem = rules.pictures.FORMULA.at(
            f"docs/{page.file.src_uri}", line, tex=formulas.in_one_line(tex), reason=reason
        )
        if problem.message not in known:
            config.extra["problems"].append(problem)
    if mathematics.PRESENT in rendered:
        page.meta["mathematics"] = True
    return rendered
