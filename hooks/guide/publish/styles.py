"""样式：几份 CSS 接成一份，只留下站上真的用到的规则与变量。"""

import re
from collections.abc import Iterable

import tinycss2
from tinycss2.ast import AtRule, Declaration, Node, ParseError, QualifiedRule

CLASSES = re.compile(r'\bclass="([^"]*)"')
WORD = re.compile(r"[A-Za-z_][\w-]*")
NEGATED = re.compile(r":not\((?:[^()]|\([^()]*\))*\)")
GROUPED = re.compile(r":(?:is|where|has)\(")
CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
VARIABLE = re.compile(r"--[\w-]+")
LINK = re.compile(r'\s*<link rel="stylesheet" href="((?:[^"]*/)?)(assets/[^"]+)">')
NESTED = {"media", "supports", "layer", "container"}


def used_classes(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """页面上写着的类，与脚本里可能加上的（脚本里的每个词都算）。"""
    found: set[str] = set()
    for page in pages:
        for names in set(CLASSES.findall(page)):
            found.update(names.split())
    for script in scripts:
        found.update(WORD.findall(script))
    return found


def purged(css: str, classes: set[str]) -> str:
    """去掉一定用不到的规则，再去掉没有人读的变量。"""
    kept = _rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), classes)
    while True:  # 一个变量可能只被另一个没用的变量读到
        text = "".join(kept)
        read = set(re.findall(r"var\(\s*(--[\w-]+)", text))
        shorter = [_without(rule, read) for rule in kept]
        if shorter == kept:
            return text
        kept = [rule for rule in shorter if rule]


def _rules(nodes: Iterable[Node], classes: set[str]) -> list[str]:
    kept = []
    for node in nodes:
        if isinstance(node, ParseError):
            raise ValueError(f"第 {node.source_line} 行的 CSS 读不懂：{node.message}")
        if isinstance(node, QualifiedRule):
            selectors = [one for one in _split(tinycss2.serialize(node.prelude)) if _may_match(one, classes)]
            if selectors and (body := _body(node)):
                kept.append(f"{','.join(selectors)}{{{body}}}")
        elif isinstance(node, AtRule):
            if node.content is not None and node.lower_at_keyword in NESTED:
                inside = _rules(tinycss2.parse_blocks_contents(node.content, True, True), classes)
                if inside:
                    kept.append(f"@{node.at_keyword}{tinycss2.serialize(node.prelude)}{{{''.join(inside)}}}")
            elif node.lower_at_keyword != "charset":
                kept.append(node.serialize())
    return kept


def _body(rule: QualifiedRule, read: set[str] | None = None) -> str:
    """一条规则的声明；给了 `read` 就不要没有人读的变量。"""
    parts = []
    for one in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if not isinstance(one, Declaration):
            parts.append(one.serialize())
        elif read is None or not one.name.startswith("--") or one.name in read:
            value = tinycss2.serialize(one.value).strip()
            parts.append(f"{one.name}:{value}{'!important' if one.important else ''}")
    return ";".join(parts)


def _split(prelude: str) -> list[str]:
    """按最外层的逗号拆开选择器。"""
    parts, depth = [""], 0
    for character in prelude:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _may_match(selector: str, classes: set[str]) -> bool:
    """选择器里的类都有人用，才可能选中什么；带分组的一律留下。"""
    plain = NEGATED.sub("", selector)
    if GROUPED.search(plain):
        return True
    return all(name.replace("\\", "") in classes for name in CLASS.findall(plain))


def _without(rule: str, read: set[str]) -> str:
    """去掉规则里没有人读的变量；空了就整条去掉。"""
    if not VARIABLE.search(rule):
        return rule
    nodes = tinycss2.parse_stylesheet(rule, skip_comments=True, skip_whitespace=True)
    parts = []
    for node in nodes:
        if isinstance(node, AtRule) and node.content is not None and node.lower_at_keyword in NESTED:
            inside = [
                _without(one.serialize(), read) for one in tinycss2.parse_blocks_contents(node.content, True, True)
            ]
            if any(inside):
                parts.append(f"@{node.at_keyword}{tinycss2.serialize(node.prelude)}{{{''.join(inside)}}}")
        elif isinstance(node, QualifiedRule):
            body = _body(node, read)
            if body:
                parts.append(f"{tinycss2.serialize(node.prelude)}{{{body}}}")
        else:
            parts.append(node.serialize())
    return "".join(parts)


def relinked(html: str, joined: Iterable[str], address: str) -> str:
    """一页里的几份样式换成接好的那一份，放在第一份原来的地方。"""
    gone, placed = set(joined), False

    def replace(match: re.Match[str]) -> str:
        nonlocal placed
        if match[2] not in gone:
            return match[0]
        first, placed = not placed, True
        return f'\n      <link rel="stylesheet" href="{match[1]}{address}">' if first else ""

    return LINK.sub(replace, html)
