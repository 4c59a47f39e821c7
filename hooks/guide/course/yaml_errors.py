"""YAML 读不懂：把报错说成中文，指到真正写错的那一行。"""

import re

import yaml

from guide import rules
from guide.problem import Problem

KEY = r"^\s*(?:- +)?[A-Za-z][\w-]*"
# 制表符、换行、回车只在紧跟小写字母时可疑（`\text`、`\nabla`、`\rho`）：真要分行的文字不会这样写。
CONTROL = re.compile(r"[\a\b\v\f\x1b]|[\t\n\r](?=[a-z])")
CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: |$)")
FULL_WIDTH = re.compile(rf"({KEY})：\s*(.*)$")
NO_SPACE = re.compile(rf"({KEY}):([^\s/].*)$")
REASONS = {
    "mapping values are not allowed here": "值里有 “: ”，用单引号把整个值括起来",
    "found character '\\t' that cannot start any token": "有制表符，改用空格",
    "found character": "值以 YAML 的记号（@、`、% 一类）开头，用单引号把整个值括起来",
    "found undefined alias": "值以 * 开头，用单引号把整个值括起来",
    "expected alphabetic or numeric": "值以 * 或 & 开头，用单引号把整个值括起来",
    "could not determine a constructor": "值以 ! 开头，用单引号把整个值括起来",
    "found unknown escape character": "双引号里的反斜杠是转义，换成单引号",
    "found unexpected end of stream": "引号没有成对",
    "expected ',' or ']'": "方括号没有成对，或者列表里少了半角逗号",
    "expected ',' or '}'": "花括号没有成对，或者少了半角逗号",
}


def problem(path: str, first_line: int, text: str, error: Exception, where: str = "") -> Problem:
    """`text` 的第一行是文件里的第 `first_line` 行。"""
    number, reason = place_and_reason(text, error)
    return rules.files.YAML.at(path, first_line + number, where=where, reason=reason)


def place_and_reason(text: str, error: Exception) -> tuple[int, str]:
    """错在第几行（从 0 起），为什么。YAML 常常读到下一行才发现，所以先看前面几行。"""
    lines = text.split("\n")
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    number = min(mark.line if mark else 0, len(lines) - 1)
    for place, line in enumerate(lines):
        if CONFLICT.match(line):
            return place, "这里有没有解决的合并冲突：留下要的一边，删掉 <<<<<<<、======= 与 >>>>>>>"
    for place in dict.fromkeys([number, *([context.line] if context else []), max(number - 1, 0)]):
        line = lines[min(place, len(lines) - 1)]
        if match := FULL_WIDTH.match(line):
            return place, f"键后面的冒号要用半角，再空一格：“{match[1].strip()}: {match[2][:20]}”"
        if match := NO_SPACE.match(line):
            return place, f"冒号后面要空一格：“{match[1].strip()}: {match[2][:20]}”"
    reason = str(getattr(error, "problem", None) or error)
    above = lines[number - 1] if number else ""
    if reason.startswith("mapping values") and _indent(lines[number]) > _indent(above) and re.match(KEY + ":", above):
        return number, "这一行多缩进了，要与别的键对齐"
    if reason.startswith(("found unexpected end", "expected ','")) and context:
        number = context.line
    for english, chinese in REASONS.items():
        if reason.startswith(english):
            return number, chinese
    return number, f"{reason}（多半是引号、冒号或缩进）"


ESCAPED = "双引号里的反斜杠变成了控制字符（\\t 是制表符），换成单引号"


def escaped(node: yaml.ScalarNode) -> bool:
    r"""双引号里的 \t、\f 这些转义变成了控制字符：公式 `\text` 就坏了，页面上却看不出为什么。"""
    return node.style == '"' and bool(CONTROL.search(node.value))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
