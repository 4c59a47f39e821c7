"""读所有页面与片段，检查，排好导航；别的钩子从 config.extra 取：site 站点，problems 问题，facts 事实，past 每一页的历史。"""

from html import escape
from pathlib import Path
from typing import Literal

from guide import conflicts, reading, rules, site
from guide.commands import linting
from guide.course import history
from guide.library import Library
from guide.publish import seo
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.utils import get_relative_url

state = {"serving": False}


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    state["serving"] = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """检查由这个钩子与 problems 一起做：少了一个，构建会不声不响地什么也不查。"""
    first = [Path(name).name for name in config.hooks][:2]
    if first != [Path(__file__).name, "problems.py"]:
        raise Abort("mkdocs.yml: hooks 的头两个要是 hooks/curriculum.py 与 hooks/problems.py，别的钩子用它们读好的东西")
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    base = Path(config.docs_dir).parent
    library = Library(base)
    config.extra["serving"] = state["serving"]
    config.extra["repository"] = (config.extra.get("repository") or "").rstrip("/")
    config.extra["site"] = read = site.read(
        {file.src_uri: _content(file) for file in files.documentation_pages()},
        library,
        drafts=state["serving"],
        repository=config.extra["repository"],
        relative=get_relative_url,
    )
    problems = {*read.problems, *linting.check_code(base), *linting.check_texts(base)}
    config.extra["problems"] = sorted(conflicts.instead(base, problems))
    config.extra["facts"] = _facts(config)
    config.extra["past"] = _past(base, read)
    _mark_drafts(files, config, read)
    config.nav = read.curriculum.navigation(escape)
    return files


def _content(file: File) -> bytes | OSError:
    return reading.content(Path(file.abs_src_path)) if file.abs_src_path else file.content_bytes


def _facts(config: MkDocsConfig) -> seo.Site:
    codes = {name: code for name, code in (config.extra.get("verification") or {}).items() if code}
    base = (config.site_url or "").rstrip("/") + "/"
    return seo.Site(config.site_name, config.site_description or "", base, codes)


def _past(base: Path, read: site.Site) -> dict[str, history.Past]:
    """每一页的历史：它自己的，与它嵌入的片段和练习的。"""
    known = history.read(base)
    found: dict[str, history.Past] = {}
    for src, page in read.pages.items():
        shown = read.expansions[src]
        files = [f"docs/{src}", *(f"snippets/{path}" for path in shown.snippets)]
        files += [f"snippets/{path}/{name}.py" for path in shown.exercises for name in ("task", "solution")]
        if past := history.of_page(known, files, page.meta.publishedAt, page.meta.updatedAt):
            found[src] = past
    return found


def _mark_drafts(files: Files, config: MkDocsConfig, read: site.Site) -> None:
    """草稿只在预览里出现，与别的页面一样；读不懂的页面换成一句话，别的页面照样预览。"""
    unbuildable = {problem.path for problem in read.problems if problem.rule is rules.front_matter.THEME}
    for file in list(files.documentation_pages()):
        page = read.pages.get(file.src_uri)
        if page is None or f"docs/{file.src_uri}" in unbuildable:
            notice = "---\ntitle: 这一页读不懂\n---\n# 这一页读不懂\n\n上面说了哪里不对；改好后会自动刷新。\n"
            files.remove(file)
            files.append(File.generated(config, file.src_uri, content=notice))
        elif not page.meta.published and not state["serving"]:
            file.inclusion = InclusionLevel.EXCLUDED
