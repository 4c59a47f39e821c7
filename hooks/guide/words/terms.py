"""术语：terms.yml 里一词一种写法；页面里用了别的写法就是问题。"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guide import rules
from guide.course import yaml_document
from guide.course.frontmatter import Word, explain, meaningful
from guide.course.yaml_document import Document
from guide.page.formulas import DOLLARS
from guide.page.markup import DISPLAY, shown
from guide.problem import Problem

PATH = "terms.yml"
Text = Annotated[str, Field(min_length=1)]


class Term(BaseModel):
    """一个术语。"""

    model_config = ConfigDict(extra="forbid", strict=True)

    term: Text = Field(description="全站用的写法", examples=["词元"])
    english: Text = Field(description="英文", examples=["token"])
    abbr: Text | None = Field(None, description="缩写", examples=["RAG"])
    avoid: list[Word] = Field([], description="不要用的写法", examples=[["令牌", "标记"]])
    definition: Text = Field(description="一句话的解释", examples=["模型处理文本的最小单位。"])
    stage: int = Field(ge=1, le=5, description="第几阶段先用到", examples=[1])


@lru_cache(maxsize=4)
def read(text: str) -> tuple[list[Term], list[Problem]]:
    """读术语表，连同它的问题。"""
    document, problems = yaml_document.read(PATH, 1, text)
    if document.values is None and problems:
        return [], problems
    if not isinstance(document.values, list):
        return [], [rules.terms.SHAPE.at(PATH, 1)]
    broken = {problem.line for problem in problems}
    read: dict[int, Term] = {}
    """第几项 → 读得懂的词。"""
    for number, value in enumerate(document.values):
        try:
            read[number] = Term.model_validate(value)
        except ValidationError as error:
            wrong = [explain(one, Term, PATH, document.line([number, *one["loc"]])) for one in meaningful(error)]
            problems += [one for one in wrong if one.line not in broken]
    problems += _taken(read, document)
    forbidden = _forbidden(read, document)
    unusable = {variant for variant, _ in forbidden}
    found = [
        one.model_copy(update={"avoid": [word for word in one.avoid if word not in unusable]}) for one in read.values()
    ]
    return found, [*problems, *(problem for _, problem in forbidden)]


def _taken(read: Mapping[int, Term], document: Document) -> list[Problem]:
    """写了两次的词。"""
    first: dict[str, int] = {}
    for number, one in read.items():
        first.setdefault(one.term, number)
    return [
        rules.terms.TAKEN.at(PATH, document.line([number]), term=one.term, first=document.line([first[one.term]]))
        for number, one in read.items()
        if first[one.term] != number
    ]


NOT_PROSE = re.compile(
    rf"{DISPLAY.pattern}|{DOLLARS.pattern}|\]\([^)\n]*\)|^[ \t>]*\[[^\]\n]+\]:[^\n]*|<[^>\n]*>|https?://\S+|“[^“”\n]*”|《[^《》\n]*》",
    re.DOTALL | re.MULTILINE,
)
"""公式、地址、标签与引号里的原话，里面的写法不管。"""


def _forbidden(read: Mapping[int, Term], document: Document) -> list[tuple[str, Problem]]:
    """不该用的写法，却是另一个词该用的写法：说在这里，不在每一页上说。"""
    lines = {one.term: document.line([number]) for number, one in read.items()}
    return [
        (word, rules.terms.FORBIDDEN.at(PATH, document.line([number, "avoid", place]), word=word, line=lines[word]))
        for number, one in read.items()
        for place, word in enumerate(one.avoid)
        if word in lines
    ]


def misused(body: str, path: str, first_line: int, terms: list[Term]) -> tuple[Problem, ...]:
    """正文里不该用的写法；代码、链接地址与围栏里的不算。"""
    variants = tuple((variant, term.term) for term in terms for variant in term.avoid)
    return _misused(body, path, first_line, variants)


@lru_cache(maxsize=4096)
def _misused(body: str, path: str, first_line: int, variants: tuple[tuple[str, str], ...]) -> tuple[Problem, ...]:
    text = NOT_PROSE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), shown(body))
    problems = []
    for variant, term in variants:
        for match in re.finditer(_pattern(variant), text):
            line = first_line + text.count("\n", 0, match.start())
            problems.append(rules.terms.VARIANT.at(path, line, variant=variant, term=term))
    return tuple(problems)


def _pattern(variant: str) -> str:
    """拉丁字母的写法要整词才算。"""
    pattern = re.escape(variant)
    return rf"(?<![A-Za-z0-9-]){pattern}(?![A-Za-z0-9-])" if variant.isascii() else pattern


def glossary(terms: list[Term], stages: Mapping[int, str]) -> str:
    """术语表，HTML：按阶段分组，每个词有自己的锚点。`stages` 是第几阶段 → 名字。"""
    parts = []
    for number, name in stages.items():
        group = [term for term in terms if term.stage == number]
        if not group:
            continue
        parts.append(f'<h2 id="stage-{number}">第 {number} 阶段 · {name}</h2><dl class="glossary">')
        for term in group:
            english = f"{term.english}，{term.abbr}" if term.abbr else term.english
            parts.append(
                f'<dt id="{escape(anchor(term.term))}">{escape(term.term)} <span lang="en">{escape(english)}</span></dt>'
                f"<dd>{escape(term.definition)}</dd>"
            )
        parts.append("</dl>")
    return "".join(parts)


def markdown(terms: list[Term]) -> str:
    """术语表，Markdown：一词一行。"""
    rows = []
    for term in terms:
        english = f"{term.english}，{term.abbr}" if term.abbr else term.english
        rows.append(f"- **{term.term}**（{english}）：{term.definition}")
    return "\n".join(rows)


def anchor(term: str) -> str:
    """一个词的锚点。"""
    return re.sub(r"[^\w]+", "-", term.lower()).strip("-")
