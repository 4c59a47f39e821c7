"""搬家：redirects.yml 里旧地址 → 新页面；旧地址上放一页只会转过去的 HTML。"""

from collections.abc import Collection
from html import escape

from guide import rules
from guide.course import yaml_document
from guide.problem import Problem, nearest

PATH = "redirects.yml"


def read(text: str, pages: Collection[str]) -> tuple[dict[str, str], list[Problem]]:
    """读出旧页面 → 新页面，都相对 docs/；连同它的问题。`pages` 是现有的页面。"""
    document, problems = yaml_document.read(PATH, 1, text)
    if document.node is None or document.values is None:
        return {}, problems
    if not isinstance(document.values, dict):
        return {}, [rules.redirects.SHAPE.at(PATH, 1)]
    found: dict[str, str] = {}
    for key, value in document.node.value:
        old, new, line = str(key.value), str(value.value), key.start_mark.line + 1
        if not old.endswith(".md") or old.startswith("/") or ".." in old.split("/"):
            problems.append(rules.redirects.OLD_PATH.at(PATH, line, old=old))
        elif old in pages:
            problems.append(rules.redirects.STILL_THERE.at(PATH, line, old=old))
        elif new not in pages:
            problems.append(rules.redirects.TARGET_MISSING.at(PATH, line, new=new, nearest=nearest(new, pages)))
        else:
            found[old] = new
    return found, problems


def stub(url: str) -> str:
    """旧地址上的一页：浏览器与搜索引擎都转到新地址。"""
    url = escape(url)
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>这一页搬家了</title>'
        f'<link rel="canonical" href="{url}"><meta name="robots" content="noindex">'
        f'<meta http-equiv="refresh" content="0; url={url}"></head>'
        f'<body><p>这一页搬家了：<a href="{url}">{url}</a></p></body></html>\n'
    )
