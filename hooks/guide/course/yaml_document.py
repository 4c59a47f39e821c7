"""YAML：读一段，记得每个值写在哪一行；读不懂的、读得懂却不声不响丢了字的，都说出来。"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from guide import rules
from guide.course import yaml_errors
from guide.problem import Problem

# 有意写的注释前面空两格，或者跟在一个英文词后面（`kind: lesson # 说明`）；别的 “ #” 多半是那句话里的字。
SWALLOWED = re.compile(r"[ \t](#.*)")
WORD = re.compile(r"[\w./-]*", re.ASCII)


@dataclass(frozen=True)
class Document:
    """读好的一段 YAML；读不懂时 `values` 与 `node` 都是 None。"""

    values: Any
    node: yaml.Node | None
    first_line: int
    """第一行是文件里的第几行。"""

    def line(self, location: Sequence[str | int]) -> int:
        """`location`（键与第几项，从外到里）在文件里的行：找得到的最里面的一层；一层也没有是前一行。"""
        node, line = self.node, self.first_line - 1
        for step in location:
            key, node = _child(node, step)
            if key is None:
                break
            line = self.first_line + key.start_mark.line
        return line

    @property
    def lines(self) -> dict[str, int]:
        """最外面的键 → 它的行；写了两次的算第一次。"""
        pairs = self.node.value if isinstance(self.node, yaml.MappingNode) else []
        return {str(key.value): self.first_line + key.start_mark.line for key, _ in reversed(pairs)}


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """下一层：写着它的那一处，与它的值。"""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in reversed(node.value) if key.value == str(step)), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None, None


def read(path: str, first_line: int, text: str, where: str = "") -> tuple[Document, list[Problem]]:
    """读一段 YAML，连同它的毛病。`text` 的第一行是文件里的第 `first_line` 行，`where` 说这是哪里的 YAML。"""
    unread = Document(None, None, first_line)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return unread, []
        if impossible := [place for place in _walk(node) if _impossible_date(place.node)]:
            return unread, [
                rules.front_matter.IMPOSSIBLE_DATE.at(path, first_line + one.line, key=one.key, value=one.node.value)
                for one in impossible
            ]
        values = yaml.SafeLoader("").construct_document(node)
    except RecursionError:
        return unread, [rules.files.YAML.at(path, first_line, where=where, reason="嵌套太深，或者引用了自己")]
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError) as error:  # `!!bool 字` 这样的标签
        return unread, [yaml_errors.problem(path, first_line, text, error, where)]
    return Document(values, node, first_line), list(_lost(path, first_line, text, node, where))


@dataclass(frozen=True)
class _Place:
    """一个节点：它的键（最近的一个），是不是列表的一项。"""

    node: yaml.Node
    key: str
    item: bool

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line)


def _walk(root: yaml.Node) -> Iterator[_Place]:
    """一个节点与它里面的每一个值，从外到里；引用（*名字）指的只走一次。"""
    waiting, seen = [_Place(root, "", False)], set()
    while waiting:
        place = waiting.pop()
        if id(place.node) in seen:
            continue
        seen.add(id(place.node))
        yield place
        if isinstance(place.node, yaml.MappingNode):
            waiting += [_Place(value, str(key.value), False) for key, value in reversed(place.node.value)]
        elif isinstance(place.node, yaml.SequenceNode):
            waiting += [_Place(one, place.key, True) for one in reversed(place.node.value)]


def _impossible_date(node: yaml.Node) -> bool:
    """样子像日期，日历上却没有这一天。"""
    if not isinstance(node, yaml.ScalarNode) or not node.tag.endswith(":timestamp"):
        return False
    if not yaml.SafeLoader.timestamp_regexp.match(node.value):
        return False
    try:
        yaml.SafeLoader("").construct_yaml_timestamp(node)
    except ValueError:
        return True
    return False


def _lost(path: str, first_line: int, text: str, root: yaml.Node, where: str) -> Iterator[Problem]:
    """读得懂，却与写的人想的不一样：写了两次的键，成了注释的后半句，双引号里的转义。"""
    for place in _walk(root):
        if isinstance(place.node, yaml.MappingNode):
            yield from _repeated(path, first_line, place)
        elif isinstance(place.node, yaml.ScalarNode) and yaml_errors.escaped(place.node):
            yield rules.files.YAML.at(path, first_line + place.line, where=where, reason=yaml_errors.ESCAPED)
        elif isinstance(place.node, yaml.ScalarNode) and (comment := _comment(text, place.node)):
            yield rules.values.COMMENT.at(path, first_line + place.node.end_mark.line, comment=comment)


def _repeated(path: str, first_line: int, place: _Place) -> Iterator[Problem]:
    """写了两次的键。列表的一项里只说第一个：少了一个 -，下面的键就个个都重复。"""
    lines: dict[str, int] = {}
    for key, _ in place.node.value:
        line = first_line + key.start_mark.line
        if key.value not in lines:
            lines[str(key.value)] = line
            continue
        hint = "：下一项的开头要有 -" if place.item and key.value == next(iter(lines)) else ""
        yield rules.values.DUPLICATE_KEY.at(path, line, key=key.value, first=lines[key.value], hint=hint)
        if place.item:
            return


def _comment(text: str, node: yaml.ScalarNode) -> str:
    """没有引号的文字后面成了注释的部分；没有就是空串。"""
    if node.style or not node.tag.endswith((":str", ":null")):
        return ""
    match = SWALLOWED.match(text, node.end_mark.index)
    if not match or (WORD.fullmatch(node.value) and match[1][1:2].isspace()):
        return ""
    comment = match[1].rstrip()
    return comment if len(comment) <= 20 else f"{comment[:20]}…"
