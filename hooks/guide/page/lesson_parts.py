"""一课的各部分够不够：练习、小测与图各至少几个，写在 pyproject.toml 的 [tool.guide.lesson]。"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from guide import rules
from guide.course.curriculum import Page
from guide.course.frontmatter import LessonPage
from guide.page.embed import Expansion
from guide.page.fences import scan, without_fences
from guide.problem import Problem, closest

COUNTED = ("exercise", "quiz", "mermaid", "snippet")
NAMES = {"exercises": "道练习", "quizzes": "道小测", "pictures": "张图"}


def required(base: Path) -> Mapping[str, int]:
    """一课至少要有几个；没有 pyproject.toml、没有写就不要求。"""
    file = base / "pyproject.toml"
    settings = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    least: Mapping[str, int] = settings.get("tool", {}).get("guide", {}).get("lesson", {})
    return least


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
