"""网站测试共用：把真的网站构建一次，按页读好；有浏览器时再打开它。"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright
from site_browser import chromium

ROOT = Path(__file__).parents[2]
BASE = "https://llm-path.example/"


@dataclass
class BuiltPage:
    """构建好的一页；`url` 相对站点根。"""

    url: str
    text: str

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "lxml")

    @property
    def graph(self) -> list[dict[str, Any]]:
        """结构化数据；没有就是空的。"""
        script = self.soup.select_one("script[type='application/ld+json']")
        return json.loads(script.get_text())["@graph"] if script else []

    def meta(self, name: str) -> str:
        tag = self.soup.select_one(f"meta[name='{name}'], meta[property='{name}']")
        assert tag is not None, f"{self.url} 没有 {name}"
        return str(tag["content"])


@dataclass
class BuiltSite:
    """构建好的网站。"""

    folder: Path
    pages: dict[str, BuiltPage]
    """地址 → 页面，404 不在其中。"""

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> BuiltSite:
    """严格构建一次；有一处问题就失败。并行的几个进程共用一份（pytest-xdist 文档里的办法）。"""
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    folder = shared / "built-site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            build(folder)
    pages = {}
    for file in sorted(folder.rglob("index.html")):
        url = file.parent.relative_to(folder).as_posix() + "/"
        pages[url.removeprefix("./")] = BuiltPage(url.removeprefix("./"), file.read_text(encoding="utf-8"))
    return BuiltSite(folder, pages)


def build(folder: Path) -> None:
    """构建到一个还没有的文件夹；失败就不留下它。"""
    unfinished = folder.with_name("unfinished-site")
    environment = {key: value for key, value in os.environ.items() if key not in ("SITE_URL", "REPO_URL")}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "--site-dir", str(unfinished)]
    ran = subprocess.run(
        command, cwd=ROOT, env={**environment, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    unfinished.rename(folder)


class Quiet(SimpleHTTPRequestHandler):
    """发文件，不记日志；找不到就发站点自己的 404 页。"""

    def log_message(self, *_: Any) -> None:
        pass

    def send_error(self, code: int, *rest: Any, **named: Any) -> None:
        page = Path(self.directory) / "404.html"
        if code != 404:
            return super().send_error(code, *rest, **named)
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def address(site: BuiltSite) -> Iterator[str]:
    """在回环地址上发布构建好的网站，返回根地址。"""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site.folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """无界面的 Chromium。"""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield opened
        opened.close()
