"""基准：预览里改一处，从存盘到浏览器里看见，要多少秒；各量十次，取中位数。

python tests/bench_serve.py [课数] [-- mkdocs serve 的参数]
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "hooks"), str(ROOT / "tests")]

from bench import make  # noqa: E402  先让上面的路径生效
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from site_browser import chromium  # noqa: E402

TIMES = 10
LESSON = "foundations/lesson-0"
SNIPPET = "foundations/lesson_0.py"


def main() -> None:
    words, _, options = " ".join(sys.argv[1:]).partition("--")
    size = int(words.strip() or 100)
    browser = chromium()
    if not browser:
        sys.exit("要有 Chromium：Debian 上 apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        base = Path(folder) / "site"
        make(base, size)
        with (base / "mkdocs.yml").open("a", encoding="utf-8") as settings:
            settings.write("\nwatch: [snippets]\n")
        before = time.perf_counter()
        server, address = serve(base, options.split())
        print(f"{size} 课；第一次构建 {time.perf_counter() - before:.1f} s")
        try:
            page = play.chromium.launch(executable_path=browser).new_page()
            page.goto(f"{address}{LESSON}/")
            page.wait_for_timeout(1000)
            for name, edit in edits(base).items():
                seconds = [seen(page, edit) for _ in range(TIMES)]
                print(
                    f"{name}：中位数 {statistics.median(seconds):.2f} s，最快 {min(seconds):.2f}，最慢 {max(seconds):.2f}"
                )
        finally:
            server.kill()


def edits(base: Path) -> dict[str, Callable[[str], None]]:
    """名字 → 把一个记号写进文件的办法。"""
    page, snippet = base / f"docs/{LESSON}.md", base / f"snippets/{SNIPPET}"

    def prose(mark: str) -> None:
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"(?m)^(注意力让|记号\d+：)", f"{mark}：", text, count=1), encoding="utf-8")

    def code(mark: str) -> None:
        text = snippet.read_text(encoding="utf-8")
        snippet.write_text(re.sub(r'print\("[^"]*"', f'print("{mark}"', text, count=1), encoding="utf-8")

    def front(mark: str) -> None:
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"(?m)^goal: .*$", f"goal: 做出{mark}", text, count=1), encoding="utf-8")

    return {"改正文": prose, "改片段": code, "改 front matter": front}


def serve(base: Path, options: list[str]) -> tuple["subprocess.Popen[str]", str]:
    """启动预览，等它构建好；返回进程与地址。"""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": "", "SITE_URL": "http://127.0.0.1/"}
    command = [sys.executable, "-u", "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{free_port()}", *options]
    server = subprocess.Popen(
        command, cwd=base, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert server.stdout
    for line in server.stdout:
        if found := re.search(r"Serving on (\S+)", line):
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return server, found[1]
    sys.exit("预览没有启动起来")


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def seen(page: Page, edit: Callable[[str], None]) -> float:
    """存盘到看见的秒数。"""
    mark = f"记号{time.monotonic_ns()}"
    start = time.perf_counter()
    edit(mark)
    page.get_by_text(mark).first.wait_for(timeout=60_000)
    seconds = time.perf_counter() - start
    page.wait_for_timeout(300)  # 让浏览器重新连上
    return seconds


if __name__ == "__main__":
    main()
