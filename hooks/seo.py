"""一页的 `<head>`：标题、描述、分享卡片与结构化数据。"""

from typing import Any

from guide.commands import schema
from guide.publish import seo
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    site: Site = config.extra["site"]
    facts: seo.Site = config.extra["facts"]
    found = site.pages.get(page.file.src_uri)
    if found:
        expansion, past = site.expansions[found.src], config.extra["past"].get(found.src)
        graph = schema.about(found, site.curriculum, facts, past, expansion.quizzes, expansion.snippets)
        card = config.extra["cards"].get(found.src)
        context["seo"] = seo.head(found, site.curriculum, facts, past, graph, card)
    else:
        name = f"{page.meta.get('title', page.title)} - {facts.name}"
        context["seo"] = seo.plain(name, page.meta.get("description", facts.description), page.url, facts)
    return context
