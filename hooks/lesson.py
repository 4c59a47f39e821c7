"""一课的抬头、阶段的课表、首页的路线图与每一页的页尾：把课程与历史交给模板。"""

from typing import Any

from guide.course import repository
from guide.course.curriculum import Page as GuidePage
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    site: Site = config.extra["site"]
    found: GuidePage | None = site.pages.get(page.file.src_uri)
    if found:
        page.meta["title"] = page.title  # 主题不转义它；导航里的那份已经转义
        context["past"] = config.extra["past"].get(found.src)
        context["links"] = _links(found, site, config)
    context["course"] = site.curriculum
    context["here"] = found
    context["kind"] = type(found.meta).__name__ if found else "Generated"
    return context


def _links(page: GuidePage, site: Site, config: MkDocsConfig) -> list[tuple[str, str]]:
    """页尾的链接：（名字, 地址）；不知道仓库在哪里就没有。"""
    base = config.extra["repository"]
    if not base:
        return []
    where = config.extra["facts"].url(page.url)
    found = [
        ("编辑此页", repository.edit(base, f"docs/{page.src}")),
        ("反馈问题", repository.issue(base, "error", page=where)),
    ]
    if versions := site.library.versions(site.expansions[page.src].snippets):
        found.append(("代码跑不通", repository.issue(base, "code", page=where, versions=f"录制时：{versions}")))
    return found
