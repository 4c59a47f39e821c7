"""环境自检：缺什么就报什么，什么都没装也能跑完。"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from guide.code.runner import Run
from packaging.version import Version

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSIONS = ["3.9", "3.11", "3.2", "1.26.4", "2.4.6", "2.13.0", "2.9.1", "10.0", "0.21.2"]


def test_numbers_orders_versions_like_packaging(run: Run) -> None:
    """自己写的拆法与 packaging 库排出的次序一致，与字符串的次序不一致。"""
    ours = sorted(VERSIONS, key=run.namespace["numbers"])

    assert ours == sorted(VERSIONS, key=Version)
    assert ours != sorted(VERSIONS)


def test_two_orders_of_the_same_versions(run: Run) -> None:
    """当作小数，3.9 最新；当作版本，它最旧。"""
    assert run.namespace["as_decimal"] == ["3.11", "3.13", "3.9"]
    assert run.namespace["as_version"] == ["3.9", "3.11", "3.13"]


def test_numbers_reads_rules_and_local_versions(run: Run) -> None:
    numbers = run.namespace["numbers"]

    assert numbers(">=2.4") == (2, 4)
    assert numbers("2.13.0+cpu") == (2, 13, 0)
    with pytest.raises(ValueError, match="看不懂的版本号"):
        numbers("最新版")


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 9, 6), "待修"), ((3, 10, 13), "待修"), ((3, 11, 0), "通过"), ((3, 14, 1), "通过"), ((3, 15, 0), "提醒")],
)
def test_python_version(run: Run, version: tuple[int, ...], state: str) -> None:
    assert run.namespace["check_python"](version).state == state


def test_virtual_environment(run: Run) -> None:
    """prefix 与 base_prefix 不同才算在虚拟环境里；conda 的 base 不算。"""
    check = run.namespace["check_venv"]

    assert check("/home/me/llm/.venv", "/usr").state == "通过"
    assert check("/usr", "/usr").state == "提醒"
    assert "activate" in check("/usr", "/usr").fix
    assert check("/conda/envs/llm", "/conda/envs/llm", "llm").state == "通过"
    assert check("/conda", "/conda", "base").state == "提醒"


@pytest.mark.parametrize(
    ("rule", "installed", "state"),
    [
        (">=2.4", None, "待修"),
        (">=2.4", "1.26.4", "待修"),
        (">=2.4", "2.4.0", "通过"),
        (">=2.4", "2.10.1", "通过"),
        ("==2.13.0", "2.13.0+cpu", "通过"),
        ("==2.13.0", "2.9.1", "待修"),
        ("==2.13.0", "2.15.0", "提醒"),
    ],
)
def test_package(run: Run, rule: str, installed: str | None, state: str) -> None:
    result = run.namespace["check_package"]("some-package", rule, installed)

    assert result.state == state
    assert (result.fix == f'python -m pip install "some-package{rule}"') == (state == "待修")


def test_later_packages_only_remind(run: Run) -> None:
    """以后才用的软件包合成一条提醒，命令里只有缺的和太旧的。"""
    rules = {"peft": ">=0.21", "openai": ">=3.54", "fastapi": ">=0.165"}
    result = run.namespace["check_later"](rules, {"peft": None, "openai": "1.2.0", "fastapi": "0.165.0"})

    assert result.state == "提醒"
    assert result.fix == 'python -m pip install "peft>=0.21" "openai>=3.54"'
    assert run.namespace["check_later"](rules, dict.fromkeys(rules, "99.0")).state == "通过"


def test_fonts(run: Run) -> None:
    """要的字体里有中文字体才通过；机器上有而没有选用时，说出该写哪一行。"""
    check = run.namespace["check_font"]

    assert check(["DejaVu Sans", "PingFang SC"], {"PingFang SC"}).state == "通过"
    assert check(["PingFang SC"], {"DejaVu Sans"}).state == "提醒"
    assert "font.sans-serif: SimHei" in check(["DejaVu Sans"], {"DejaVu Sans", "SimHei"}).fix


def test_site_style_lists_only_fonts_the_check_knows(run: Run) -> None:
    """matplotlibrc 里的中文字体，自检都认得。"""
    style = (ROOT / "snippets" / "matplotlibrc").read_text(encoding="utf-8")
    listed = re.search(r"^font\.sans-serif: (.+)$", style, re.MULTILINE)[1].split(", ")

    assert set(listed) - {"DejaVu Sans"} <= set(run.namespace["CHINESE_FONTS"])


def test_tensor(run: Run) -> None:
    """导入失败、算错都是待修；这里的 torch 算得对。"""
    check = run.namespace["check_tensor"]

    class Wrong:
        def __matmul__(self, other: object) -> "Wrong":
            return self

        def tolist(self) -> list[float]:
            return [0.0, 0.0]

    assert check(run.namespace["torch"]).state == "通过"
    assert check(None, "OSError: WinError 126").found == "OSError: WinError 126"
    assert check(None, "OSError: WinError 126").state == "待修"
    assert check(SimpleNamespace(tensor=lambda _: Wrong())).state == "待修"


def test_no_gpu_is_enough(run: Run) -> None:
    check = run.namespace["check_device"]

    assert check(cuda=False, mps=False).state == "通过"
    assert "CUDA" in check(cuda=True, mps=False).found
    assert "MPS" in check(cuda=False, mps=True).found


def test_rules_are_those_of_the_project(run: Run) -> None:
    """自检要的版本与 pyproject.toml 里的一字不差。"""
    rules = {**run.namespace["NOW"], **run.namespace["LATER"]}
    rules.pop("pip")

    assert {name + rule for name, rule in rules.items()} <= set(PROJECT["dependency-groups"]["snippets"])
    oldest = ".".join(map(str, run.namespace["OLDEST"]))
    assert PROJECT["project"]["requires-python"] == f">={oldest}"


def test_report_says_how_to_mend_everything_broken(run: Run) -> None:
    """例子里每个待修的都在结尾点名，下一行是补法。"""
    lines = run.text("一台有问题的机器").splitlines()
    broken = [number for number, line in enumerate(lines) if line.startswith("待修")]

    assert run.namespace["broken_example"] == ["Python", "torch", "numpy", "张量计算"]
    assert len(broken) == 4
    assert all(lines[number + 1].strip().startswith("→") for number in broken)
    assert lines[-1] == "要修 4 处：Python、torch、numpy、张量计算"


def test_this_machine_is_ready(run: Run) -> None:
    assert run.namespace["broken"] == []
    assert run.text("检查这台机器").splitlines()[-1] == "环境可以用了"


def test_new_environment_is_empty(run: Run) -> None:
    assert "刚建的环境 → numpy： 没有" in run.text("两个环境")


def test_runs_without_any_package() -> None:
    """一个第三方软件包也找不到时（-S），脚本照样跑完，并把缺的都列出来。"""
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(ROOT / "snippets" / "foundations" / "setup.py")]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)

    assert result.returncode == 0, result.stderr
    report = result.stdout.partition("—— 这台机器 ——")[2]
    for name in ["torch", "numpy", "pandas", "matplotlib", "scikit-learn", "transformers"]:
        assert f"待修  {name}：没有安装" in report
    assert "提醒  虚拟环境：不在虚拟环境里" in report
    assert report.strip().splitlines()[-1].startswith("要修 7 处")
