"""一课的抬头、阶段的课表与首页的路线图：把课程交给模板。"""

from typing import Any

from guide.curriculum import Page as GuidePage
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    site: Site = config.extra["site"]
    found: GuidePage | None = site.pages.get(page.file.src_uri)
    if found:
        page.meta["title"] = page.title  # 主题不转义它；导航里的那份已经转义
    context["course"] = site.curriculum
    context["here"] = found
    context["kind"] = type(found.meta).__name__ if found else "Generated"
    return context
