"""标题、描述、结构化数据；站点地图、robots.txt、curriculum.json 与 llms.txt。"""

from pathlib import Path
from typing import Any

from guide import history, seo
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

state: dict[str, Any] = {"history": {}, "changed": {}}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    config.site_url = (config.site_url or "").rstrip("/") + "/"
    config.theme.static_templates -= {"sitemap.xml"}  # 站点地图由我们写：真实的日期，没有草稿
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    state["history"] = history.read(Path(config.docs_dir).parent)
    state["changed"] = {}
    return files


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    read: Site = config.extra["site"]
    found = read.pages.get(page.file.src_uri)
    facts = _facts(config)
    if found:
        expansion = read.expansions[found.src]
        files = [f"docs/{found.src}", *(f"snippets/{path}" for path in expansion.snippets)]
        dates = history.of_page(state["history"], files, found.meta.publishedAt, found.meta.updatedAt)
        made = seo.head(found, read.curriculum, facts, dates, expansion.quizzes, expansion.snippets)
        state["changed"][made.url] = dates.last if dates else ""
    else:
        name = f"{page.meta.get('title', page.title)} - {facts.name}"
        made = seo.plain(name, page.meta.get("description", facts.description), page.url, facts)
        state["changed"][made.url] = ""
    context["seo"] = made
    return context


def on_post_build(config: MkDocsConfig) -> None:
    read: Site = config.extra["site"]
    facts, target = _facts(config), Path(config.site_dir)
    written = {
        "sitemap.xml": seo.sitemap(sorted(state["changed"].items())),
        "robots.txt": seo.robots(facts),
        "curriculum.json": seo.curriculum_json(read.curriculum, facts),
        "llms.txt": seo.llms_txt(read.curriculum, facts),
    }
    for name, text in written.items():
        (target / name).write_text(text, encoding="utf-8")


def _facts(config: MkDocsConfig) -> seo.Site:
    return seo.Site(config.site_name, config.site_description or "", config.site_url or "/")
