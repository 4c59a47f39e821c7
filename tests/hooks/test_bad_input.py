"""坏的输入：每个文件夹是一个例子，盖在没有毛病的小站点上，消息逐字比较。

例子里的 remove.txt 列出要删的文件；problems.txt 是应当报告的全部问题。
"""

from pathlib import Path

import pytest
from small_site import SmallSite

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_is_reported(case: Path, small_site: SmallSite) -> None:
    small_site.spoil(case)

    result = small_site.build("-q")

    expected = (case / "problems.txt").read_text(encoding="utf-8").splitlines()
    assert result.problems == expected
    assert result.code != 0
    assert "Traceback" not in result.output
