"""一课的各部分够不够：练习、小测与图各至少几个，写在 pyproject.toml 的 [tool.guide.lesson]。"""

import re
from collections import Counter
from collections.abc import Mapping

from guide import rules
from guide.course import settings
from guide.course.curriculum import Page
from guide.course.frontmatter import LessonPage
from guide.course.settings import Settings
from guide.page.embed import Expansion
from guide.page.fences import scan, without_fences
from guide.problem import Problem, closest, listing, nearest

COUNTED = ("exercise", "quiz", "mermaid", "snippet")
NAMES = {"exercises": "道练习", "quizzes": "道小测", "pictures": "张图"}


def required(written: Settings) -> tuple[Mapping[str, int], list[Problem]]:
    """由 pyproject.toml 得出一课至少要有几个；没有写就不要求，写得不对的是问题。"""
    table = written.values.get("tool", {}).get("guide", {}).get("lesson", {})
    least = {part: number for part, number in table.items() if part in NAMES and type(number) is int}
    return least, [_wrong(part, value, written.line_of(part)) for part, value in table.items() if part not in least]


def _wrong(part: str, value: object, line: int) -> Problem:
    key = f"tool.guide.lesson.{part}"
    if part in NAMES:
        return rules.values.TYPE.at(settings.PATH, line, key=key, value=f"“{value}”", expected="应为整数，例如 2")
    said = {"allowed": listing(NAMES), "nearest": nearest(part, NAMES)}
    return rules.values.UNKNOWN_KEY.at(settings.PATH, line, key=key, **said)


def missing(page: Page, expansion: Expansion, least: Mapping[str, int]) -> list[Problem]:
    """发布了的一课里还缺的部分；围栏写错了的另有报告，不再说它少了什么。"""
    if not isinstance(page.meta, LessonPage) or not page.meta.published:
        return []
    if any(problem.rule is rules.fences.OPEN for problem in expansion.problems):
        return []  # 没有结束的围栏把后面的都吞了，数不准
    fences = Counter(closest(fence.language, COUNTED) for fence in scan(page.body))
    images = len(re.findall(r"!\[", without_fences(page.body)))
    found = {
        "exercises": fences["exercise"],
        "quizzes": fences["quiz"],
        "pictures": fences["mermaid"] + images + expansion.figures,
    }
    if expansion.problems:
        del found["pictures"]
    return [
        rules.body.LESSON_THIN.at(f"docs/{page.src}", 1, count=found[part], what=NAMES[part], least=number)
        for part, number in least.items()
        if found.get(part, number) < number
    ]
