"""系统里的浏览器在哪里。"""

import os
import shutil


def chromium() -> str | None:
    """Chromium 或 Chrome 的路径，环境变量 CHROMIUM 优先；没有就是 None。"""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
