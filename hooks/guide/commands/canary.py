"""金丝雀的报告：装上最新的一切再跑片段，哪一课坏了，最可疑的是哪个换了版本的包。"""

import ast
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass

from guide.code.recording import read_pins
from guide.commands.affected import subject

INSTALLED_FILE = re.compile(r"site-packages/(\w+)")
LONGEST = 160
"""表里的一格写得下这么多字。"""


@dataclass(frozen=True)
class Failure:
    """一个片段或练习坏了：第一句错误，全部的 traceback，几个测试失败。"""

    path: str
    message: str
    traceback: str
    count: int = 1


@dataclass(frozen=True)
class Source:
    """坏了的东西从哪里来：哪些课嵌入它，它导入哪些顶层模块。"""

    lessons: tuple[str, ...]
    modules: frozenset[str]


@dataclass(frozen=True)
class Result:
    """一次测试：跑了几个片段与练习，哪些坏了。"""

    ran: int
    failures: tuple[Failure, ...]


def read(junit: str) -> Result:
    """读 pytest 的 JUnit 报告，按片段与练习归在一起；别的测试按文件。"""
    ran: set[str] = set()
    failures: dict[str, Failure] = {}
    for case in ElementTree.fromstring(junit).iter("testcase"):
        # 导入不了的测试文件没有 classname，名字就是文件
        file, name = case.get("classname") or case.get("name") or "", case.get("name")
        node = f"{file.replace('.', '/')}.py::{name}"
        path = subject(node) or node.partition("::")[0]
        ran.add(path)
        problem = next((child for child in case if child.tag in ("failure", "error")), None)
        if problem is not None:
            first = failures.get(path)
            message, text = problem.get("message", ""), problem.text or ""
            failures[path] = (
                Failure(path, first.message, first.traceback + text, first.count + 1)
                if first
                else Failure(path, _sentence(message, text), text)
            )
    return Result(len(ran), tuple(failures[path] for path in sorted(failures)))


def _sentence(message: str, traceback: str) -> str:
    """最说明问题的一句：traceback 里最后一句“某某Error: …”，没有就是消息的第一行。"""
    raised = re.findall(r"^E\s+(?:[\w.]+\.)?(\w*(?:Error|Warning|Exception)\b.*)$", traceback, re.MULTILINE)
    return (raised[-1] if raised else message.strip().partition("\n")[0]).strip()


def changed_versions(constraints: str, installed: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """换了版本的包：名字 →（constraints.txt 里的，装上的）。构建的后缀（+cpu）不算。"""
    now = {re.sub(r"[-_.]+", "-", name).lower(): version.partition("+")[0] for name, version in installed.items()}
    pins = read_pins(constraints)
    return {name: (old, now[name]) for name, old in pins.items() if now.get(name, old) != old}


def imported(source: str) -> frozenset[str]:
    """一份源码导入的顶层模块；读不懂就是空的。"""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return frozenset()
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return frozenset(name.partition(".")[0] for name in names)


def suspects(failure: Failure, source: Source, packages: Mapping[str, str], changed: Mapping[str, object]) -> list[str]:
    """换了版本的包里最可疑的，先 traceback 里走到的（离错误近的在前），再它导入的。`packages` 是模块 → 包。"""
    walked = reversed(INSTALLED_FILE.findall(failure.traceback))
    found = [packages.get(module, "") for module in [*walked, *sorted(source.modules)]]
    return [name for name in dict.fromkeys(found) if name in changed]


def report(
    result: Result,
    sources: Mapping[str, Source],
    packages: Mapping[str, str],
    changed: Mapping[str, tuple[str, str]],
) -> str:
    """写成 Markdown：一张哪一课坏在哪个包下的表，再加全部换了的版本。"""
    parts = [f"跑了 {result.ran} 个片段与练习，坏了 {len(result.failures)} 个；{len(changed)} 个包换了版本。"]
    if result.failures:
        rows = ["| 课 | 片段或练习 | 怎么了 | 最可疑的包 |", "|---|---|---|---|"]
        for failure in result.failures:
            source = sources.get(failure.path, Source((), frozenset()))
            named = [f"{name} {_arrow(changed[name])}" for name in suspects(failure, source, packages, changed)]
            times = f"（{failure.count} 个测试）" if failure.count > 1 else ""
            cells = ["、".join(source.lessons) or "—", f"`{failure.path}`", _cell(failure.message) + times]
            rows.append(f"| {' | '.join([*cells, '、'.join(named) or '不像是版本的事'])} |")
        parts.append("\n".join(rows))
    else:
        parts.append("全部通过。")
    if changed:
        rows = ["| 包 | 记录时的版本 → 最新的版本 |", "|---|---|"]
        rows += [f"| {name} | {_arrow(versions)} |" for name, versions in sorted(changed.items())]
        table = "\n".join(rows)
        parts.append(f"<details><summary>换了版本的包</summary>\n\n{table}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def _arrow(versions: tuple[str, str]) -> str:
    return " → ".join(versions)


def _cell(text: str) -> str:
    """表格的一格：行内代码，竖线与反引号换掉，太长就截断。"""
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f"`{short.replace('|', '¦').replace('`', '′')}`" if short else "—"
