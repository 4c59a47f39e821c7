"""问题：作者要改的一件事，它在哪里，违反了哪一条规则。"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from string import Formatter


class _Message(Formatter):
    """消息里 {名字:占位} 的占位只给说明页用，填的时候不看它。"""

    def format_field(self, value: object, format_spec: str) -> str:
        return str(value)


@dataclass(frozen=True)
class Rule:
    """一条规则：违反它时说什么，为什么有它，怎样改。全部规则写在 guide.rules 里。"""

    group: str
    """在说明页的哪一节。"""
    code: str
    """英文短名，也是说明页上的锚点，如 python-fence。"""
    message: str
    """消息的样子；{名字:占位} 是每次不同的部分，占位写在说明页上，没有占位的一段可有可无。"""
    why: str
    """为什么不行：不改会怎样。行内 Markdown。"""
    mend: str
    """怎样改。行内 Markdown。"""
    example: str = ""
    """改好的样子，原样显示；一句话说得清的就不写。"""

    def __post_init__(self) -> None:
        assert self.code not in RULES, f"规则 {self.code} 写了两次"
        RULES[self.code] = self

    @cached_property
    def fields(self) -> frozenset[str]:
        """消息里每次不同的部分。"""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.message) if name)

    @property
    def sample(self) -> str:
        """说明页上消息的样子：每次不同的部分写成〈占位〉，它与中文之间不留空格。"""
        parts = ((text, f"〈{place}〉" if place else "") for text, _, place, _ in Formatter().parse(self.message))
        return re.sub(r" ?(〈[^〉]*〉) ?", r"\1", "".join(text + place for text, place in parts))

    def at(self, path: str, line: int, /, **values: object) -> "Problem":
        """在一个文件的一行上违反了它；`values` 恰好是消息里每次不同的部分。"""
        assert values.keys() == self.fields, f"规则 {self.code} 要的是 {listing(sorted(self.fields))}"
        return Problem(path, line, _Message().format(self.message, **values), self)


RULES: dict[str, Rule] = {}
"""短名 → 规则；一条规则造出来就在里面。"""


@dataclass(frozen=True, order=True)
class Problem:
    """作者要改的一件事，以及它在哪里；由 Rule.at 造出来。"""

    path: str
    """相对仓库根目录的路径，用 / 分隔。"""
    line: int
    """从 1 起的行号，front matter 也算在内。"""
    message: str
    """哪里不对，允许什么，最接近的是什么。"""
    rule: Rule = field(compare=False)
    """违反了哪一条规则。"""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"

    @property
    def named(self) -> str:
        """终端里的一行，末尾是规则的短名，说明页上查得到。"""
        return f"{self} [{self.rule.code}]"


def closest(word: str, allowed: Iterable[str]) -> str:
    """最像 `word` 的名字；没有相近的是空串。"""
    folded = {str(name).casefold(): str(name) for name in allowed}
    cutoff = 0.68 if len(word) > 4 else 0.6 if len(word) > 3 else 0.5  # 短的词错一个字，相似度就低
    matches = get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return folded[matches[0]] if matches else ""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """返回“。你是不是想写 “…”？”；没有相近的就返回空串。"""
    return suggestion(closest(word, allowed))


def suggestion(name: str) -> str:
    """建议写 `name`；它是空的，就没有建议。"""
    return f"。你是不是想写 “{name}”？" if name else ""


def listing(names: Iterable[str], most: int = 12) -> str:
    """把允许的名字列成“a、b、c”；太多时只列前面的。"""
    every = [str(name) for name in names]
    shown = "、".join(every[:most])
    return f"{shown} 等 {len(every)} 个" if len(every) > most else shown or "没有"
