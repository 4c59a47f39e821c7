"""钩子测试共用：一个没有毛病的小站点，测试在它上面改。"""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from small_site import SmallSite

BASE = Path(__file__).parent / "base"


@pytest.fixture
def small_site(tmp_path: Path) -> SmallSite:
    """一个没有毛病的小站点。"""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    return SmallSite(tmp_path)
