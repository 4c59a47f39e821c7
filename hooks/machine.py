"""给机器读的：站点地图、robots.txt、curriculum.json、llms*.txt、订阅源，与每一页的 Markdown 副本。"""

from pathlib import Path

from guide.course.frontmatter import LessonPage
from guide.course.history import Past
from guide.publish import machine, seo, twin
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

urls: dict[str, str] = {}
"""构建了的每一页：绝对地址 → 最后更新的日期，不知道就是空串。"""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    config.theme.static_templates -= {"sitemap.xml"}  # 站点地图由我们写：真实的日期，没有草稿
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    urls.clear()
    return files


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    past: Past | None = config.extra["past"].get(page.file.src_uri)
    urls[config.extra["facts"].url(page.url)] = past.last if past else ""
    return html


def on_post_build(config: MkDocsConfig) -> None:
    site: Site = config.extra["site"]
    facts: seo.Site = config.extra["facts"]
    course, past = site.curriculum, config.extra["past"]
    twins = {
        twin.address(page): twin.page(page, course, facts, site.expansions[page.src].plain) for page in course.path
    }
    entries = [machine.Entry(page, known) for page in course.path if (known := past.get(page.src))]
    lessons = [entry for entry in entries if isinstance(entry.page.meta, LessonPage)]
    written = {
        "sitemap.xml": machine.sitemap(sorted(urls.items())),
        "robots.txt": machine.robots(facts),
        "curriculum.json": machine.curriculum_json(course, facts),
        "llms.txt": machine.llms_txt(course, facts),
        "llms-full.txt": machine.llms_full_txt(twins.values()),
        "feed.xml": machine.atom(f"{facts.name}：更新", "feed.xml", entries, facts, lambda one: one.last),
        "lessons.xml": machine.atom(f"{facts.name}：新课", "lessons.xml", lessons, facts, lambda one: one.first),
        **twins,
    }
    for name, text in written.items():
        file = Path(config.site_dir, name)
        if not file.exists() or file.read_text(encoding="utf-8") != text:  # 预览时多半没有变，写比读慢
            file.write_text(text, encoding="utf-8")
