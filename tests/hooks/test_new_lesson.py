"""新课：写出来就能通过检查、构建与测试；不覆盖；插在中间时只挪必要的几课；做到一半出错就退回去。"""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from guide.commands import changes, linting, new_lesson
from guide.commands.changes import Changes, Refused
from guide.commands.project import Project
from small_site import ROOT, SmallSite

GIVEN = {"stage": "1", "name": "second-step", "title": "第二步", "goal": "做出一样东西"}
WRITTEN = [
    "docs/foundations/second-step.md",
    "snippets/foundations/exercises/second_step_discounted_mean/solution.py",
    "snippets/foundations/exercises/second_step_discounted_mean/task.py",
    "snippets/foundations/exercises/second_step_discounted_mean/wrong_not_divided.py",
    "snippets/foundations/exercises/second_step_discounted_mean/wrong_oldest_first.py",
    "snippets/foundations/recorded/second_step/output.txt",
    "snippets/foundations/recorded/second_step/run.json",
    "snippets/foundations/second_step.py",
    "tests/snippets/foundations/test_second_step.py",
]


def command(site: SmallSite, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "hooks"), "LLM_GUIDE_ROOT": str(site.base)}
    words = [sys.executable, "-m", "guide", "new-lesson", *arguments]
    return subprocess.run(words, cwd=site.base, env=environment, capture_output=True, text=True, stdin=stdin)


def options(**given: str) -> list[str]:
    return [f"--{key}={value}" for key, value in given.items()]


def tree(base: Path) -> dict[str, bytes]:
    """仓库里的每一个文件；空文件夹也算。"""
    found = {p.relative_to(base).as_posix(): p.read_bytes() if p.is_file() else b"" for p in base.rglob("*")}
    return {path: content for path, content in found.items() if not re.match(r"site/|\.git/|.*__pycache__", path)}


def refused(site: SmallSite, **given: str) -> list[str]:
    """照 `given` 写新课，应当拒绝；返回原因，并确认什么都没有改。"""
    before = tree(site.base)

    def attempt() -> None:
        project = Project(site.base)
        new_lesson.plan(project, new_lesson.request(project, {**GIVEN, **given}))

    with pytest.raises(Refused) as caught:
        attempt()
    assert tree(site.base) == before
    return caught.value.reasons


@pytest.fixture
def written(small_site: SmallSite) -> SmallSite:
    """写好了一课的小站点，带着仓库的 pyproject.toml（小站点原有的一课没有那么全）与片段测试的公用部分。"""
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    small_site.write("pyproject.toml", settings.replace("[tool.guide.lesson]", "[tool.guide.unused]"))
    for name in ("__init__.py", "conftest.py", "test_exercises.py", "test_recordings.py"):
        small_site.write(f"tests/snippets/{name}", (ROOT / "tests/snippets" / name).read_bytes())
    before = tree(small_site.base)
    ran = command(small_site, *options(**GIVEN))
    assert (ran.returncode, ran.stderr) == (0, "")
    after = tree(small_site.base)
    assert [path for path in sorted(after) if path not in before and (small_site.base / path).is_file()] == WRITTEN
    assert {path: after[path] for path in before} == before
    assert all(path in ran.stdout for path in WRITTEN)
    return small_site


def test_it_passes_lint_and_its_own_tests_as_it_is(written: SmallSite) -> None:
    assert linting.check_project(written.base) == []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "hooks")}
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "second_step", "tests/snippets"]
    ran = subprocess.run(words, cwd=written.base, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.count(".") >= 13  # 行为、骨架、答案、两个错误答案、记录


def test_a_draft_is_not_built_and_a_finished_lesson_is(written: SmallSite) -> None:
    assert written.build("-q").code == 0
    assert not (written.base / "site/foundations/second-step").exists()

    page = written.base / WRITTEN[0]
    text = page.read_text(encoding="utf-8").replace("published: false\n", "")
    page.write_text(text, encoding="utf-8")
    problems = linting.check_project(written.base)
    assert [problem.rule.code for problem in problems] == ["todo-left"] * 8

    page.write_text(re.sub(r'!!! todo ".*"\n\n(?:    .*\n)+\n', "", text), encoding="utf-8")
    result = written.build("-q")
    assert (result.code, result.problems) == (0, [])
    html = BeautifulSoup(written.html("foundations/second-step/index.html"), "lxml")
    assert html.h1 is not None
    assert html.h1.get_text().startswith("第二步")
    sections = [heading.get_text().rstrip("¶") for heading in html.select("article h2")]
    assert sections[:7] == ["权重像砝码", "先用手算", "写成式子", "写成代码", "会出什么错", "练习", "继续深入"]
    assert html.select_one("svg[role], .diagram svg, figure svg") is not None
    assert [pre.get_text() for pre in html.select(".snippet-output pre")] == [
        "权重一样： 80.0\n期末占一半： 85.0",
        "ZeroDivisionError: division by zero",
    ]


def test_git_takes_it_all_back(small_site: SmallSite) -> None:
    def git(*arguments: str) -> str:
        settings = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        ran = subprocess.run(["git", *settings, *arguments], cwd=small_site.base, capture_output=True, text=True)
        return ran.stdout

    small_site.lesson("foundations/b.md", 1, 2)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "x")
    before = tree(small_site.base)
    assert command(small_site, *options(**GIVEN, order="1")).returncode == 0
    assert tree(small_site.base) != before
    git("checkout", ".")
    git("clean", "-fdq")
    assert tree(small_site.base) == before


def test_only_what_it_touches_counts_as_unsaved(small_site: SmallSite) -> None:
    subprocess.run(["git", "init", "-q"], cwd=small_site.base, check=True)
    small_site.write("README.md", "没有提交\n")
    done = command(small_site, *options(**GIVEN))
    assert done.returncode == 0
    assert "没提交" not in done.stdout


def test_nothing_is_overwritten(small_site: SmallSite) -> None:
    small_site.write("snippets/foundations/second_step.py", "1\n")
    small_site.write("tests/snippets/foundations/test_second_step.py", "1\n")
    assert refused(small_site) == [
        "snippets/foundations/second_step.py 已经存在，不会覆盖",
        "tests/snippets/foundations/test_second_step.py 已经存在，不会覆盖",
    ]


def test_only_the_lessons_in_the_way_move(small_site: SmallSite) -> None:
    page = "title: 乙\nstage: 1\norder: 2   # 第二\ngoal: 做出一样东西\nminutes: 30"
    small_site.page("foundations/b.md", page)
    windows = "---\r\ntitle: 丙\r\nstage: 1\r\norder: 3\r\ngoal: 做出一样东西\r\nminutes: 30\r\n---\r\n\r\norder: 3\r\n"
    small_site.write("docs/foundations/c.md", b"\xef\xbb\xbf" + windows.encode())
    small_site.lesson("foundations/e.md", 1, 5)
    before = tree(small_site.base)
    assert command(small_site, *options(**GIVEN, order="2")).returncode == 0
    after = tree(small_site.base)
    changed = {path for path in before if after[path] != before[path]}
    assert changed == {"docs/foundations/b.md", "docs/foundations/c.md"}
    assert after["docs/foundations/b.md"] == before["docs/foundations/b.md"].replace(b"order: 2", b"order: 3")
    assert after["docs/foundations/c.md"] == before["docs/foundations/c.md"].replace(b"order: 3", b"order: 4", 1)
    course = Project(small_site.base).course
    assert [(page.name, page.lesson.order) for page in course.lessons] == [
        ("a", 1), ("second-step", 2), ("b", 3), ("c", 4), ("e", 5),
    ]  # fmt: skip


def test_it_goes_to_the_end_unless_told(small_site: SmallSite) -> None:
    small_site.lesson("foundations/e.md", 1, 5)
    project = Project(small_site.base)
    assert new_lesson.request(project, GIVEN).order == 6
    assert new_lesson.request(project, {**GIVEN, "stage": "foundations", "order": "3"}).order == 3


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"stage": "foundation"},
            "STAGE：没有阶段 “foundation”，应为 1–5 或 foundations、deep-learning-nlp、transformer-llm、applications、advanced。你是不是想写 “foundations”？",
        ),
        (
            {"name": "Second_Step"},
            "NAME：课名 “Second_Step” 应为小写英文、数字与连字符，字母开头，例如 multi-head-attention。你是不是想写 “second-step”？",
        ),
        ({"name": "a"}, "NAME：课名 “a” 已经是 1.1《求和》（docs/foundations/a.md）；课名在全站唯一，加一个词区分开"),
        (
            {"name": "random"},
            "NAME：课名 “random” 与一个 Python 模块或保留的文件同名，片段 random.py 会挡住它：加一个词，例如 random-basics",
        ),
        (
            {"name": "lambda"},
            "NAME：课名 “lambda” 是 Python 的关键字，文件不能叫这个名字：加一个词，例如 lambda-basics",
        ),
        (
            {"name": "old"},
            "NAME：redirects.yml 里 foundations/old.md 已经转到 foundations/a.md，别人的旧链接还在用它：换一个名字，或先删掉那一行",
        ),
        ({"name": "a-sum"}, "a_sum 会算作 a-sum 的，它是 a 的：换一个名字"),
        ({"title": " "}, "TITLE：不能是空的"),
        ({"order": "3"}, "ORDER：第几课是 “3”，应为 1–2 的整数"),
    ],
)
def test_refusals_say_why(small_site: SmallSite, given: dict[str, str], reason: str) -> None:
    small_site.write("redirects.yml", "foundations/old.md: foundations/a.md\n")
    assert refused(small_site, **given) == [reason]


def test_a_stage_without_lessons_gets_its_first(small_site: SmallSite) -> None:
    small_site.stage(2)
    assert command(small_site, *options(**{**GIVEN, "stage": "2"})).returncode == 0
    assert linting.check_project(small_site.base, ruff=False) == []


def test_without_a_terminal_everything_missing_is_said_at_once(small_site: SmallSite) -> None:
    ran = command(small_site, "--stage=1", "--title=题")
    assert ran.returncode == 2
    assert ran.stderr.splitlines() == [
        "缺少 NAME：课名，也是文件名（小写英文与连字符，如 multi-head-attention）",
        "缺少 GOAL：目标（一句话，动词开头，读者能自己检验）",
        "什么都没有改",
    ]


def test_with_a_terminal_it_asks_until_the_answer_will_do(small_site: SmallSite) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, "六\n1\nb\n\n做出一样东西\n\n".encode())
    ran = command(small_site, "--title=乙", stdin=terminal)
    os.close(terminal)
    os.close(keyboard)
    assert ran.returncode == 0, ran.stderr
    assert "阶段（1 foundations、2 deep-learning-nlp" in ran.stdout
    assert "没有阶段 “六”" in ran.stdout
    assert "不能是空的" in ran.stdout
    assert "第几课（1–2；已有 1 a；空着的直接用，有课的往后让） [2]：" in ran.stdout
    assert Project(small_site.base).course.by_name["b"].lesson.order == 2


def test_broken_front_matter_is_mended_first(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 1)
    reasons = refused(small_site)
    assert reasons[0] == "先改好这些问题："
    assert [reason.partition("，")[0] for reason in reasons[1:]] == [
        "docs/foundations/a.md:4: order 是 1",
        "docs/foundations/b.md:4: order 是 1",
    ]
    assert reasons[1].endswith(" [order-taken]")


@pytest.mark.parametrize("failing", range(1, 10))
def test_a_failure_half_way_leaves_nothing(
    small_site: SmallSite, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    project = Project(small_site.base)
    wanted = new_lesson.request(project, {**GIVEN, "order": "1"})
    todo = new_lesson.plan(project, wanted)
    todo = Changes(
        {"docs/foundations/a.md": "docs/foundations/z.md"},
        {k.replace("/a.md", "/z.md"): v for k, v in todo.written.items()},
    )
    before = tree(small_site.base)
    write, count = Path.write_bytes, 0

    def full(self: Path, data: bytes) -> int:
        nonlocal count
        count += 1
        if count == failing:
            write(self, data[:1])
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        changes.apply(small_site.base, todo)
    assert tree(small_site.base) == before


def test_the_template_needs_only_the_standard_library() -> None:
    from guide.code.runner import imports

    assert imports((new_lesson.TEMPLATE / "snippet.py").read_text(encoding="utf-8")) == set()
