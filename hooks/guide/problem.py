"""问题：作者要改的一件事，以及它在哪里。"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Problem:
    """作者要改的一件事，以及它在哪里。"""

    path: str
    """相对仓库根目录的路径，用 / 分隔。"""
    line: int
    """从 1 起的行号，front matter 也算在内。"""
    message: str
    """哪里不对，允许什么，最接近的是什么。"""
    rule: str = ""
    """违反了哪一条规则：guide.rules 里的短名。"""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def nearest(word: str, allowed: Iterable[str]) -> str:
    """返回“。你是不是想写 “…”？”；没有相近的就返回空串。"""
    names = [str(name) for name in allowed]
    folded = {name.casefold(): name for name in names}
    cutoff = 0.6 if len(word) > 3 else 0.5  # 两个字的词错一个字，相似度只有一半
    matches = get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return f"。你是不是想写 “{folded[matches[0]]}”？" if matches else ""


def listing(names: Iterable[str], most: int = 12) -> str:
    """把允许的名字列成“a、b、c”；太多时只列前面的。"""
    every = [str(name) for name in names]
    shown = "、".join(every[:most])
    return f"{shown} 等 {len(every)} 个" if len(every) > most else shown or "没有"
