"""Python 读不懂：把 Python 的话说成中文；认不出的，原话留在括号里。"""

import ast
import re
import tokenize
from collections.abc import Callable

from guide import rules
from guide.course.yaml_errors import CONFLICT
from guide.problem import Problem, listing

UNREADABLE = (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError)
"""读一段源码会抛出的；有空字节时 3.11 抛出 ValueError，一个式子太长时抛出最后两样。"""

HALF = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)} | dict(
    zip("。、【】《》“”‘’", ".,[]<>\"\"''", strict=True)
)
"""全角的标点 → 半角的。"""

ODD = re.compile(r"invalid character '(.)'")
UNKNOWN = "这一行读不懂"

REASONS: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (ODD.pattern, lambda found: _odd(found[1])),
    (r"invalid non-printable character U\+3000", "全角的空格要换成半角的"),
    (r"invalid non-printable character (U\+\w+)", r"有一个看不见的字符 \1：删掉它，重新打一遍"),
    (r"unexpected indent", "这一行多缩进了"),
    (r"expected an indented block.* on line (\d+)", r"第 \1 行下面要有缩进的一段"),
    (r"unindent does not match", "这一行的缩进与上面哪一层都对不上"),
    (r"inconsistent use of tabs", "缩进混用了制表符与空格，都用空格"),
    (r"'(.)' was never closed", r"“\1” 没有闭合"),
    (r"unmatched '(.)'", r"“\1” 前面没有与它成对的括号"),
    (r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", r"“\1” 与前面的 “\2” 不成对"),
    (r"unterminated triple-quoted", "三个引号没有成对"),
    (r"unterminated (?:f-)?string literal", "引号没有成对"),
    (r"expected ':'", "少了冒号"),
    (r"invalid syntax\. Perhaps you forgot a comma", "多半少了一个逗号"),
    (r".*Maybe you meant '=='", "比较用 ==，= 是赋值"),
    (r"Missing parentheses in call to '(\w+)'", r"\1 是函数，要写括号"),
    (r"positional argument follows keyword", "没有名字的参数要放在有名字的前面"),
    (r"expected 'except' or 'finally'", "try 后面少了 except 或 finally"),
    (r"unexpected character after line continuation", "行尾的反斜杠后面不能再有别的"),
    (r"invalid decimal literal", "数字与字母连在了一起"),
    (r"leading zeros in decimal", "整数不能以 0 开头"),
    (r"(?:source code|source code string) cannot contain null bytes", "里面有空字节，用 UTF-8 重新保存"),
    (r"expecting '}'", "少了 “}”"),
    (r"maximum recursion depth|s_push|too many nested|$", "有一个式子太长、嵌套太深，拆成几行"),
    (r"invalid syntax", UNKNOWN),
]  # fmt: skip


def problem(path: str, source: str, error: Exception) -> Problem:
    """一段源码里的语法错误，在它那一行。"""
    lines = source.splitlines()
    for number, line in enumerate(lines, 1):
        if CONFLICT.match(line) and not line.startswith("="):  # 一排等号可能是 docstring 里的小标题
            reason = "这里有没有解决的合并冲突：留下要的一边，删掉 <<<<<<<、======= 与 >>>>>>>"
            return rules.files.PYTHON.at(path, number, reason=reason)
    number = getattr(error, "lineno", None) or (error.args[1][0] if isinstance(error, tokenize.TokenError) else 1)
    reason = said(_english(error)) + _elsewhere(source, error)
    here = lines[number - 1].strip() if reason == UNKNOWN and number <= len(lines) else ""
    return rules.files.PYTHON.at(path, number, reason=f"{reason}：“{here}”" if here else reason)


def _english(error: Exception) -> str:
    """Python 的原话；内存不够时没有话。"""
    return str(error.args[0]) if error.args else ""


def _elsewhere(source: str, error: Exception) -> str:
    """全角的标点多半不止一处：换掉一处再读，看还有哪些行，一次说完。"""
    found: list[int] = []
    for _ in range(100):
        match = ODD.match(_english(error))
        if not match or not (half := HALF.get(match[1])) or not isinstance(error, SyntaxError) or not error.lineno:
            break
        found.append(error.lineno)
        lines = source.split("\n")
        lines[error.lineno - 1] = lines[error.lineno - 1].replace(match[1], half, 1)
        source = "\n".join(lines)
        try:
            ast.parse(source)
            break
        except UNREADABLE as following:
            error = following
    others = [str(line) for line in dict.fromkeys(found) if line != found[0]]
    return f"（第 {listing(others)} 行也有）" if others else ""


def check(path: str, source: str) -> Problem | None:
    """一段源码的语法错误；没有就是 None。"""
    try:
        ast.parse(source)
    except UNREADABLE as error:
        return problem(path, source, error)
    return None


def said(english: str) -> str:
    """Python 的话 → 中文。"""
    if english.startswith("f-string: "):
        return f"f 字符串的花括号里，{said(english.removeprefix('f-string: '))}"
    for pattern, chinese in REASONS:
        if match := re.match(pattern, english):
            return chinese(match) if callable(chinese) else match.expand(chinese)
    return f"{UNKNOWN}（{english}）"


def _odd(character: str) -> str:
    if character in "“”‘’":
        return "全角的引号要换成半角的"
    half = HALF.get(character)
    return f"全角的 “{character}” 要换成半角的 “{half}”" if half else f"“{character}” 只能写在引号或注释里"
