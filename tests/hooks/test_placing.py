"""片段的地方与名字：对的不说话，名字要改成什么说得出。"""

import pytest
from guide.code import placing

PAGES = {
    "foundations/index.md": "file: foundations/overview.py",
    "foundations/multi-head.md": "file: foundations/kv.py",
    "foundations/multi-head-mask.md": "",
    "index.md": "",
}


@pytest.mark.parametrize(
    "files",
    [
        ["foundations/multi_head.py", "foundations/recorded/multi_head/run.json"],
        ["foundations/multi_head_mask_two.py", "foundations/exercises/multi_head_sum/task.py"],
        ["foundations/exercises/mask/task.py"],  # 嵌入它的那一页会说
        ["foundations/overview.py"],  # 阶段自己的页面嵌入它
        ["data/tools/Make-Data.py", "models/mini-gpt/x.py", "data/README.md", "matplotlibrc", "README.md"],
    ],
)
def test_rightly_placed_and_named(files: list[str]) -> None:
    assert placing.check(files, PAGES, ["numpy"]) == []


@pytest.mark.parametrize(
    ("file", "right"),
    [
        ("foundations/multi-head.py", "改成 multi_head.py"),
        ("foundations/MultiHead.py", "改成 multi_head.py"),
        ("foundations/multi_haed_mask.py", "改成 multi_head_mask.py"),
        ("foundations/kv.py", "改成 multi_head_kv.py"),
        ("foundations/numpy.py", "改成 <课名>_numpy.py"),
        ("foundations/exercises/multi_head_Mask/task.py", "改成 multi_head_mask/"),
        ("multi_head.py", "移到 snippets/foundations/multi_head.py"),
        ("fondations/multi.py", "。你是不是想写 “foundations”？"),
        ("foundations/exercises/multi_head_a.py", "移到 snippets/foundations/exercises/multi_head_a/task.py"),
        ("foundations/recorded/multi_head/run.json", "删掉这个文件夹"),
    ],
)
def test_what_is_right_is_said(file: str, right: str) -> None:
    (problem,) = placing.check([file], PAGES, ["numpy"])
    assert problem.message.endswith(right)


def test_hidden_files_and_caches_are_not_ours(tmp_path) -> None:
    for name in (".a.new/x.py", "foundations/__pycache__/x.pyc", "foundations/.ipynb_checkpoints/x.py", "a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert placing.files(tmp_path) == ["a.py"]
