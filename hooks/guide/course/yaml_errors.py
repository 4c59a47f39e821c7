"""YAML 读不懂：把报错说成中文，指到真正写错的那一行。"""

import re

import yaml
from yaml.reader import ReaderError

from guide import rules
from guide.problem import Problem

KEY = r"^\s*(?:- +)?[A-Za-z][\w-]*"
# 制表符、换行、回车只在紧跟小写字母时可疑（`\text`、`\nabla`、`\rho`）：真要分行的文字不会这样写。
CONTROL = re.compile(r"[\a\b\v\f\x1b]|[\t\n\r](?=[a-z])")
CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: |$)")
TAG = re.compile(r"[:\[,-] *!")
FULL_WIDTH = re.compile(rf"({KEY})：\s*(.*)$")
NO_SPACE = re.compile(rf"({KEY}):([^\s/].*)$")
REASONS = {
    "mapping values are not allowed here": "值里有 “: ”，用单引号把整个值括起来",
    "found character '\\t' that cannot start any token": "有制表符，改用空格",
    "found character": "值以 YAML 的记号（@、`、% 一类）开头，用单引号把整个值括起来",
    "found undefined alias": "值以 * 开头，用单引号把整个值括起来",
    "expected alphabetic or numeric": "值以 * 或 & 开头，用单引号把整个值括起来",
    "could not determine a constructor": "值以 ! 开头，用单引号把整个值括起来",
    "expected URI": "值以 ! 开头，用单引号把整个值括起来",
    "found unknown escape character": "双引号里的反斜杠是转义，换成单引号",
    "found unexpected end of stream": "引号没有成对",
    "expected ',' or ']'": "方括号没有成对，或者列表里少了半角逗号",
    "expected ',' or '}'": "花括号没有成对，或者少了半角逗号",
    "could not find expected ':'": "这一行没有 “键: ”：是上一行的后半句，就并到上一行；是一个键，就补上半角冒号与空格",
    "expected <block end>, but found '<block": "这一行的缩进与上面对不齐",
    "expected <block end>, but found '-'": "这一行的缩进与上面对不齐",
    "expected <block end>": "引号或括号后面还有字，用单引号把整个值括起来",
    "expected the node content": "标点旁边少了一个值，或者多了一个标点",
    "expected a comment or a line break": "值以 > 或 | 开头，用单引号把整个值括起来",
    "expected chomping or indentation": "值以 > 或 | 开头，用单引号把整个值括起来",
    "mapping keys are not allowed": "值以 ? 开头，用单引号把整个值括起来",
    "sequence entries are not allowed": "值以 - 开头，用单引号把整个值括起来",
    "special characters are not allowed": "有看不见的控制字符，删掉它",
    "found unhashable key": "键只能是文字，这里是一个列表",
    "expected a mapping or list of mappings for merging": "键不能是 <<",
}


def problem(path: str, first_line: int, text: str, error: Exception, where: str = "") -> Problem:
    """`text` 的第一行是文件里的第 `first_line` 行。"""
    number, reason = place_and_reason(text, error)
    return rules.files.YAML.at(path, first_line + number, where=where, reason=reason)


def place_and_reason(text: str, error: Exception) -> tuple[int, str]:
    """错在第几行（从 0 起），为什么。YAML 常常读到下一行才发现，所以先看前面几行。"""
    lines = text.split("\n")
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if isinstance(error, ReaderError):
        return text.count("\n", 0, error.position), REASONS["special characters are not allowed"]
    if not isinstance(error, yaml.YAMLError):  # `!!bool 字` 这样的标签，PyYAML 自己也不认得
        place = next((place for place, line in enumerate(lines) if TAG.search(line)), 0)
        return place, REASONS["could not determine a constructor"]
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
    bare = above.strip() and ":" not in above and _indent(above) == _indent(lines[number])
    joined = reason.startswith("mapping values") and bare and re.match(KEY + ":", lines[number])
    if joined or reason.startswith("expected '<document start>'"):  # 上一行少了冒号，读到这一行才发现
        return max(number - 1, 0), REASONS["could not find expected ':'"]
    if reason.startswith("mapping values") and _indent(lines[number]) > _indent(above) and re.match(KEY + ":", above):
        return number, "这一行多缩进了，要与别的键对齐"
    if reason.startswith(("found unexpected end", "expected ','", "could not find expected")) and context:
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
