"""整套测试共用：在导入任何数值库之前定好环境；并行时，同一个片段的测试进同一个进程；--since 只留受影响的片段。"""

import os
from pathlib import Path
from typing import Any

import pytest
from guide.code.runner import ENVIRONMENT
from guide.commands.affected import affected, changed_since, subject
from guide.library import Library

os.environ.update(ENVIRONMENT)

ROOT = Path(__file__).parents[1]
KEPT = pytest.StashKey[list[str]]()
SUMMARY = pytest.StashKey[str]()


def together(nodeid: str) -> str:
    """哪些测试要在同一个进程里：同一个片段的（只跑一次），同一个网站的（只构建一次）。

    pytest-xdist 3.8 的 loadgroup 在 pytest 9.2 上不起作用，所以自己分。
    """
    if (path := subject(nodeid)).endswith(".py"):
        return path.removesuffix(".py")
    if "tests/site/" in nodeid:
        return "browser" if "test_browser" in nodeid else "site"
    return nodeid


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--since", default="", help="tests/snippets 只跑从这个提交起的改动影响到的，例如 origin/main")


def pytest_configure(config: pytest.Config) -> None:
    """只在主进程里算一次受影响的片段。"""
    since = config.getoption("since")
    if not since or hasattr(config, "workerinput"):
        return
    library = Library(ROOT)
    try:
        found = affected(changed_since(ROOT, since), library)
    except ValueError as error:
        raise pytest.UsageError(f"--since {since}：{error}") from error
    config.stash[KEPT] = sorted(found.snippets | found.exercises)
    config.stash[SUMMARY] = found.summary(library)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """并行时，把算好的发给每个进程。"""
    node.workerinput["kept"] = node.config.stash.get(KEPT, None)


def is_kept(config: pytest.Config, nodeid: str) -> bool:
    """这个测试要不要跑。"""
    kept = config.workerinput["kept"] if hasattr(config, "workerinput") else config.stash.get(KEPT, None)
    return kept is None or subject(nodeid) in {"", *kept}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """没有受影响的测试文件连导入都不必。"""
    return None if is_kept(config, f"{collection_path.as_posix()}::") else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """去掉没有受影响的片段与练习的测试。"""
    items[:] = [item for item in items if is_kept(config, item.nodeid)]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """没有跑的，大声说出来：改动没有影响到的片段，要浏览器的测试。"""
    from site_browser import chromium

    if summary := config.stash.get(SUMMARY, ""):
        terminalreporter.section(f"只跑了 {config.getoption('since')} 以来的改动影响到的片段", yellow=True, bold=True)
        terminalreporter.line(summary)
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
