"""预览（serve）时，没有改的页面不再解析；`--dirty` 时也不再套模板、不再写。

`make serve` 带着 `--dirty`：MkDocs 自己的 `--dirty` 只看文件的时间，这里换成“它依赖的东西变了没有”。
"""

import logging
import os
import re
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from guide.site import Site
from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import clean_directory, meta
from problems import shown_on

log = get_plugin_logger("预览")
FILE_NAME = re.compile(r"[^\s/()<>\"'\[\]#?]+\.\w+")
MODULE = re.compile(r"^::: ([\w.-]+)", re.MULTILINE)


class Preview:
    """两次构建之间记住的东西。"""

    def __init__(self) -> None:
        self.serving = False
        self.code = newest_code()
        """钩子的代码最后一次改动的时间：进程里的还是旧的。"""
        self.writing = False
        """解析完了，正在写：这之前每一页都要解析（没有改的直接取回）。"""
        self.targets: dict[str, list[tuple[str, str]]] = {}
        """文件名 → 叫这个名字、链接能指向的文件。"""
        self.frame: object = None
        """每一页都依赖的东西：所有页面的 front matter 与模板。"""
        self.places: object = None
        """站点里有哪些文件。"""
        self.templates = FileSystemBytecodeCache()
        """编译好的模板；MkDocs 每次构建都换一个环境。"""
        self.parsed: dict[str, Parsed] = {}
        self.written: dict[str, object] = {}
        """站点里的文件 → 上一次写它时它依赖的东西。"""


def newest_code() -> float:
    """钩子与核心的代码最后一次改动的时间。"""
    return max(file.stat().st_mtime for file in Path(__file__).parent.rglob("*.py"))


class Parsed:
    """一页 Markdown 解析的结果，与它依赖的东西。"""

    def __init__(self, key: object, page: Page, anchors: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> None:
        self.key = key
        self.content, self.toc, self.title = page.content, page.toc, page._title_from_render
        self.present = page.present_anchor_ids
        self.links = {file.src_uri: found for file, found in (page.links_to_anchors or {}).items()}
        self.anchors = anchors
        """登记给 autorefs 的锚点：参数与选项。"""

    def restore(self, page: Page, files: Files, register: Callable[..., None]) -> None:
        """放回页面，就像刚解析过一样。"""
        page.content, page.toc, page._title_from_render = self.content, self.toc, self.title
        page.present_anchor_ids = self.present
        page.links_to_anchors = {files.src_uris[src]: found for src, found in self.links.items()}
        for arguments, options in self.anchors:
            register(page, *arguments, **options)


preview = Preview()


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    global preview
    preview = Preview()
    preview.serving = command == "serve"
    if dirty:  # MkDocs 警告说导航与链接会不准；这里都是准的
        logging.getLogger("mkdocs.commands.build").addFilter(lambda record: "'dirty' build" not in record.getMessage())


def on_files(files: Files, config: MkDocsConfig) -> Files:
    if preview.serving:
        if newest_code() > preview.code:
            log.warning("hooks/ 里的代码改了：重新运行 make serve 才生效")
        preview.writing = False
        preview.targets = defaultdict(list)
        for file in files:
            preview.targets[file.src_uri.rpartition("/")[2]].append((file.src_uri, str(file.inclusion)))
            file.is_modified = partial(_modified, file, config)  # type: ignore[method-assign]
    return files


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    if preview.serving:
        page.read_source = partial(_read_source, page)  # type: ignore[method-assign]
        page.render = partial(_render, page, page.render)  # type: ignore[method-assign]
    return page


def _read_source(page: Page, config: MkDocsConfig) -> None:
    page.markdown, known = _split(page.file.content_string)
    page.meta = dict(known)


@lru_cache(maxsize=4096)
def _split(source: str) -> tuple[str, dict[str, Any]]:
    return meta.get_data(source)


def _render(page: Page, parse: Callable[..., None], config: MkDocsConfig, files: Files) -> None:
    """没有改的页面取回上次解析的结果。"""
    assert page.markdown is not None
    autorefs: Any = config.plugins["autorefs"]
    register = autorefs.register_anchor
    targets = [preview.targets.get(name) for name in _file_names(page.markdown)]
    key = (page.markdown, targets, _modules(page.markdown, Path(config.docs_dir).parent))
    known = preview.parsed.get(page.file.src_uri)
    if known and known.key == key:
        return known.restore(page, files, register)
    anchors: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def note(page: Page, *arguments: Any, **options: Any) -> None:
        anchors.append((arguments, options))
        register(page, *arguments, **options)

    autorefs.register_anchor = note
    try:
        parse(config, files)
    finally:
        del autorefs.register_anchor
    preview.parsed[page.file.src_uri] = Parsed(key, page, anchors)


@lru_cache(maxsize=4096)
def _file_names(markdown: str) -> list[str]:
    """一页提到的文件名：链接的结果由这些文件在不在决定。"""
    return sorted(set(FILE_NAME.findall(unquote(markdown))))


def _modules(markdown: str, base: Path) -> list[tuple[str, int]]:
    """一页用 `:::` 引用的模块，与它们的源码改动的时间。"""
    found = []
    for name in {".".join(name.split(".")[:2]) for name in MODULE.findall(markdown)}:
        root = "hooks" if name.startswith("guide.") else "snippets"
        file = f"{base}/{root}/{name.replace('.', '/')}.py"
        if os.path.exists(file):
            found.append((name, os.stat(file).st_mtime_ns))
    return sorted(found)


@event_priority(-100)  # 所有文件都在了；mkdocstrings 到 on_env 才写它的样式，那时再清就删掉了
def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    if not preview.serving:
        return nav
    site: Site = config.extra["site"]
    places = ({file.dest_uri for file in files}, set(site.curriculum.pages), site.redirects)
    if places != preview.places:  # 有文件不在了：旧的不能留下
        clean_directory(config.site_dir)
        preview.written.clear()
    preview.places = places
    return nav


@event_priority(-100)  # 在 autorefs 填好交叉引用之后
def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    if not preview.serving:
        return env
    site: Site = config.extra["site"]
    env.bytecode_cache = preview.templates
    templates = sorted(Path(config.theme.custom_dir or "").rglob("*.html"))
    preview.frame = (
        [(src, repr(page.meta)) for src, page in site.pages.items()],
        [(path, path.stat().st_mtime_ns) for path in templates],
        Path(config.config_file_path).read_bytes() if config.config_file_path else b"",
    )
    preview.writing = True
    return env


def _modified(file: File, config: MkDocsConfig) -> bool:
    """要不要（重新）写这个文件；`--dirty` 时 MkDocs 会问。"""
    if not preview.writing:
        return True
    key = _page_key(file.page, config) if file.page else _static_key(file)
    if preview.written.get(file.dest_uri) == key:
        return False
    preview.written[file.dest_uri] = key
    return True


def _page_key(page: Page, config: MkDocsConfig) -> object:
    site: Site = config.extra["site"]
    src = page.file.src_uri
    problems = shown_on(src, config)
    return (
        preview.frame,
        page.content,
        repr(page.meta),
        site.expansions.get(src),
        config.extra["past"].get(src),
        problems,
    )


def _static_key(file: File) -> object:
    if file._content is not None:
        return file._content
    assert file.abs_src_path
    status = Path(file.abs_src_path).stat()
    return (file.abs_src_path, status.st_mtime_ns, status.st_size)


def on_build_error(error: Exception) -> None:
    preview.written.clear()  # 写到一半：下一次全部重写
