"""预览（serve）时，端口先看一眼有没有人用；文件改了由系统通知，MkDocs 自己每半秒看一遍全部文件。"""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
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


unseen = {"port": False}
"""端口还没有看过；看过之后，占着它的就是这个预览。"""


def on_startup(command: str, dirty: bool) -> None:
    unseen["port"] = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """MkDocs 构建完才去占端口，那时才说已经白等了半分钟。"""
    if unseen["port"]:
        unseen["port"] = False
        host, port = config.dev_addr
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise Abort(
                    f"{host}:{port} 用不了（{error.strerror}）：多半是上一次的预览还开着，关掉它，"
                    f"或者换一个端口：make serve PORT={port + 1}"
                ) from error
    return config


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
