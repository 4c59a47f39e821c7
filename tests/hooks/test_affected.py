"""受影响的片段：改了什么就跑什么；认不出的文件影响全部。"""

import json
import subprocess
from pathlib import Path

import pytest
from guide.commands.affected import Affected, affected, changed_since, subject
from guide.library import Library

TASK = '"""任务。"""\n\n\ndef f():\n    raise NotImplementedError\n\n\nassert f() == 1, "应为一"\n'
ALL = ({"s/a.py", "s/b.py"}, {"s/exercises/a_one"})


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """两个片段：a 读 models/m 与 data/rows.json，它的测试写着一页与 b；一个练习。"""

    def write(path: str, text: str = "x = 1\n") -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")

    reads = {"a": ["models/m/config.json", "data/rows.json"], "b": []}
    for name, files in reads.items():
        write(f"snippets/s/{name}.py", f'"""{name}。"""\n\n# %% 一\nprint(1)\n')
        record = {"date": "2026-01-01", "python": "3.11", "versions": {}, "threads": 1, "seconds": 1, "figures": {}}
        record["written"] = {}
        record["files"] = dict.fromkeys([f"s/{name}.py", *files], "0")
        write(f"snippets/s/recorded/{name}/run.json", json.dumps(record))
        write(f"snippets/s/recorded/{name}/output.txt", "# %% 一\n1\n")
    write("tests/snippets/s/test_a.py", 'PAGE = "docs/s/a.md"\nother = "s/b.py"\n')
    for name in ("task", "solution", "wrong_two"):
        write(f"snippets/s/exercises/a_one/{name}.py", TASK)
    for file in ("snippets/models/m/config.json", "snippets/data/rows.json", "snippets/matplotlibrc", "docs/s/a.md"):
        write(file)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "snippets", "exercises"),
    [
        ("docs/s/other.md", set(), set()),
        ("docs/s/a.md", {"s/a.py"}, set()),  # a 的测试读这一页
        ("overrides/main.html", set(), set()),
        (".github/workflows/check.yml", set(), set()),
        ("README.md", set(), set()),
        ("tests/site/test_pages.py", set(), set()),
        ("snippets/s/a.py", {"s/a.py"}, set()),
        ("snippets/s/b.py", {"s/a.py", "s/b.py"}, set()),  # a 的测试也跑 b
        ("snippets/s/recorded/b/output.txt", {"s/b.py"}, set()),
        ("tests/snippets/s/test_b.py", {"s/b.py"}, set()),
        ("snippets/data/rows.json", {"s/a.py"}, set()),
        ("snippets/models/m/new.json", {"s/a.py"}, set()),  # 同一个文件夹里新放的
        ("snippets/models/README.md", set(), set()),
        ("snippets/s/exercises/a_one/wrong_two.py", set(), {"s/exercises/a_one"}),
        ("snippets/s/gone.py", set(), set()),  # 删掉的片段没有测试可跑
        ("tests/snippets/s/test_gone.py", set(), set()),
        ("snippets/matplotlibrc", *ALL),
        ("hooks/guide/code/runner.py", *ALL),
        ("hooks/guide/publish/seo.py", set(), set()),
        ("constraints.txt", *ALL),
        ("pyproject.toml", *ALL),
        ("tests/conftest.py", *ALL),
        ("tests/snippets/conftest.py", *ALL),
        ("tests/snippets/test_exercises.py", *ALL),
        ("something/new.py", *ALL),
    ],
)
def test_a_changed_file_affects(base: Path, changed: str, snippets: set[str], exercises: set[str]) -> None:
    found = affected([changed], Library(base))
    assert (found.snippets, found.exercises) == (snippets, exercises)
    assert bool(found.because) == bool(exercises and snippets)


def test_what_is_left_out_is_said(base: Path) -> None:
    library = Library(base)
    lines = affected(["docs/x.md", "snippets/data/rows.json"], library).summary(library).splitlines()
    assert lines == ["片段 1/2 个，练习 0/1 个；其余没有受影响，没有跑", "s/a.py"]
    assert affected(["constraints.txt"], library).summary(library).startswith("constraints.txt 改过，影响全部")


def test_nothing_changed_affects_nothing(base: Path) -> None:
    assert affected([], Library(base)) == Affected(frozenset(), frozenset())


@pytest.mark.parametrize(
    ("test", "path"),
    [
        ("tests/snippets/advanced/test_rlhf.py::test_reward_rises", "advanced/rlhf.py"),
        ("tests/snippets/test_recordings.py::test_recording_is_fresh[advanced/rlhf.py]", "advanced/rlhf.py"),
        ("tests/snippets/test_exercises.py::test_solution_passes[a/exercises/b_c]", "a/exercises/b_c"),
        ("tests/snippets/test_exercises.py::test_wrong[a/exercises/b_c-wrong_x.py]", "a/exercises/b_c"),
        ("tests/hooks/test_core.py::test_a", ""),
    ],
)
def test_the_subject_of_a_test(test: str, path: str) -> None:
    assert subject(test) == path


def git(base: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=base, check=True, capture_output=True)


def test_changes_since_a_commit(base: Path) -> None:
    git(base, "init", "-b", "main")
    git(base, "add", "-A")
    git(base, "commit", "-m", "one")
    git(base, "checkout", "-b", "topic")
    git(base, "mv", "snippets/data/rows.json", "snippets/data/行.json")
    git(base, "commit", "-m", "two")
    git(base, "checkout", "main")
    (base / "docs/s/a.md").write_text("改在 main 上，不算", encoding="utf-8")
    git(base, "commit", "-am", "three")
    git(base, "checkout", "topic")
    (base / "snippets/s/a.py").write_text('"""改。"""\n', encoding="utf-8")
    (base / "untracked.md").write_text("新的", encoding="utf-8")
    expected = ["snippets/data/rows.json", "snippets/data/行.json", "snippets/s/a.py", "untracked.md"]
    assert changed_since(base, "main") == expected
    with pytest.raises(ValueError, match="没有叫 “mian” 的提交或分支。你是不是想写 “main”？"):
        changed_since(base, "mian")
    with pytest.raises(ValueError, match="没有叫 “nonsense” 的提交或分支（试试 origin/main，先 git fetch）"):
        changed_since(base, "nonsense")


def test_without_git_it_is_said(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="没有 git"):
        changed_since(base, "main")
