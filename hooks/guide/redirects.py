"""搬家：redirects.yml 里旧地址 → 新页面；旧地址上放一页只会转过去的 HTML。"""

from collections.abc import Collection
from html import escape

import yaml

from guide.frontmatter import yaml_reason
from guide.problem import Problem, nearest

PATH = "redirects.yml"


def read(text: str, pages: Collection[str]) -> tuple[dict[str, str], list[Problem]]:
    """读出旧页面 → 新页面，都相对 docs/；连同它的问题。`pages` 是现有的页面。"""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return {}, [Problem(PATH, mark.line + 1 if mark else 1, f"YAML 读不懂：{yaml_reason(error)}")]
    if values is None:
        return {}, []
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        return {}, [Problem(PATH, 1, "应为“旧页面.md: 新页面.md”，每行一条，都相对 docs/")]
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in node.value:
        old, new, line = str(key.value), str(value.value), key.start_mark.line + 1
        if not old.endswith(".md") or old.startswith("/") or ".." in old.split("/"):
            problems.append(Problem(PATH, line, f"旧页面是 “{old}”，应为相对 docs/ 的 .md 路径"))
        elif old in pages:
            problems.append(Problem(PATH, line, f"“{old}” 还在，不能转走：删掉这一行，或删掉那一页"))
        elif old in found:
            problems.append(Problem(PATH, line, f"“{old}” 写了两次"))
        elif new not in pages:
            problems.append(Problem(PATH, line, f"新页面 “{new}” 不存在{nearest(new, pages)}"))
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
