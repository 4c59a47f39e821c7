"""搬家：redirects.yml 里旧地址 → 新页面；旧地址上放一页只会转过去的 HTML。"""

from collections.abc import Collection, Mapping
from html import escape

import yaml

from guide import rules
from guide.course import yaml_document
from guide.problem import Problem, closest, suggestion

PATH = "redirects.yml"


def read(text: str, pages: Collection[str]) -> tuple[dict[str, str], list[Problem]]:
    """读出旧页面 → 新页面，都相对 docs/；连同它的问题。`pages` 是现有的页面。"""
    document, problems = yaml_document.read(PATH, 1, text)
    if document.node is None or document.values is None:
        return {}, problems
    if not isinstance(document.values, dict):
        return {}, [rules.redirects.SHAPE.at(PATH, 1)]
    moved = {str(key.value): str(value.value) for key, value in document.node.value}
    found: dict[str, str] = {}
    for key, value in document.node.value:
        old, new, line = str(key.value), str(value.value), key.start_mark.line + 1
        if not isinstance(value, yaml.ScalarNode):
            problems.append(rules.redirects.SHAPE.at(PATH, line))
        elif not old.endswith(".md") or old.startswith("/") or ".." in old.split("/"):
            problems.append(rules.redirects.OLD_PATH.at(PATH, line, old=old))
        elif old in pages:
            problems.append(rules.redirects.STILL_THERE.at(PATH, line, old=old))
        elif new not in pages and new in moved:
            last = _last(new, moved)
            like = last if last in pages else ""
            problems.append(rules.redirects.CHAIN.at(PATH, line, new=new, nearest=suggestion(like)))
        elif new not in pages:
            like = _like(new, pages)
            problems.append(rules.redirects.TARGET_MISSING.at(PATH, line, new=new, nearest=suggestion(like)))
        else:
            found[old] = new
    return found, problems


def _last(page: str, moved: Mapping[str, str]) -> str:
    """一路转下去，最后到哪一页；绕成一圈的是空串。"""
    seen = set()
    while page in moved and page not in seen:
        seen.add(page)
        page = moved[page]
    return "" if page in moved else page


def _like(page: str, pages: Collection[str]) -> str:
    """最像 `page` 的页面：文件名一样的最像，多半是又搬了一次家。"""
    same = [one for one in pages if one.rpartition("/")[2] == page.rpartition("/")[2] != "index.md"]
    names = {one.removesuffix(".md"): one for one in pages}
    return same[0] if len(same) == 1 else names.get(closest(page.removesuffix(".md"), names), "")


def stub(url: str) -> str:
    """旧地址上的一页：浏览器与搜索引擎都转到新地址。"""
    url = escape(url)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>这一页搬家了</title>'
        f'<link rel="canonical" href="{url}"><meta name="robots" content="noindex">'
        f'<meta http-equiv="refresh" content="0; url={url}"></head>'
        f'<body><p>这一页搬家了：<a href="{url}">{url}</a></p></body></html>\n'
    )
