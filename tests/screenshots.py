"""截图：六页 × 两种宽度 × 深浅，每张从上到下，放进一个文件夹，给人看。

用法：python tests/screenshots.py 网站的文件夹 放图的文件夹
"""

import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright
from site_browser import chromium

PAGES = {
    "home": "",
    "stage": "transformer-llm/",
    "lesson": "transformer-llm/multi-head-attention/",
    "project": "applications/rag/",
    "resources": "resources/",
    "404": "404.html",
}
WIDTHS = {390: 844, 1280: 900}
TALLEST = 8_000
"""一张图最高多少像素：再高就看不清了，下面的几屏另截。"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    site, target = Path(sys.argv[1]), Path(sys.argv[2])
    browser = chromium() or sys.exit("没有找到 Chromium：装一个，或用环境变量 CHROMIUM 指给我")
    target.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for width, height in WIDTHS.items():
            for scheme in ("light", "dark"):
                context = opened.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                for name, url in PAGES.items():
                    page = context.new_page()
                    page.goto(f"http://127.0.0.1:{server.server_port}/{url}")
                    page.evaluate("for (const image of document.images) image.loading = 'eager'")
                    page.wait_for_load_state("networkidle")
                    tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
                    file = target / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=file, clip={"x": 0, "y": 0, "width": width, "height": tall}, full_page=True)
                    print(f"{file}  {width}×{tall}")
                    page.close()
                context.close()
        opened.close()


if __name__ == "__main__":
    main()
