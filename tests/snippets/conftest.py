"""片段测试共用：每个片段只跑一次，行为测试与记录比较用同一次运行。"""

from pathlib import Path

import pytest
from guide.code.runner import Run, run
from guide.library import Library

LIBRARY = Library(Path(__file__).parents[2])
RUNS: dict[str, Run] = {}


def run_once(path: str) -> Run:
    """运行一个片段；这个进程里跑过就不再跑。"""
    if path not in RUNS:
        RUNS[path] = run(LIBRARY.snippet(path), LIBRARY.root)
    return RUNS[path]


def path_of(test_file: Path) -> str:
    """test_x.py 测的是同一阶段文件夹里的 x.py。"""
    return f"{test_file.parent.name}/{test_file.stem.removeprefix('test_')}.py"


@pytest.fixture(scope="module", name="run")
def run_of_this_file(request: pytest.FixtureRequest) -> Run:
    """与测试文件同名的片段的运行结果。"""
    return run_once(path_of(request.path))
