"""录制：命令行运行片段，带回模型，只重录过期的。"""

import json
import os
import subprocess
import sys

from small_site import ROOT, SmallSite

TRAINS = '''"""训练。

存下一个模型。
"""

# %% 训练
import os
from pathlib import Path

if "LLM_GUIDE_RECORD" in os.environ:
    Path("models/tiny").mkdir(parents=True, exist_ok=True)
    Path("models/tiny/config.json").write_text("{}")

# %% 读回来
print(Path("models/tiny/config.json").read_text())
print("录制时：", "LLM_GUIDE_RECORD" in os.environ)
'''


def record(small_site: SmallSite, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "guide", "record", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "hooks"), "LLM_GUIDE_ROOT": str(small_site.base)}
    return subprocess.run(command, cwd=small_site.base, env=environment, capture_output=True, text=True)


def test_only_what_is_stale_is_run(small_site: SmallSite) -> None:
    assert record(small_site).stdout == "已记录 0 个片段，0 个失败\n"
    small_site.write("snippets/foundations/a.py", TRAINS.replace("训练。", "新的。"))
    assert record(small_site, "a").stdout == "已记录 1 个片段，0 个失败\n"
    assert record(small_site).stdout == "已记录 0 个片段，0 个失败\n"
    assert record(small_site, "a", "--force").stdout == "已记录 1 个片段，0 个失败\n"


def test_a_trained_model_is_brought_back_and_the_reader_s_run_is_recorded(small_site: SmallSite) -> None:
    small_site.write("snippets/foundations/a.py", TRAINS)
    assert record(small_site, "a").returncode == 0
    assert (small_site.base / "snippets/models/tiny/config.json").read_text() == "{}"
    assert not list((small_site.base / "snippets/models").glob(".*"))
    home = small_site.base / "snippets/foundations/recorded/a"
    assert "录制时： False" in (home / "output.txt").read_text(encoding="utf-8")
    assert "models/tiny/config.json" in json.loads((home / "run.json").read_text(encoding="utf-8"))["files"]


def test_unknown_name_has_a_near_match(small_site: SmallSite) -> None:
    ran = record(small_site, "ab")
    assert ran.returncode == 2
    assert ran.stderr.strip() == "没有叫 “ab” 的片段（现有：a）。你是不是想写 “a”？"


def test_a_failing_snippet_is_reported_and_nothing_is_written(small_site: SmallSite) -> None:
    small_site.write("snippets/foundations/a.py", '"""坏的。"""\n\n# %% 坏\n1 / 0\n')
    before = (small_site.base / "snippets/foundations/recorded/a/output.txt").read_text(encoding="utf-8")
    ran = record(small_site, "a")
    assert ran.returncode == 1
    assert "snippets/foundations/a.py:4: 单元 “坏” 运行出错：ZeroDivisionError: division by zero" in ran.stderr
    assert (small_site.base / "snippets/foundations/recorded/a/output.txt").read_text(encoding="utf-8") == before
