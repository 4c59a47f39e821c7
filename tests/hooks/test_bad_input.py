"""坏的输入：每个文件夹是一个例子，盖在没有毛病的小站点上，消息逐字比较。

例子里的 remove.txt 列出要删的文件；problems.txt 是应当报告的全部问题。
"""

import shutil
from pathlib import Path

import pytest
from small_site import SmallSite

CASES = sorted((Path(__file__).parent / "cases").iterdir())
NOT_COPIED = shutil.ignore_patterns("problems.txt", "remove.txt")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_is_reported(case: Path, small_site: SmallSite) -> None:
    shutil.copytree(case, small_site.base, dirs_exist_ok=True, ignore=NOT_COPIED)
    if (removed := case / "remove.txt").exists():
        for name in removed.read_text(encoding="utf-8").split():
            (small_site.base / name).unlink()

    result = small_site.build("-q")

    expected = (case / "problems.txt").read_text(encoding="utf-8").splitlines()
    assert result.problems == expected
    assert result.code != 0
    assert "Traceback" not in result.output
