"""改课名：文件一起搬，引用一起改，旧地址转过去，记录不过期；名字相近的课不受影响；改回来一个字节不差。"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from guide.commands import changes, linting, rename_lesson
from guide.commands.changes import Refused
from guide.commands.project import Project
from guide.library import Library
from small_site import ROOT, SmallSite

LONELY = '"""{title}\n\n{note}\n"""\n\n# %% 做事\nprint({value})  # {comment}\n'


def tree(base: Path) -> dict[str, bytes]:
    """仓库里的每一个文件。"""
    skipped = ("site/", ".git/")
    files = {p.relative_to(base).as_posix(): p.read_bytes() for p in base.rglob("*") if p.is_file()}
    return {path: content for path, content in files.items() if not path.startswith(skipped)}


def rename(site: SmallSite, old: str, new: str) -> list[str]:
    """改名，返回最后要说的话。"""
    todo = rename_lesson.plan(Project(site.base), old, new)
    changes.apply(site.base, todo)
    return todo.notes


@pytest.fixture
def site(small_site: SmallSite) -> SmallSite:
    """课 a 之外，有 lo（片段、练习、测试齐全）与名字以它开头的 lo-x，别处到处提到 lo。"""
    root = "snippets/foundations"
    small_site.snippet(
        "foundations/lo.py", LONELY.format(title="低", note="与 lo_more.py 一起", value="1", comment="见 lo.py")
    )
    small_site.snippet(
        "foundations/lo_more.py", LONELY.format(title="再低", note="接着", value="2", comment="见 lo.py")
    )
    small_site.snippet(
        "foundations/lo_x.py", LONELY.format(title="别的", note="与 lo.py 不同", value="3", comment="lo_x.py")
    )
    for name in ("lo_sum", "lo_x_sum"):
        for file in ("task.py", "solution.py", "wrong_last.py"):
            source = (small_site.base / root / "exercises/a_sum" / file).read_bytes()
            small_site.write(f"{root}/exercises/{name}/{file}", source)
    for name in ("lo", "lo_more", "lo_x"):
        small_site.write(f"tests/snippets/foundations/test_{name}.py", f'FILE = "foundations/{name}.py"\n')
    body = (
        "自己：[做事](lo.md#做事)、`python foundations/lo.py`、`lo_more.py`、`models/lo`，模型 lo 与 lora 不算。\n\n"
        "```snippet\nfile: foundations/lo.py\n```\n\n```snippet\nfile: foundations/lo_more.py\n```\n\n"
        "```exercise\nfile: foundations/exercises/lo_sum\n```\n\n## 做事\n\n正文。\n"
    )
    small_site.lesson("foundations/lo.md", 1, 2, body, requires="[a]")
    other = "见[低](./lo.md)与[别的](lo-x.md)。\n\n```snippet\nfile: foundations/lo_x.py\n```\n\n```exercise\nfile: foundations/exercises/lo_x_sum\n```\n"
    small_site.lesson("foundations/lo-x.md", 1, 3, other, requires="[a, 'lo']")
    small_site.stage(2, "见[低](../foundations/lo.md#做事)与代码 `reference/code/foundations/lo/`。\n")
    small_site.lesson(
        "deep-learning-nlp/c.md",
        2,
        1,
        "`lo.py` 说的是哪个？`make record SNIPPET=lo_more`。\n",
        requires="\n  - lo-x\n  - lo  # 先学它",
    )
    small_site.write(
        "README.md",
        "python foundations/lo.py，docs/foundations/lo.md，/foundations/lo/，snippets/models/lo/，https://lo.example/foundations/lo/\n",
    )
    small_site.write("tests/site/queries.yml", "- {query: 低, pages: [foundations/lo/, foundations/lo-x/]}\n")
    small_site.write("tests/hooks/test_x.py", '"foundations/lo.py"\n')
    small_site.write("snippets/models/lo/config.json", "{}")
    small_site.write("snippets/data/words.txt", "foundations/lo.py\n")
    small_site.write(
        "redirects.yml", "# 搬家\nfoundations/older.md: foundations/lo.md\nfoundations/other.md: foundations/lo-x.md\n"
    )
    assert linting.check_project(small_site.base, ruff=False) == []
    return small_site


def test_everything_moves_and_every_reference_follows(site: SmallSite) -> None:
    before = tree(site.base)
    notes = rename(site, "lo", "low-rank")
    after = tree(site.base)
    assert linting.check_project(site.base, ruff=False) == []
    assert sorted(set(before) - set(after)) == [
        "docs/foundations/lo.md",
        "snippets/foundations/exercises/lo_sum/solution.py",
        "snippets/foundations/exercises/lo_sum/task.py",
        "snippets/foundations/exercises/lo_sum/wrong_last.py",
        "snippets/foundations/lo.py",
        "snippets/foundations/lo_more.py",
        "snippets/foundations/recorded/lo/output.txt",
        "snippets/foundations/recorded/lo/run.json",
        "snippets/foundations/recorded/lo_more/output.txt",
        "snippets/foundations/recorded/lo_more/run.json",
        "tests/snippets/foundations/test_lo.py",
        "tests/snippets/foundations/test_lo_more.py",
    ]
    text = {path: content.decode() for path, content in after.items() if path.endswith((".md", ".py", ".yml"))}
    page = text["docs/foundations/low-rank.md"]
    assert (
        "[做事](low-rank.md#做事)、`python foundations/low_rank.py`、`low_rank_more.py`、`models/lo`，模型 lo 与 lora"
        in page
    )
    assert "file: foundations/exercises/low_rank_sum\n" in page
    assert "requires: [a, 'low-rank']" in text["docs/foundations/lo-x.md"]
    assert "见[低](./low-rank.md)与[别的](lo-x.md)" in text["docs/foundations/lo-x.md"]
    assert "  - lo-x\n  - low-rank  # 先学它\n" in text["docs/deep-learning-nlp/c.md"]
    assert "`lo.py` 说的是哪个？`make record SNIPPET=low_rank_more`" in text["docs/deep-learning-nlp/c.md"]
    stage = text["docs/deep-learning-nlp/index.md"]
    assert "(../foundations/low-rank.md#做事)与代码 `reference/code/foundations/low_rank/`" in stage
    assert text["README.md"] == (
        "python foundations/low_rank.py，docs/foundations/low-rank.md，/foundations/low-rank/，snippets/models/lo/，"
        "https://lo.example/foundations/lo/\n"
    )
    assert text["tests/site/queries.yml"] == "- {query: 低, pages: [foundations/low-rank/, foundations/lo-x/]}\n"
    assert text["tests/snippets/foundations/test_low_rank.py"] == 'FILE = "foundations/low_rank.py"\n'
    assert text["snippets/foundations/low_rank.py"].endswith("print(1)  # 见 low_rank.py\n")
    for path in ("snippets/data/words.txt", "snippets/models/lo/config.json", "tests/hooks/test_x.py"):
        assert after[path] == before[path]
    assert notes[0] == "docs/deep-learning-nlp/c.md:12 提到 lo.py，说的是不是这一课，看一眼"


def test_the_old_address_leads_to_the_new_one(site: SmallSite) -> None:
    rename(site, "lo", "low-rank")
    result = site.build("-q")
    assert (result.code, result.problems) == (0, [])
    for old in ("lo", "older"):
        assert "/foundations/low-rank/" in site.html(f"foundations/{old}/index.html")
    assert (site.base / "redirects.yml").read_text(encoding="utf-8") == (
        "# 搬家\nfoundations/older.md: foundations/low-rank.md\nfoundations/other.md: foundations/lo-x.md\n"
        "foundations/lo.md: foundations/low-rank.md\n"
    )


def test_recordings_stay_fresh_when_only_comments_changed(site: SmallSite) -> None:
    rename(site, "lo", "low-rank")
    library = Library(site.base)
    assert {path: library.stale(path) for path in library.paths} == dict.fromkeys(library.paths)
    run = json.loads((site.base / "snippets/foundations/recorded/low_rank/run.json").read_text(encoding="utf-8"))
    assert list(run["files"]) == ["foundations/low_rank.py"]


@pytest.mark.parametrize(
    "source",
    [
        '"""低\n"""\n\n# %% 做事\nprint("见 lo.py")\n',
        '"""低\n"""\n\n# %% 做事\ndef f():\n    """见 lo.py"""\n\nprint(len(f.__doc__))\n',
        '"""低\n"""\n\n# %% 做事，见 lo.py\nprint(1)\n',
        '"""低\n"""\n\n# %% 做事\nimport os\n\nprint(os.path.basename(__file__))\n',
    ],
    ids=["code", "docstring-used", "cell-title", "prints-its-name"],
)
def test_a_recording_whose_code_changed_is_left_stale_and_said(site: SmallSite, source: str) -> None:
    site.snippet("foundations/lo.py", source)
    notes = rename(site, "lo", "low-rank")
    assert "snippets/foundations/low_rank.py 的记录过期了：make record SNIPPET=low_rank" in notes
    library = Library(site.base)
    assert library.stale("foundations/low_rank.py")
    assert not library.stale("foundations/low_rank_more.py")


def test_a_recording_that_was_stale_stays_stale(site: SmallSite) -> None:
    site.snippet("foundations/lo.py", '"""低\n"""\n\n# %% 做事\nprint(5)\n', record=False)
    rename(site, "lo", "low-rank")
    assert Library(site.base).stale("foundations/low_rank.py")


def test_there_and_back_changes_nothing_but_the_redirects(site: SmallSite) -> None:
    before = tree(site.base)
    rename(site, "lo", "low-rank")
    rename(site, "low-rank", "lo")
    after = tree(site.base)
    assert after.pop("redirects.yml").decode() == (
        "# 搬家\nfoundations/older.md: foundations/lo.md\nfoundations/other.md: foundations/lo-x.md\n"
        "foundations/low-rank.md: foundations/lo.md\n"
    )
    del before["redirects.yml"]
    assert after == before
    assert linting.check_project(site.base, ruff=False) == []


def test_a_draft_leaves_no_redirect(site: SmallSite) -> None:
    site.lesson("foundations/d.md", 1, 9, published="false")
    before = (site.base / "redirects.yml").read_bytes()
    rename(site, "d", "dd")
    assert (site.base / "redirects.yml").read_bytes() == before


def test_git_sees_renames_and_takes_them_back(site: SmallSite) -> None:
    def git(*arguments: str) -> str:
        settings = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        ran = subprocess.run(["git", *settings, *arguments], cwd=site.base, capture_output=True, text=True)
        return ran.stdout

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "x")
    before = tree(site.base)
    site.write("README.md", before["README.md"] + b"foundations/lo.md\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "hooks"), "LLM_GUIDE_ROOT": str(site.base)}
    words = [sys.executable, "-m", "guide", "rename-lesson", "--old=lo", "--new=low-rank"]
    ran = subprocess.run(words, cwd=site.base, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "  docs/foundations/lo.md → low-rank.md\n" in ran.stdout
    assert "  tests/site/queries.yml\n" in ran.stdout
    assert ran.stdout.endswith("原来就有没提交的改动，用 git 还原会一起没掉：README.md\n")
    git("add", "-A")
    renamed = [line for line in git("diff", "--cached", "-M", "--name-status").splitlines() if line[0] == "R"]
    assert len(renamed) >= 8  # 只有一两行的文件，改一个词就认不出了
    git("reset", "-q", "--hard")
    git("clean", "-fdq")
    assert tree(site.base) == before


@pytest.mark.parametrize(
    ("old", "new", "reasons"),
    [
        ("", "x", ["写成 make rename-lesson OLD=旧课名 NEW=新课名"]),
        ("loo", "b", ["没有叫 “loo” 的课（现有：a、c、lo、lo-x）。你是不是想写 “lo”？"]),
        ("lo", "lo", ["课名 “lo” 已经是 1.2《课 1.2》（docs/foundations/lo.md）；课名在全站唯一，加一个词区分开"]),
        ("lo", "Low", ["课名 “Low” 应为小写英文、数字与连字符，字母开头，例如 multi-head-attention。你是不是想写 “low”？"]),
        ("lo", "older", []),
        ("lo", "other", ["redirects.yml 里 foundations/other.md 已经转到 foundations/lo-x.md，别人的旧链接还在用它：换一个名字，或先删掉那一行"]),
        ("lo-x", "lo-deep", ["lo_deep_run 会算作 lo-deep 的，它是 lo 的：换一个名字"]),
        ("a", "taken", ["tests/snippets/foundations/test_taken.py 已经存在，不会覆盖"]),
    ],
    ids=["missing", "unknown", "same", "illegal", "its-own-old-name", "redirected", "steals", "exists"],
)  # fmt: skip
def test_refusals_say_why_and_change_nothing(site: SmallSite, old: str, new: str, reasons: list[str]) -> None:
    site.write("tests/snippets/foundations/test_a.py", "1\n")
    site.write("tests/snippets/foundations/test_taken.py", "1\n")
    site.write("tests/snippets/foundations/test_lo_deep_run.py", "1\n")
    before = tree(site.base)
    if not reasons:
        rename_lesson.plan(Project(site.base), old, new)
        return
    project = Project(site.base)
    with pytest.raises(Refused) as caught:
        rename_lesson.plan(project, old, new)
    assert caught.value.reasons == reasons
    assert tree(site.base) == before


def test_a_failure_half_way_leaves_nothing(site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    todo = rename_lesson.plan(Project(site.base), "lo", "low-rank")
    before = tree(site.base)
    write, count = Path.write_bytes, 0

    def full(self: Path, data: bytes) -> int:
        nonlocal count
        count += 1
        if count == 4:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        changes.apply(site.base, todo)
    assert tree(site.base) == before
