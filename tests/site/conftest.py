"""网站测试共用：把真的网站构建一次，按页读好。"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

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
def site(tmp_path_factory: pytest.TempPathFactory) -> BuiltSite:
    """严格构建一次；有一处问题就失败。"""
    folder = tmp_path_factory.mktemp("site")
    environment = {key: value for key, value in os.environ.items() if key not in ("SITE_URL", "REPO_URL")}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "--site-dir", str(folder)]
    ran = subprocess.run(
        command, cwd=ROOT, env={**environment, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    pages = {}
    for file in sorted(folder.rglob("index.html")):
        url = file.parent.relative_to(folder).as_posix() + "/"
        pages[url.removeprefix("./")] = BuiltPage(url.removeprefix("./"), file.read_text(encoding="utf-8"))
    return BuiltSite(folder, pages)
