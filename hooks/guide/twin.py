"""一页的 Markdown 副本：片段、练习与小测都写成普通的 Markdown，给语言模型与离线阅读用。"""

import ast
import re

from guide.curriculum import Curriculum, Page
from guide.directive import QuizDirective
from guide.exercise import Exercise
from guide.fences import fence_for, scan
from guide.frontmatter import LessonPage, StagePage
from guide.seo import Site

LINK = re.compile(r"(?<=\]\()(?![a-z][a-z0-9+.-]*:|#|/)([^)\s#]+\.md)(#[^)\s]*)?(?=\))")
ATTRIBUTES = re.compile(r"^(#{1,6} .*?)\s*\{[^{}]*\}\s*$", re.MULTILINE)


def address(page: Page) -> str:
    """副本的站内地址，就在那一页的旁边。"""
    return f"{page.url}index.md"


def snippet(source: str, output: str, figures: list[str]) -> str:
    """一个片段：代码、它印出来的、图上看到的。"""
    parts = [fence_for(source, "python")]
    if output.strip():
        parts += ["输出：", fence_for(output.rstrip("\n"), "text")]
    parts += [f"（图：{figure}）" for figure in figures]
    return "\n\n".join(parts)


def exercise(one: Exercise, hints: list[str]) -> str:
    """一个练习：题目、代码与检查、提示、参考答案。"""
    docstring = ast.get_docstring(ast.parse(one.task)) or one.name
    title, _, text = docstring.partition("\n")
    parts = [f"**练习：{title.strip('。 ')}**", text.strip(), fence_for(one.task.rstrip(), "python")]
    parts += [f"提示 {number}：{hint}" for number, hint in enumerate(hints, 1)]
    return "\n\n".join(part for part in [*parts, "参考答案：", fence_for(one.solution.rstrip(), "python")] if part)


def quiz(one: QuizDirective, number: int) -> str:
    """一道小测：每个选项对不对、为什么。"""
    rows = [f"- {option.text}（{'对' if option.correct else '不对'}：{option.why}）" for option in one.options]
    return "\n".join([f"**小测 {number}**：{one.question}", "", *rows])


def page(one: Page, course: Curriculum, site: Site, body: str) -> str:
    """一页的全文；链接换成完整的地址。`body` 是片段已经写成 Markdown 的正文。"""
    meta = one.meta
    lines = [f"# {one.label}", "", f"> 原文：{site.url(one.url)}"]
    if isinstance(meta, LessonPage):
        lines.append(f"> 目标：{meta.goal}（约 {meta.minutes} 分钟）")
        if requires := course.requires(one):
            lines.append("> 先修：" + "、".join(f"[{other.label}]({site.url(address(other))})" for other in requires))
    elif isinstance(meta, StagePage):
        lines += [f"> 学完能：{goal}" for goal in meta.goals]
    return "\n".join([*lines, "", _linked(ATTRIBUTES.sub(r"\1", body), one, course, site).strip(), ""])


def _linked(body: str, one: Page, course: Curriculum, site: Site) -> str:
    """围栏以外的相对链接换成完整的地址。"""

    def replace(match: re.Match[str]) -> str:
        found = course.beside(one, match[1])
        return site.url(found.url) + (match[2] or "") if found else match[0]

    lines = body.split("\n")
    fenced = {number for fence in scan(body) for number in range(fence.start - 1, fence.end)}
    return "\n".join(line if n in fenced else LINK.sub(replace, line) for n, line in enumerate(lines))
