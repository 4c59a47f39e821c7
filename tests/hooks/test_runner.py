"""运行器：单元按顺序跑，不联网，不碰原文件，错了说出文件、行与单元。"""

from pathlib import Path

import pytest
from guide.code import comparing, recording
from guide.code.runner import Run, SnippetError, run
from guide.code.snippet import parse
from small_site import ROOT

FIGURE = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2])
ax.set_title("{title}")
plt.show()
"""


def go(tmp_path: Path, *cells: str, seconds: float = 60) -> Run:
    """运行由几个单元组成的片段。"""
    root = tmp_path / "snippets"
    root.mkdir(exist_ok=True)
    (root / "matplotlibrc").write_bytes((ROOT / "snippets/matplotlibrc").read_bytes())
    source = '"""测试。"""\n\n' + "\n\n".join(
        cell if cell.startswith("# %%") else f"# %% 单元 {n}\n{cell}" for n, cell in enumerate(cells)
    )
    (root / "s").mkdir(exist_ok=True)
    (root / "s/a.py").write_text(source + "\n", encoding="utf-8")
    return run(parse("s/a.py", source + "\n"), root, seconds)


def test_cells_share_a_real_main_module(tmp_path: Path) -> None:
    ran = go(
        tmp_path, "import pickle\nclass A:\n    pass", "print(__name__, A.__module__, __file__.endswith('s/a.py'))"
    )
    assert ran.text("单元 1") == "__main__ __main__ True\n"
    assert "A" in ran.namespace


def test_error_names_file_line_and_cell(tmp_path: Path) -> None:
    with pytest.raises(
        SnippetError, match=r"^snippets/s/a\.py:8: 单元 “单元 1” 运行出错：ZeroDivisionError: division by zero$"
    ):
        go(tmp_path, "x = 1", "y = 2\n1 / 0")


def test_expected_error_is_recorded_and_must_happen(tmp_path: Path) -> None:
    ran = go(tmp_path, '# %% 错 tags=["raises-exception"]\nraise ValueError("形状不对")')
    assert ran.text("错") == "ValueError: 形状不对\n"
    with pytest.raises(SnippetError, match="却没有出错"):
        go(tmp_path, '# %% 错 tags=["raises-exception"]\nprint(1)')


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com"])
def test_network_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(SnippetError, match="片段不能联网"):
        go(tmp_path, f"import socket\nsocket.create_connection(({host!r}, 80), timeout=1)")


def test_loopback_is_allowed(tmp_path: Path) -> None:
    code = "import socket\nserver = socket.create_server(('127.0.0.1', 0))\nsocket.create_connection(server.getsockname()).close()\nserver.close()\nprint('通')"
    assert go(tmp_path, code).text("单元 0") == "通\n"


def test_tracked_files_are_never_changed(tmp_path: Path) -> None:
    ran = go(
        tmp_path,
        "from pathlib import Path\nPath('data.txt').write_text('x')\nimport os\nprint(os.path.exists('data.txt'))",
    )
    assert ran.text("单元 0") == "True\n"
    assert not (tmp_path / "snippets/data.txt").exists()


def test_environment_is_put_back(tmp_path: Path) -> None:
    import os
    import sys

    before = (os.getcwd(), sys.argv, sys.modules["__main__"], os.environ.get("SECRET_X"))
    go(tmp_path, "import os\nos.environ['SECRET_X'] = '1'\nos.chdir('/')")
    assert before == (os.getcwd(), sys.argv, sys.modules["__main__"], os.environ.get("SECRET_X"))


def test_too_slow_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(SnippetError, match="超过 1 秒"):
        go(tmp_path, "import time\ntime.sleep(30)", seconds=1)


def test_files_that_were_read_belong_to_the_recording(tmp_path: Path) -> None:
    model = tmp_path / "snippets/models/small"
    model.mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        (model / name).write_text("{}")
    ran = go(tmp_path, "from pathlib import Path\nPath('models/small/config.json').read_text()")
    recording.save(tmp_path / "snippets", ran)
    made = recording.load(tmp_path / "snippets", ran.snippet)
    assert made is not None
    assert sorted(made.files) == ["models/small/config.json", "models/small/model.safetensors", "s/a.py"]


def test_figures_repeat_byte_by_byte_and_are_compared_by_their_words(tmp_path: Path) -> None:
    first, second = go(tmp_path, FIGURE.format(title="损失")), go(tmp_path, FIGURE.format(title="损失"))
    assert first.cells[0].figures[0].data == second.cells[0].figures[0].data
    assert first.cells[0].figures[0].labels == ["损失"]
    recording.save(tmp_path / "snippets", first)
    made = recording.load(tmp_path / "snippets", first.snippet)
    assert made is not None
    assert [(f.file, f.width, f.height) for f in made.figures["单元 0"]] == [("单元-0-1.svg", 640, 360)]
    assert comparing.compare(made, second) == ""
    assert "图上的字变了\n  - 记录：损失\n  + 现在：准确率" in comparing.compare(
        made, go(tmp_path, FIGURE.format(title="准确率"))
    )
    assert "画了 0 张图，记录里是 1 张" in comparing.compare(made, go(tmp_path, "print(1)"))


def test_a_missing_glyph_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SnippetError, match="字体画不出的字"):
        go(tmp_path, FIGURE.format(title="\U0001f9ff"))


def test_difference_names_file_cell_line_and_the_command_that_accepts_it(tmp_path: Path) -> None:
    recording.save(tmp_path / "snippets", go(tmp_path, "print('一')\nprint(1)"))
    ran = go(tmp_path, "print('一')\nprint(2)")
    made = recording.load(tmp_path / "snippets", ran.snippet)
    assert made is not None
    assert comparing.compare(made, ran) == (
        "snippets/s/a.py:3: 单元 “单元 0” 的输出第 2 行变了\n  - 记录：1\n  + 现在：2\n\n"
        "如果这正是你要的改动：make record SNIPPET=a"
    )


def test_varying_cells_need_only_print(tmp_path: Path) -> None:
    recording.save(tmp_path / "snippets", go(tmp_path, '# %% 采样 tags=["varies"]\nprint(1)'))
    ran = go(tmp_path, '# %% 采样 tags=["varies"]\nprint(2)')
    made = recording.load(tmp_path / "snippets", ran.snippet)
    assert made is not None
    assert comparing.compare(made, ran) == ""
    silent = go(tmp_path, '# %% 采样 tags=["varies"]\nx = 2')
    assert "什么也没有打印" in comparing.compare(made, silent)
