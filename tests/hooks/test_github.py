"""GitHub 上的文件：工作流的规矩、议题的表单、README 里工作流要用的一行。"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from guide.code.recording import read_pins
from small_site import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted(set((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) - {ROOT / ".github/ISSUE_TEMPLATE/config.yml"})
SAFE = {"pull_request", "push", "workflow_call", "workflow_dispatch", "schedule"}


def load(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(text.replace("\non:", "\n'on':"))  # YAML 1.1 把 on 读成 True


def steps(workflow: Any) -> list[Any]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_keeps_the_rules(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow["on"]) <= SAFE
    for line in path.read_text(encoding="utf-8").splitlines():
        if "uses: " in line and "uses: ./" not in line:
            assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
    for job in workflow["jobs"].values():
        assert "uses" in job or job["timeout-minutes"] <= 60
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        assert "secrets." not in str(step)
        assert "${{" not in step.get("run", ""), "值从环境变量进来，不拼进命令里"


def test_a_pull_request_can_write_nothing() -> None:
    for path in WORKFLOWS:
        workflow = load(path)
        if "pull_request" in workflow["on"]:
            assert all(job.get("permissions", {}) == {} for job in workflow["jobs"].values())


def test_the_job_that_writes_issues_runs_no_package() -> None:
    for path in WORKFLOWS:
        for job in load(path)["jobs"].values():
            if "issues" in job.get("permissions", {}):
                assert not any("make" in step.get("run", "").split() for step in job["steps"])


def test_make_targets_in_workflows_exist() -> None:
    targets = set(re.findall(r"^([\w.-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = {
        word
        for path in WORKFLOWS
        for step in steps(load(path))
        for words in re.findall(r"\bmake((?: [\w./=-]+)+)", step.get("run", ""))
        for word in words.split()
        if "=" not in word and not word.startswith("-")
    }
    assert called >= {"lint", "build", "test-hooks", "test-site", "test-snippets", "canary", "links"}
    assert called <= targets


def test_the_three_parts_of_the_tests_make_the_whole() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "pytest -n auto tests/hooks --ignore=tests/hooks/test_runner.py\n" in makefile
    assert "pytest -n auto tests/site\n" in makefile
    assert "pytest -n auto tests/snippets tests/hooks/test_runner.py" in makefile
    assert {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))} == {
        "hooks", "site", "snippets",
    }  # fmt: skip


def test_the_cpu_index_stands_once_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if "--index-url" in line]
    version = read_pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))["torch"]
    assert len(lines) == 1
    assert lines[0].startswith(f".venv/bin/python -m pip install torch=={version} --index-url https://")
    ran = subprocess.run(["make", "-n", "torch-cpu"], cwd=ROOT, capture_output=True, text=True)
    assert lines[0].partition("--index-url ")[2] in ran.stdout


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_has_what_github_asks(path: Path) -> None:
    form = load(path)
    assert all(isinstance(form[key], str) and form[key] for key in ("name", "description", "title"))
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in fields]
    assert len(ids) == len(set(ids)) and ids[0] == "page"
    for field in fields:
        assert field["type"] in ("input", "textarea", "dropdown", "checkboxes")
        assert field["attributes"]["label"]
        assert set(field) <= {"type", "id", "attributes", "validations"}
        assert set(field.get("validations", {})) <= {"required"}


def test_the_three_forms() -> None:
    assert [path.stem for path in FORMS] == ["code", "content", "error"]


def version_command() -> str:
    form = load(ROOT / ".github/ISSUE_TEMPLATE/code.yml")
    field = next(field for field in form["body"] if field.get("id") == "versions")
    return re.search(r"```\n(.+)\n```", field["attributes"]["description"])[1]


def test_the_version_command_really_runs() -> None:
    command = version_command().replace("python ", f'"{sys.executable}" ', 1)
    ran = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith(f"Python {sys.version_info.major}.{sys.version_info.minor}")
    assert any(line.split()[0] == "pillow" for line in lines[1:])


def test_the_version_command_survives_every_shell() -> None:
    _, _, code = version_command().partition(" -c ")
    assert code.startswith('"') and code.endswith('"')
    inside = code[1:-1]
    assert not set(inside) & set('"$`!%^\\\n'), "这些字符在某一种命令行里有别的意思"
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    named = re.search(r"names = '([^']+)'", inside)[1].split()
    assert named == sorted(re.match(r"[\w-]+", requirement)[0] for requirement in groups["snippets"])


@pytest.mark.parametrize(
    ("known", "state", "did"),
    [
        ("", "broken", ["label create", "issue create"]),
        ("", "fine", []),
        ("7 OPEN", "broken", ["issue edit"]),
        ("7 OPEN", "fine", ["issue edit", "issue close"]),
        ("7 CLOSED", "broken", ["issue reopen", "issue edit"]),
        ("7 CLOSED", "fine", []),
    ],
)
def test_there_is_one_issue(tmp_path: Path, known: str, state: str, did: list[str]) -> None:
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\nif [ "$2" = list ]; then printf "%s" "{known}"; else echo "$1 $2"; fi\n', "utf-8")
    gh.chmod(0o755)
    (tmp_path / "report.md").write_text("表" * 60000, encoding="utf-8")
    path = f"{tmp_path}:{Path(shutil.which('bash')).parent}:/usr/bin:/bin"
    command = ["bash", str(ROOT / ".github/one-issue.sh"), "canary", "金丝雀", str(tmp_path / "report.md"), state]
    environment = {"PATH": path, "RUN_URL": "https://example.org/1", "TMPDIR": str(tmp_path)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.splitlines()) == (0, did), ran.stderr
    body = next(file for file in tmp_path.iterdir() if file.name.startswith("tmp.")).read_text(encoding="utf-8")
    assert len(body) < 65536 and body.rstrip().endswith("。") and "https://example.org/1" in body
