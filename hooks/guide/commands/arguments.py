"""命令行的参数：写错了用中文说，列出允许的，找出最接近的；退出码 2。"""

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from guide.problem import listing, nearest

COMMAND = "命令"
CHOICE = re.compile(r"argument (.+?): invalid choice: (.+?) \(choose from (.+)\)", re.DOTALL)
VALUE = re.compile(r"argument (.+?): expected")
REQUIRED = re.compile(r"the following arguments are required: (.+)")


class Parser(argparse.ArgumentParser):
    """说中文的解析器；选项不能只写一半。"""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def parse_known_args(  # type: ignore[override]  # 标准库的是一组重载，这里只用一种
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        found, extra = super().parse_known_args(args, namespace)
        if extra:  # 在认得它们的那个命令这里说
            self.refuse(self._unused(extra[0]))
        return found, extra

    def error(self, message: str) -> NoReturn:
        self.refuse(said(message))

    def refuse(self, message: str) -> NoReturn:
        """说出为什么，停下。"""
        print(message, file=sys.stderr)
        sys.exit(2)

    def _options(self) -> list[str]:
        return re.findall(r"--[\w-]+", self.format_usage())

    def _unused(self, word: str) -> str:
        options = listing(self._options())
        if word.startswith("-"):
            name = word.partition("=")[0]
            return f"不认识的选项 {name}（可用：{options}）{nearest(name, self._options())}"
        return f"{self.prog} 后面用不着 “{word}”（可用：{options}）"


def said(message: str) -> str:
    """argparse 的话 → 中文。"""
    if match := CHOICE.match(message):
        name, value, allowed = match[1], match[2].strip("'\""), re.findall(r"[\w-]+", match[3])
        if name == COMMAND:
            return f"没有叫 “{value}” 的命令（可用：{listing(allowed)}）{nearest(value, allowed)}"
        return f"{name} 是 {value}，应为 {listing(allowed)}{nearest(value, allowed)}"
    if match := VALUE.match(message):
        return f"{match[1]} 后面要写值"
    if match := REQUIRED.match(message):
        return "少了命令：加上 -h 列出全部" if match[1] == COMMAND else f"少了 {match[1]}"
    return message
