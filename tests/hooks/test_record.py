"""录制：命令行运行片段，带回模型，只重录过期的。"""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from guide.code import recording, runner
from guide.code.snippet import parse
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


def _hears_ctrl_c() -> None:
    """测试在后台运行时 SIGINT 是忽略的，子进程会继承；终端里不是这样。"""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(small_site: SmallSite, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "guide", "record", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "hooks"), "LLM_GUIDE_ROOT": str(small_site.base)}
    return subprocess.Popen(
        command,
        cwd=small_site.base,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_hears_ctrl_c,
    )


def record(small_site: SmallSite, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(small_site, *arguments)
    output, errors = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def wait_for(condition: object) -> None:
    """等到 `condition()` 为真。"""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_only_what_is_stale_is_run(small_site: SmallSite) -> None:
    assert record(small_site).stdout == "没有片段过期；要重跑加 FORCE=1\n"
    small_site.write("snippets/foundations/a.py", TRAINS.replace("训练。", "新的。"))
    assert record(small_site, "a").stdout == "已记录 1 个片段，0 个失败\n"
    assert record(small_site).stdout == "没有片段过期；要重跑加 FORCE=1\n"
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
    assert ran.stderr.strip() == "没有叫 “ab” 的片段（相近的：a）。你是不是想写 “a”？"


def test_a_failing_snippet_is_reported_and_nothing_is_written(small_site: SmallSite) -> None:
    small_site.write("snippets/foundations/a.py", '"""坏的。"""\n\n# %% 坏\n1 / 0\n')
    before = (small_site.base / "snippets/foundations/recorded/a/output.txt").read_text(encoding="utf-8")
    ran = record(small_site, "a")
    assert ran.returncode == 1
    assert "snippets/foundations/a.py:4: 单元 “坏” 运行出错：ZeroDivisionError: division by zero" in ran.stderr
    assert (small_site.base / "snippets/foundations/recorded/a/output.txt").read_text(encoding="utf-8") == before


SLOW = '"""慢。\n\n等人来停。\n"""\n\n# %% 等\nimport time\n\ntime.sleep(300)\n'


def test_interrupted_keeps_what_is_finished_and_tears_nothing(small_site: SmallSite) -> None:
    kept = small_site.base / "snippets/foundations/recorded/a/output.txt"
    small_site.write("snippets/foundations/a.py", TRAINS)
    small_site.write("snippets/foundations/b.py", SLOW)
    process = start(small_site, "a", "b")
    wait_for(lambda: "录制时" in kept.read_text(encoding="utf-8") if kept.exists() else False)
    other = record(small_site, "a")
    assert other.returncode == 1
    assert other.stderr == "另一个 make record 正在运行：等它结束，或按 Ctrl-C 停下它\n"
    os.killpg(process.pid, signal.SIGINT)  # 终端里的 Ctrl-C：整组进程都收到
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "停下了；已记录 1 个片段，0 个失败\n")
    assert "Traceback" not in errors
    assert {path.name for path in kept.parents[1].iterdir()} == {"a"}
    assert record(small_site, "a").returncode == 0, "锁已经放开"


def test_a_full_disk_leaves_the_old_recording(small_site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    root = small_site.base / "snippets"
    home = root / "foundations/recorded/a"
    before = {file.name: file.read_bytes() for file in home.iterdir()}
    source = (root / "foundations/a.py").read_text(encoding="utf-8").replace("和：", "总和：")
    ran = runner.run(parse("foundations/a.py", source), root)
    write = Path.write_text

    def full(path: Path, text: str, **options: str) -> int:
        if path.name == "run.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, text, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        recording.save(root, ran)
    assert {file.name: file.read_bytes() for file in home.iterdir()} == before
    assert {path.name for path in home.parent.iterdir()} == {"a"}
