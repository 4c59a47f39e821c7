"""预览：服务器开着，改、加、改名、删页面与片段，每一步端出来的都与从头构建的逐字节相同。"""

import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_site import SmallSite

BASE = Path(__file__).parent / "base"
PATIENCE = 120
"""等服务器重建的秒数；等不到才算失败。"""
RELOAD = re.compile(rb"<script>\s*var livereload.*?</script>", re.DOTALL)
FRESH = """
import sys
from mkdocs.commands.build import build
from mkdocs.config import load_config
config = load_config(site_dir=sys.argv[1], site_url=sys.argv[2])
config.plugins.on_startup(command="serve", dirty=False)
build(config, serve_url=sys.argv[2])
"""


class Server:
    """开着的预览。"""

    def __init__(self, site: SmallSite, *options: str) -> None:
        self.site = site
        self.seen: set[str] = set()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        command = [sys.executable, "-u", "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}", *options]
        self.process = subprocess.Popen(
            command, cwd=site.base, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        started = threading.Event()

        def read() -> None:
            assert self.process.stdout
            for line in self.process.stdout:
                self.lines.append(line)
                if "Serving on" in line:
                    started.set()

        self.reader = threading.Thread(target=read)
        self.reader.start()
        assert started.wait(PATIENCE), self.lines
        self.url = re.search(r"Serving on (\S+)", "".join(self.lines))[1]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        assert self.process.stdout
        self.process.stdout.close()

    def get(self, path: str) -> bytes:
        """端出来的一个文件，去掉热刷新的脚本；没有是空的。"""
        try:
            with urllib.request.urlopen(self.url + urllib.request.quote(path), timeout=PATIENCE) as answer:
                return RELOAD.sub(b"", answer.read())
        except urllib.error.HTTPError:
            return b""

    def differences(self) -> list[str]:
        """端出来的与从头构建的哪里不同。"""
        folder = self.site.base / "fresh"
        ran = subprocess.run(
            [sys.executable, "-c", FRESH, str(folder), self.url], cwd=self.site.base, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        fresh = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        gone = {path for path in self.seen if path not in fresh}
        self.seen |= set(fresh)
        end = time.monotonic() + PATIENCE
        while True:
            found = [path for path, content in fresh.items() if self.get(path) != content]
            found += [f"{path} 应当不在了" for path in gone if self.get(path)]
            if not found or time.monotonic() > end:
                return sorted(found)
            time.sleep(0.2)


@pytest.fixture
def site(small_site: SmallSite) -> SmallSite:
    """一个小站点：两个阶段三课，术语、搬家、第三方代码说明都有。"""
    small_site.write("terms.yml", "- {term: 词元, english: token, definition: 一小段文字, stage: 1}\n")
    small_site.write("redirects.yml", "")
    small_site.page("reference/glossary.md", "title: 术语表", "```glossary\n```\n")
    small_site.stage(2)
    small_site.lesson("deep-learning-nlp/later.md", 2, 1, "见 [求和](../foundations/a.md)。\n", requires="[a]")
    settings = (small_site.base / "mkdocs.yml").read_text(encoding="utf-8")
    small_site.write("mkdocs.yml", f"{settings}\nwatch: [snippets, terms.yml, redirects.yml]\n")
    return small_site


@pytest.fixture(params=[["--dirty"], []], ids=["make serve", "mkdocs serve"])
def server(site: SmallSite, request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(site, *request.param)
    yield server
    server.stop()


def test_a_port_in_use_is_said_before_anything_is_built(small_site: SmallSite) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = small_site.mkdocs("serve", "--dev-addr", f"127.0.0.1:{port}")
    assert result.code != 0
    assert f"make serve PORT={port + 1}" in result.output
    assert "Traceback" not in result.output
    assert "Documentation built" not in result.output


def test_the_style_of_mkdocstrings_stays(site: SmallSite, server: Server) -> None:
    """开头的清理不能删掉它；改动之后没有 `:::` 的页面要解析，它也还在。"""
    assert server.differences() == []
    assert server.get("assets/_mkdocstrings.css")
    replace(site, "docs/index.md", "欢迎", "欢迎你")
    assert server.differences() == []
    assert server.get("assets/_mkdocstrings.css")


def replace(site: SmallSite, path: str, old: str, new: str) -> None:
    """改一个文件里的一处。"""
    text = (site.base / path).read_text(encoding="utf-8")
    assert old in text
    site.write(path, text.replace(old, new))


def rename(site: SmallSite) -> None:
    """一课连同片段改名。"""
    (site.base / "docs/foundations/a.md").rename(site.base / "docs/foundations/sum.md")
    replace(site, "docs/foundations/index.md", "a.md", "sum.md")
    replace(site, "docs/deep-learning-nlp/later.md", "foundations/a.md", "foundations/sum.md")
    replace(site, "docs/deep-learning-nlp/later.md", "[a]", "[sum]")
    site.write("redirects.yml", "foundations/a.md: foundations/sum.md\n")


NEW = "```snippet\nfile: deep-learning-nlp/new.py\n```\n"
A, SNIPPET = "docs/foundations/a.md", "snippets/foundations/a.py"
SOURCE = '"""新的。\n\n演示。\n"""\n\n# %% 第一步\nprint(1)\n'
STEPS: dict[str, list[Callable[[SmallSite], object]]] = {
    "改正文、片段与练习": [
        lambda site: replace(site, A, "先看代码", "先看新的代码 $x^2$"),
        lambda site: replace(site, SNIPPET, "value + 1", "value + 2"),
        lambda site: replace(site, "snippets/foundations/exercises/a_sum/task.py", '"""', '"""改过的'),
    ],
    "标题与次序": [
        lambda site: replace(site, A, "title: 求和", "title: 连加"),
        lambda site: replace(site, A, "order: 1", "order: 3"),
    ],
    "片段写到一半，另一页的 front matter 写错": [
        lambda site: replace(site, SNIPPET, "value + 2", "value + ("),
        lambda site: replace(site, "docs/deep-learning-nlp/later.md", "minutes: 30", "minuts: 30"),
    ],
    "都改好": [
        lambda site: replace(site, SNIPPET, "value + (", "value + 1"),
        lambda site: replace(site, "docs/deep-learning-nlp/later.md", "minuts: 30", "minutes: 40"),
    ],
    "模板与图标都没有": [
        lambda site: replace(
            site, "docs/deep-learning-nlp/later.md", "order: 1", "order: 1\ntemplate: no.html\nicon: no"
        ),
    ],
    "又有了": [
        lambda site: replace(site, "docs/deep-learning-nlp/later.md", "\ntemplate: no.html\nicon: no", ""),
    ],
    "加一课与片段；改术语；CRLF 与 BOM": [
        lambda site: site.snippet("deep-learning-nlp/new.py", SOURCE, record=False),
        lambda site: site.lesson("deep-learning-nlp/new.md", 2, 2, NEW, requires="[later]"),
        lambda site: replace(site, "terms.yml", "一小段文字", "模型看见的一小段文字"),
        lambda site: site.write(A, b"\xef\xbb\xbf" + (site.base / A).read_bytes().replace(b"\n", b"\r\n")),
    ],
    "改名；改成草稿": [
        rename,
        lambda site: replace(site, "docs/deep-learning-nlp/new.md", "order: 2", "order: 2\npublished: false"),
    ],
    "删一课与片段": [
        lambda site: (site.base / "docs/deep-learning-nlp/new.md").unlink(),
        lambda site: (site.base / "snippets/deep-learning-nlp/new.py").unlink(),
    ],
}


def test_serves_what_a_fresh_build_would(site: SmallSite, server: Server) -> None:
    assert server.differences() == []
    for name, steps in STEPS.items():
        for step in steps:
            step(site)
        assert server.differences() == [], f"{name}：{''.join(server.lines[-20:])}"
    assert not [line for line in server.lines if "Traceback" in line]


def test_problems_stand_on_their_page_until_mended(site: SmallSite) -> None:
    server = Server(site, "--dirty")
    try:
        pages = ("foundations/a/", "deep-learning-nlp/later/", "problems/", "")
        problem = "snippets/foundations/a.py"

        def shown() -> list[bool]:
            return [problem.encode() in problems(server.get(page)) for page in pages]

        replace(site, SNIPPET, "value + 1", "value + (")
        assert server.differences() == []
        assert shown() == [True, False, True, True]
        replace(site, SNIPPET, "value + (", "value + 1")
        assert server.differences() == []
        assert shown() == [False] * 4
        site.write(A, "不是 front matter")
        assert server.differences() == []
        assert "缺少 front matter".encode() in problems(server.get("foundations/a/"))
        replace(site, "docs/deep-learning-nlp/later.md", "a.md)", "a.md#gone)")
        site.write(A, (BASE / A).read_bytes())
        assert server.differences() == []
        assert b"a.md#gone" in problems(server.get("deep-learning-nlp/later/"))
    finally:
        server.stop()


def problems(page: bytes) -> bytes:
    """一页顶上写着问题的那一块。"""
    found = re.search(rb'<section class="problems".*?</section>', page, re.DOTALL)
    return found[0] if found else b""
