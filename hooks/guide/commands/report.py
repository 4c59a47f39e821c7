"""报告：同一份问题，给终端、给 GitHub 的注解、给编辑器，各一种写法。"""

import json
from collections.abc import Iterable
from itertools import groupby

from guide.problem import Problem

FORMATS = ("text", "github", "json")
BOLD, RED, DIM, PLAIN = "\033[1m", "\033[31m", "\033[2m", "\033[0m"


def written(problems: Iterable[Problem], form: str = "text", *, color: bool = False) -> str:
    """把问题写成 `form`：text、github（拉取请求里逐行的注解）或 json（编辑器读）。"""
    ordered = sorted(problems)
    if form == "github":
        return "\n".join(_annotation(one) for one in ordered)
    if form == "json":
        found = [{"path": one.path, "line": one.line, "message": one.message, "rule": one.rule.code} for one in ordered]
        return json.dumps(found, ensure_ascii=False, indent=2)
    return _text(ordered, color)


def _text(ordered: list[Problem], color: bool) -> str:
    """按文件分组；每行仍是“文件:行: …”，终端与编辑器点得开，末尾是规则的短名。"""
    bold, red, dim, plain = (BOLD, RED, DIM, PLAIN) if color else ("", "", "", "")
    blocks = []
    for path, group in groupby(ordered, key=lambda one: one.path):
        lines = [f"{bold}{path}{dim}:{one.line}:{plain} {one.message} {dim}[{one.rule.code}]{plain}" for one in group]
        blocks.append("\n".join(lines))
    total = f"{red}{len(ordered)} 个问题{plain}，在 {len(blocks)} 个文件里" if ordered else "没有问题"
    return "\n".join([*blocks, total])


def _annotation(one: Problem) -> str:
    """GitHub Actions 的注解，标题是规则的短名；属性里的冒号、逗号与换行要转义。"""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    path = escaped(one.path).replace(":", "%3A").replace(",", "%2C")
    return f"::error file={path},line={one.line},title={one.rule.code}::{escaped(one.message)}"
