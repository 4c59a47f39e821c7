"""检查：片段里本站自己的规则，ruff 的报告，以及整个项目的一次检查。"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from guide import conflicts, reading, rules, site
from guide.code import syntax
from guide.course import frontmatter, settings
from guide.course.settings import Settings
from guide.library import Library
from guide.problem import Problem, Rule
from guide.reading import UNREADABLE
from guide.words import prose

NETWORK = {"requests", "urllib3", "aiohttp", "wget", "ftplib", "smtplib", "telnetlib"}
UNSAFE = {"pickle", "dill", "joblib", "shelve", "marshal"}
ABSOLUTE = re.compile(r"(?:/(?:home|Users|root|tmp|mnt|work|content|data)/\S)|(?:[A-Za-z]:\\\\?\w)")
RUFF_UNREADABLE = {"invalid-syntax", "E902"}
"""ruff 读不懂一个文件时的规则号。"""
SECRET = re.compile(
    r"\b(?:sk-(?![xX*.]{8})[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16})\b"
)


def check_project(base: Path, *, ruff: bool = True) -> list[Problem]:
    """检查整个仓库：页面、片段、练习、记录、术语与 Python 风格，全部问题一起报告。"""
    problems = site.read(sources(base), Library(base)).problems
    problems += check_code(base, ruff=ruff)
    problems += check_texts(base)
    return sorted(set(conflicts.instead(base, problems)))


def check_texts(base: Path) -> list[Problem]:
    """检查页面以外的文字：README、贡献文件与术语表。"""
    problems: list[Problem] = []
    for file in prose.files(base):
        if file.is_relative_to(base / "docs"):
            continue
        path = file.relative_to(base).as_posix()
        try:
            problems += prose.check(frontmatter.decode(file.read_bytes()), path)
        except UNREADABLE as error:
            problems.append(reading.problem(path, error))
    return problems


def sources(base: Path) -> dict[str, bytes | OSError]:
    """所有页面：相对 docs/ 的路径 → 内容，或读不了的原因。"""
    docs = base / "docs"
    return {p.relative_to(docs).as_posix(): reading.content(p) for p in sorted(docs.rglob("*.md"))}


def check_code(base: Path, *, ruff: bool = True) -> list[Problem]:
    """检查所有片段与练习的代码；有读得懂的 pyproject.toml 时也请 ruff 看一遍。"""
    problems = [*reading.outside(base), *reading.not_pages(base)]
    for file in sorted((base / "snippets").rglob("*.py")):
        path = file.relative_to(base).as_posix()
        try:
            problems += check_source(path, reading.text(file), exercise="/exercises/" in path)
        except (*UNREADABLE, *syntax.UNREADABLE):
            problems += filter(None, [unreadable(path, file)])  # 片段库与练习说的是同样的话，合成一条
    if ruff and (base / settings.PATH).exists() and not settings.read(base)[1]:
        problems += ruff_problems(base)
    return problems


def unreadable(path: str, file: Path) -> Problem | None:
    """一个 Python 文件为什么读不懂；读得懂是 None。"""
    try:
        return syntax.check(path, reading.text(file))
    except UNREADABLE as error:
        return reading.problem(path, error)


@lru_cache(maxsize=4096)
def check_source(path: str, source: str, *, exercise: bool = False) -> tuple[Problem, ...]:
    """一个文件里本站自己的规则。"""
    tree = ast.parse(source)
    found = [*_imports(tree), *_calls(tree), *_strings(tree)]
    if not exercise:
        found += _docstrings(tree)
    return tuple(rule.at(path, line, **values) for line, rule, values in found)


Found = Iterator[tuple[int, Rule, dict[str, str]]]


def _imports(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            if top in NETWORK or name == "urllib.request":
                yield node.lineno, rules.code.NETWORK, {"name": name}
            elif top in UNSAFE:
                yield node.lineno, rules.code.UNSAFE, {"name": name}


def _calls(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if "trust_remote_code" in named:
            yield node.lineno, rules.code.REMOTE_CODE, {}
        if ast.unparse(node.func) == "torch.load":
            value = named.get("weights_only")
            if not (isinstance(value, ast.Constant) and value.value is True):
                yield node.lineno, rules.code.WEIGHTS_ONLY, {}


def _strings(tree: ast.Module) -> Found:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        if SECRET.search(node.value):
            yield node.lineno, rules.code.SECRET, {}
        if "\n" not in node.value and ABSOLUTE.match(node.value):
            yield node.lineno, rules.code.ABSOLUTE_PATH, {"path": node.value}


def _docstrings(tree: ast.Module) -> Found:
    """公开的函数、类与方法要有 docstring；嵌套在函数里的不算公开。"""
    owners: list[ast.Module | ast.ClassDef] = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    for owner in owners:
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if not node.name.startswith("_") and not ast.get_docstring(node):
                yield node.lineno, rules.code.PUBLIC_DOCSTRING, {"name": node.name}


def ruff_problems(base: Path) -> list[Problem]:
    """ruff 的报告，变成同样的问题；文件都没有变就不再问它。"""
    folders = tuple(name for name in ("snippets", "hooks", "tests") if (base / name).is_dir())
    files = sorted(file for name in folders for file in (base / name).rglob("*.py"))
    stamps = tuple((file, file.lstat().st_mtime_ns, file.lstat().st_size) for file in [base / settings.PATH, *files])
    return list(_ruff(base, folders, stamps))


@lru_cache(maxsize=1)
def _ruff(base: Path, folders: tuple[str, ...], stamps: tuple[tuple[Path, int, int], ...]) -> tuple[Problem, ...]:
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", "--exit-zero", *folders]
    result = subprocess.run(command, cwd=base, capture_output=True, text=True, check=False)
    if result.returncode:
        return (_settings_problem(result.stderr, settings.read(base)[0]),)
    return tuple(_from_ruff(item, base) for item in json.loads(result.stdout))


def _from_ruff(item: dict[str, Any], base: Path) -> Problem:
    """ruff 的一条报告；读不懂的文件换成本站的话，几条合成一条。"""
    path = Path(item["filename"]).relative_to(base.resolve()).as_posix()
    if item["code"] in RUFF_UNREADABLE and (wrong := unreadable(path, base / path)):
        return wrong
    fix = "（ruff check --fix 能自动改）" if item["fix"] else ""
    said = {"code": item["code"] or "语法", "message": item["message"], "fix": fix}
    return rules.code.RUFF.at(path, item["location"]["row"], **said)


def _settings_problem(said: str, written: Settings) -> Problem:
    """ruff 读不懂 pyproject.toml 里它那一段：最后一行是原因，反引号里是写错的键或值。"""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not any(settings.PATH in line for line in lines):
        raise RuntimeError(f"ruff 没有运行起来：{said.strip()}")
    reason = lines[-1].removeprefix("Cause: ").partition(" from `")[0]
    place = re.search(r"at line (\d+)", said)
    found = map(written.line_of, reversed(re.findall(r"`([^`]+)`", reason)))
    line = max([*found, int(place[1]) if place else 1])
    return rules.files.RUFF_SETTINGS.at(settings.PATH, line, reason=reason)
