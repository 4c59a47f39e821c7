"""整套测试共用：在导入任何数值库之前定好环境；并行时，同一个片段的测试进同一个进程。"""

import os
import re
from typing import Any

import pytest
from guide.runner import ENVIRONMENT

os.environ.update(ENVIRONMENT)

BEHAVIOUR = re.compile(r"tests/snippets/([^/]+)/test_(\w+)\.py::")
RECORDING = re.compile(r"tests/snippets/test_recordings\.py::\w+\[(.+)\.py\]$")


def together(nodeid: str) -> str:
    """哪些测试要在同一个进程里：同一个片段的（只跑一次），同一个网站的（只构建一次）。

    pytest-xdist 3.8 的 loadgroup 在 pytest 9.2 上不起作用，所以自己分。
    """
    if match := BEHAVIOUR.search(nodeid):
        return f"{match[1]}/{match[2]}"
    if match := RECORDING.search(nodeid):
        return match[1]
    if "tests/site/" in nodeid:
        return "browser" if "test_browser" in nodeid else "site"
    return nodeid


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """没有浏览器时大声说出来：那些测试没有跑。"""
    from site_browser import chromium

    if not chromium():
        terminalreporter.section("没有浏览器", red=True, bold=True)
        terminalreporter.line(
            "没有找到 Chromium：tests/site/ 里要浏览器的测试全部跳过。Debian 上：apt-get install chromium"
        )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """按上面的分法派发测试。"""
    from xdist.scheduler import LoadScopeScheduling

    class BySnippet(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    return BySnippet(config, log)
