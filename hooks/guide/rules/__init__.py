"""规则：检查会说的每一句话，连同为什么与怎样改；一个文件是一组，“检查的每一条”那一页由这里生成。"""

from guide.rules import (
    body,
    code,
    course,
    embedding,
    exercises,
    fences,
    files,
    front_matter,
    pictures,
    redirects,
    snippets,
    terms,
    values,
)

WRITING = (files, front_matter, values, course, body, fences, embedding, pictures)
CODE = (snippets, code, exercises)
LISTS = (terms, redirects)
GROUPS = tuple(one.GROUP for one in (*WRITING, *CODE, *LISTS))
"""说明页上各节的次序：写一页时先碰到的在前。"""
