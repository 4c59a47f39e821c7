"""Git：页面上印的每一步都真的发生过，没有碰读者自己的设置。"""

from pathlib import Path

import pytest
from guide.code.runner import Run


def after(run: Run, title: str, command: str) -> list[str]:
    """一格里某条命令之后、下一条命令之前印的行。"""
    lines = run.text(title).splitlines()
    start = lines.index(f"$ git {command}") + 1
    stop = next((i for i in range(start, len(lines)) if lines[i].startswith("$ git ")), len(lines))
    return lines[start:stop]


def test_ignored_files_disappear(run: Run) -> None:
    before = after(run, "提交什么", "status --short")
    assert {"?? .env", "?? data/"} <= set(before)
    assert after(run, "写 .gitignore", "status --short") == ["?? .gitignore", "?? README.md", "?? stats.py"]
    assert len(after(run, "写 .gitignore", "log --oneline")) == 1


def test_diff_shows_one_changed_line(run: Run) -> None:
    diff = after(run, "差异怎样读", "diff")
    changed = [line for line in diff if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert changed == ["-    return np.std(x)", "+    return np.std(x, ddof=1)"]
    assert "@@ -1,4 +1,4 @@" in diff


def test_merge_brings_the_change(run: Run) -> None:
    lines = run.text("分支与合并").splitlines()
    assert "main 上：     return np.std(x)" in lines and "合并后：     return np.std(x, ddof=1)" in lines
    graph = after(run, "分支与合并", "log --oneline --graph")
    assert next(line for line in graph if "*" in line).endswith("合并 sample-std")
    assert sum("*" in line for line in graph) == 3


def test_conflict_and_its_solution(run: Run) -> None:
    text = run.text("两边改了同一行")
    assert "CONFLICT (content): Merge conflict in README.md" in text
    ours, theirs = text.split("<<<<<<< HEAD\n")[1].split(">>>>>>> median")[0].split("=======\n")
    assert (ours, theirs) == ("运行：python -m stats\n", "运行：python stats.py --median\n")
    assert after(run, "解开冲突", "status --short") == []
    assert after(run, "解开冲突", "log --oneline -1")[0].endswith("合并 median：两边的改动都要")


def test_push_reaches_the_server(run: Run) -> None:
    assert "  fix-typo" in after(run, "克隆与推送", "branch")


def test_deleted_secret_stays_in_history(run: Run) -> None:
    assert "文件还在吗： False" in run.text("密钥进了历史")
    assert after(run, "密钥进了历史", "show HEAD~1:.env") == ["API_KEY=not-a-real-key"]


def test_nothing_of_the_readers_is_used(run: Run) -> None:
    """作者、时间、设置都来自片段；临时文件夹删掉了。"""
    settings = run.namespace["SETTINGS"]
    assert settings["GIT_CONFIG_NOSYSTEM"] == "1" and settings["GIT_AUTHOR_EMAIL"].endswith("@example.com")
    assert not run.namespace["WORK"].exists()


def test_git_ignores_the_readers_environment(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """读者的设置文件与 GIT_DIR 都不起作用：仓库建在该建的地方，作者还是小林。"""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (home / ".gitconfig").write_text("[core]\n    abbrev = 12\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    git = run.namespace["git"]

    git("init", "--quiet", where=work, quiet=True)
    git("commit", "--quiet", "--allow-empty", "-m", "空的", where=work, quiet=True)

    assert (work / ".git").is_dir() and not (tmp_path / "elsewhere").exists()
    assert git("config", "core.abbrev", where=work, quiet=True) == ""
    assert git("log", "--format=%an", where=work, quiet=True) == "小林"
