"""用词与标点里只能由人改的：写重的标点、省略号、不用的词、看不见的字符。"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from guide.problem import Problem, Rule
from guide.rules import prose as rules
from guide.words.passages import Passage
from guide.words.typography import HAN, QUOTED

DOUBLED = re.compile(r"([，。；：、])\1|[，、；：][，。；：、]|。[，；：、]")
ELLIPSIS = re.compile(rf"(?<=[{HAN}，、])\.{{3,}}|\.{{3,}}(?=[{HAN}，。、])|。{{3,}}|(?<!…)…(?!…)(?<=[{HAN}]…)")
WORDS = {"！": "用句号", "您": "写“你”", "显然": "说出理由，或者删掉", "众所周知": "说出出处，或者删掉"}
WORD = re.compile("|".join(WORDS))
INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00a0\u00ad\u200b\u200c\u200e\u200f\u2028-\u202f\u2060\u3000\ufeff\ufffd]"
)
"""ZWJ（U+200D）不在内：表情靠它拼起来。"""


def check(passage: Passage, path: str, at: Callable[[int], int]) -> Iterator[Problem]:
    """一段文字；引号与书名号里的是原话，不看。"""
    text = QUOTED.sub(lambda match: "\ufffc" * len(match[0]), passage.text)
    for start, rule, values in _found(text):
        yield rule.at(path, at(passage.starts[start]), **values)


@lru_cache(maxsize=32768)
def _found(text: str) -> tuple[tuple[int, Rule, dict[str, object]], ...]:
    found: list[tuple[int, Rule, dict[str, object]]] = []
    for match in ELLIPSIS.finditer(text):
        found.append((match.start(), rules.ELLIPSIS, {"found": match[0], "around": _around(text, match)}))
    for match in DOUBLED.finditer(ELLIPSIS.sub(lambda match: " " * len(match[0]), text)):
        found.append((match.start(), rules.DOUBLED, {"found": match[0], "around": _around(text, match)}))
    for match in WORD.finditer(text):
        found.append((match.start(), rules.WORDING, {"found": match[0], "mend": WORDS[match[0]]}))
    return tuple(found)


def _around(text: str, match: re.Match[str]) -> str:
    """前后各四个字。"""
    shown = text[max(match.start() - 4, 0) : match.end() + 4].replace("\ufffc", "…")
    return re.sub(r"\s", " ", shown).strip()


def invisible(source: str, path: str, at: Callable[[int], int]) -> Iterator[Problem]:
    """整个文件里看不见的字符，一行一种说一次。"""
    seen: set[tuple[int, str]] = set()
    for match in INVISIBLE.finditer(source):
        key = at(match.start()), match[0]
        if key not in seen:
            seen.add(key)
            name = unicodedata.name(match[0], "控制字符")
            yield rules.INVISIBLE.at(path, key[0], code=f"U+{ord(match[0]):04X}", name=NAMES.get(match[0], name))


NAMES = {"\u00a0": "不换行空格", "\u3000": "全角空格", "\u200b": "零宽空格", "\ufeff": "BOM", "\ufffd": "坏了的字"}
