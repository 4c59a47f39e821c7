"""规则：检查会说的每一句话，连同为什么与怎样改；一个文件是一组，“检查的每一条”那一页由这里生成。

加一条：写进它那一组的文件，在检查的地方用 `RULE.at(…)` 造出问题，再在 tests/hooks/cases/ 里放一个坏例子。
"""

from guide.rules import (
    body,
    code,
    course,
    embedding,
    exercises,
    fences,
    files,
    front_matter,
    markup,
    pictures,
    prose,
    redirects,
    snippets,
    terms,
    values,
)

_ORDER = (
    files,
    front_matter,
    values,
    course,
    body,
    markup,
    prose,
    fences,
    embedding,
    pictures,
    snippets,
    code,
    exercises,
    terms,
    redirects,
)
GROUPS = tuple(module.GROUP for module in _ORDER)
"""说明页上的各节：写一页时先碰到的在前。"""
