"""预览（serve）时，文件改了由系统通知；MkDocs 自己每半秒看一遍全部文件。"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import get_plugin_logger
from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

log = get_plugin_logger("预览")
CHANGES: list[type[FileSystemEvent]] = [FileCreatedEvent, FileModifiedEvent, FileMovedEvent, FileDeletedEvent]
"""只是打开或读过文件不算改动。"""
UNWATCHED = re.compile(r"(^|/)(__pycache__|\.[^/]+\.sw\w|4913|[^/]*~|\.#[^/]*)(/|$)")
"""Python 的缓存与编辑器的临时文件。"""


def on_serve(server: LiveReloadServer, config: MkDocsConfig, builder: Callable[..., None]) -> LiveReloadServer:
    """换上系统的通知；系统不肯（监视的文件太多）就照旧。"""
    try:
        probe = Observer()
        probe.schedule(FileSystemEventHandler(), config.docs_dir, recursive=True)
        probe.start()
        probe.stop()
    except OSError as error:
        log.info(f"系统不能通知文件的改动（{error}），改为每半秒看一遍")
        return server
    paths = list(server._watched_paths)
    for path in paths:
        server.unwatch(path)
    server.observer = _native()
    server.build_delay = 0.05
    for path in paths:
        server.watch(path)
    return server


def _native() -> Any:
    """系统通知的监视器；只报告真的改动。"""
    observer = Observer()
    schedule = observer.schedule

    def watch(handler: FileSystemEventHandler, path: str, *, recursive: bool = False) -> Any:
        if Path(path).is_file():  # 编辑器常常写一个新文件换掉旧的：看它所在的文件夹
            return schedule(_Changes(handler, path), str(Path(path).parent), event_filter=CHANGES)
        return schedule(_Changes(handler), path, recursive=recursive, event_filter=CHANGES)

    observer.schedule = watch  # type: ignore[method-assign, assignment]
    return observer


class _Changes(FileSystemEventHandler):
    """转告改动；临时文件不算，只看一个文件时别的也不算。"""

    def __init__(self, handler: FileSystemEventHandler, only: str = "") -> None:
        self.handler, self.only = handler, only

    def dispatch(self, event: FileSystemEvent) -> None:
        paths = [str(path) for path in (event.src_path, event.dest_path) if path and not UNWATCHED.search(str(path))]
        if any(not self.only or path == self.only for path in paths):
            self.handler.dispatch(event)
