"""命令写错了：说中文，列出允许的，找出最接近的，退出码 2，什么也不跑。"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def guide(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "guide", *arguments]
    return subprocess.run(command, cwd=ROOT / "hooks", capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "少了命令：加上 -h 列出全部"),
        (
            "lnit",
            "没有叫 “lnit” 的命令（可用：lint、format、record、run、affected、new-lesson、rename-lesson、schema）。你是不是想写 “lint”？",
        ),
        ("lint --formt json", "不认识的选项 --formt（可用：--no-ruff、--format）。你是不是想写 “--format”？"),
        ("lint --format yaml", "--format 是 yaml，应为 text、github、json"),
        ("lint --format jsn", "--format 是 jsn，应为 text、github、json。你是不是想写 “json”？"),
        ("lint --format", "--format 后面要写值"),
        ("lint foo.md", "guide lint 后面用不着 “foo.md”（可用：--no-ruff、--format）"),
        ("affected", "少了 --since"),
        ("affected --since nonexistent", "没有叫 “nonexistent” 的提交或分支（试试 origin/main，先 git fetch）"),
        ("record lroa", "没有叫 “lroa” 的片段（相近的：lora、rag、lora_tune、rag_program）。你是不是想写 “lora”？"),
    ],
)
def test_a_wrong_command_is_refused(arguments: str, said: str) -> None:
    ran = guide(*arguments.split())
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", said + "\n")


def test_nothing_to_record() -> None:
    ran = guide("record", "snippets/transformer-llm/lora.py")
    assert (ran.returncode, ran.stdout) == (0, "snippets/transformer-llm/lora.py 没有过期；要重跑加 FORCE=1\n")


@pytest.mark.parametrize("given", ["SNIPET=lora", "SICNE=x", "snippet=lora"])
def test_make_refuses_a_variable_it_does_not_know(given: str) -> None:
    ran = subprocess.run(["make", "-n", "help", given], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 2
    assert f"不认识的变量 {given.partition('=')[0]}（可用：FORCE FORMAT " in ran.stderr


@pytest.mark.parametrize(
    "given", ["SNIPPET=lora", "FORCE=1", "SINCE=main", "PYTHON=python3.12", "PYTEST_ADDOPTS=-x", "-j2"]
)
def test_make_takes_the_ones_it_knows(given: str) -> None:
    ran = subprocess.run(["make", "-n", "help", given], cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_variable_of_the_help_is_known() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.search(r"^VARIABLES := (.*)$", text, re.MULTILINE)[1].split())
    told = {name for line in text.splitlines() if "@echo" in line for name in re.findall(r"\b([A-Z]+)=", line)}
    assert told <= known
