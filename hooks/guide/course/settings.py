"""设置：pyproject.toml，ruff 与一课的各部分至少几个都写在里面。"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from guide import reading, rules
from guide.problem import Problem
from guide.reading import UNREADABLE

PATH = "pyproject.toml"
PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
QUOTED_OR_COMMENT = re.compile(r""""[^"]*"|'[^']*'|#.*""")
FULL_WIDTH = re.compile("[“”‘’，：＝【】（）]")
REASONS = {
    "Expected '=' after a key": "键后面少了 “=”",
    "Expected ']' at the end": "表名的方括号没有成对",
    "Expected ']]' at the end": "表名的方括号没有成对",
    "Expected newline or end of document": "值后面多了东西，一行写一个键，文字要用引号括起来",
    "Invalid value": "不认识的值，文字要用引号括起来，true 与 false 是小写",
    "Invalid statement": "这一行不是 “键 = 值”，也不是 “[表名]”",
    "Invalid initial character for a key": "键以认不得的字符开头，用英文字母，引号与逗号用半角",
    "Unclosed array": "方括号没有成对，或者两项之间少了逗号",
    "Unclosed inline table": "花括号没有成对，或者两项之间少了逗号",
    "Unterminated string": "引号没有成对",
    'Expected "\'"': "引号没有成对",
    "Illegal character '\\n'": "引号没有成对",
    "Cannot overwrite a value": "这个键写了两次",
    "Duplicate inline table key": "这个键写了两次",
    "Cannot declare": "这个表写了两次",
    "Unescaped '\\' in a string": "双引号里的反斜杠是转义，换成单引号",
}


@dataclass(frozen=True)
class Settings:
    """读好的设置，与它的原文。"""

    text: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """一个键写在第几行；找不到是 1。"""
        lines = self.text.splitlines()
        return next((n for n, line in enumerate(lines, 1) if re.match(rf"\s*{re.escape(key)}\s*=", line)), 1)


def read(base: Path) -> tuple[Settings, list[Problem]]:
    """仓库根上的 pyproject.toml；没有这个文件、读不懂都是空的，后者另有一个问题。"""
    try:
        return parse(reading.text(base / PATH))
    except FileNotFoundError:
        return Settings(), []
    except UNREADABLE as error:
        return Settings(), [reading.problem(PATH, error)]


@lru_cache(maxsize=16)
def parse(text: str) -> tuple[Settings, list[Problem]]:
    """读 TOML；读不懂时说哪一行、为什么。"""
    try:
        return Settings(text, tomllib.loads(text)), []
    except tomllib.TOMLDecodeError as error:
        said = str(error)
    place = PLACE.search(said)
    line = int(place[1]) if place and place[1] else max(len(text.splitlines()), 1)
    english = PLACE.sub("", said)
    reason = next(
        (chinese for start, chinese in REASONS.items() if english.startswith(start)), f"这一行读不懂（{english}）"
    )
    here = text.splitlines()[line - 1] if text else ""
    if FULL_WIDTH.search(QUOTED_OR_COMMENT.sub("", here)):
        reason = "有全角的标点，换成半角的"
    return Settings(text), [rules.files.TOML.at(PATH, line, reason=reason)]
