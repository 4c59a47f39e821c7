"""片段、练习与小测写成普通的 Markdown，放进一页的副本里。"""

import ast

from guide.code.exercise import Exercise
from guide.page.directive import QuizDirective
from guide.page.fences import fence_for


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
