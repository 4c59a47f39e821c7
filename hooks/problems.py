"""问题：构建时逐条报错并停下；预览时只是警告，也写在那一页的顶上与 problems/ 一页上。

别的钩子把问题放进 config.extra["problems"]：读页面时的在第一次报告，解析时才看得出的在构建完报告。
"""

import logging
from typing import Any
from urllib.parse import unquote

from guide import rules
from guide.problem import Problem, nearest
from guide.site import Site, concerning
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

log = get_plugin_logger("检查")
OVERVIEW = "problems.md"


def on_startup(command: str, dirty: bool) -> None:
    """终端里 MkDocs 按宽度折行，编辑器就只认得出一个问题的第一行：一个问题总写成一行。"""
    for handler in logging.getLogger("mkdocs").handlers:
        if wrapper := getattr(handler.formatter, "text_wrapper", None):
            wrapper.width = 0


def on_files(files: Files, config: MkDocsConfig) -> Files:
    if "problems" not in config.extra:
        raise Abort("mkdocs.yml: hooks 的第一个要是 hooks/curriculum.py：问题由它读出来")
    config.extra["reported"] = 0
    report(config)
    if config.extra["serving"]:
        files.append(File.generated(config, OVERVIEW, content="---\ntitle: 检查出的问题\n---\n"))
    return files


def report(config: MkDocsConfig) -> None:
    """报告还没有报告的问题；构建时有问题就停下。"""
    problems: list[Problem] = sorted(config.extra["problems"][config.extra["reported"] :])
    config.extra["reported"] += len(problems)
    for problem in problems:
        (log.warning if config.extra["serving"] else log.error)(problem.named)
    if problems and not config.extra["serving"]:
        raise Abort(f"{len(problems)} 个问题，没有构建")


@event_priority(-50)
def on_env(env: Any, config: MkDocsConfig, files: Files) -> Any:
    """链接里的锚点，所有页面都解析了才知道有没有。"""
    site: Site = config.extra["site"]
    for src, page in site.pages.items():
        here = files.get_file_from_path(src)
        links = (here.page.links_to_anchors if here and here.page else None) or {}
        for other, anchors in links.items():
            if other.abs_src_path and other.src_uri not in site.pages:
                continue  # 那一页自己就读不懂，已经报告
            present = other.page.present_anchor_ids if other.page else None
            for anchor, link in anchors.items():
                footnote = anchor.startswith(("fn:", "fnref:"))  # 脚注扩展写的，不是作者写的
                if present is not None and not {anchor, unquote(anchor)} & set(present) and not footnote:
                    like = nearest(f"#{anchor}", (f"#{one}" for one in present))
                    found = rules.body.ANCHOR_MISSING.at(
                        f"docs/{src}", page.line_of(f"]({link}"), link=link, nearest=like
                    )
                    config.extra["problems"].append(found)
    return env


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, Any]:
    if config.extra["serving"]:
        src = page.file.src_uri
        context["problems"] = sorted(shown_on(src, config))
        context["overview"] = src == OVERVIEW
    return context


def shown_on(src: str, config: MkDocsConfig) -> list[Problem]:
    """一页顶上要写的问题；总览与首页写全部。"""
    every: list[Problem] = config.extra["problems"]
    return every if src in (OVERVIEW, "index.md") else concerning(every, src, config.extra["site"])


def on_post_build(config: MkDocsConfig) -> None:
    report(config)
    if every := config.extra["problems"]:
        log.info(f"{len(every)} 个问题，也写在 {config.site_url}problems/")
