"""名字：课 a-b 拥有 a_b.py、a_b_*.py 与同名的练习、测试；一个新名字能不能用，也在这里说。"""

import keyword
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from guide.course.curriculum import Curriculum
from guide.problem import listing, nearest

NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def fitting(name: str) -> str:
    """最接近 `name` 的课名；一个能用的字符也没有就举个例子。"""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower())
    return "-".join(words).lstrip("0123456789-") or "multi-head-attention"


def stem(lesson: str) -> str:
    """课名 → 它的 Python 文件的名字：multi-head → multi_head。"""
    return lesson.replace("-", "_")


def page(stage: str, lesson: str) -> str:
    """一课的页面。"""
    return f"docs/{stage}/{lesson}.md"


def snippet(stage: str, name: str) -> str:
    """片段。"""
    return f"snippets/{stage}/{name}.py"


def recording(stage: str, name: str) -> str:
    """片段的记录，一个文件夹。"""
    return f"snippets/{stage}/recorded/{name}"


def exercise(stage: str, name: str) -> str:
    """练习，一个文件夹。"""
    return f"snippets/{stage}/exercises/{name}"


def test(stage: str, name: str) -> str:
    """片段的行为测试。"""
    return f"tests/snippets/{stage}/test_{name}.py"


def names(base: Path, stage: str) -> set[str]:
    """一个阶段里现有的片段、练习与测试的名字。"""
    snippets = (base / "snippets" / stage).glob("*.py")
    exercises = (base / "snippets" / stage / "exercises").glob("[!_.]*/")
    tests = (base / "tests/snippets" / stage).glob("test_*.py")
    return {*(p.stem for p in snippets), *(p.name for p in exercises), *(p.stem.removeprefix("test_") for p in tests)}


def owner(name: str, lessons: Iterable[str]) -> str | None:
    """同一阶段的课里，`name` 归哪一课：是它的名字，或以它与 _ 开头；几课都像时归名字最长的。"""
    fitting = [lesson for lesson in lessons if name == stem(lesson) or name.startswith(stem(lesson) + "_")]
    return max(fitting, key=len, default=None)


def disputed(expected: Mapping[str, str | None], lessons: Collection[str]) -> list[str]:
    """说出哪些名字会归错课。`expected` 是名字 → 该归的课，None 是不归哪一课；`lessons` 是这个阶段的课。"""
    return [
        f"{name} 会算作 {actual} 的，它是{f' {rightful} 的' if rightful else '别处的'}：换一个名字"
        for name, rightful in sorted(expected.items())
        if (actual := owner(name, lessons)) != rightful
    ]


def unusable(name: str, course: Curriculum, packages: Iterable[str], moved: Mapping[str, str]) -> str:
    """说出 `name` 为什么不能做课名；能用是空串。

    Args:
        name: 想用的课名。
        course: 现有的课，草稿也在内。
        packages: 片段可能导入的软件包；同名的片段会挡住它们。
        moved: redirects.yml 里旧页面 → 新页面。
    """
    if not NAME.fullmatch(name):
        better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        suggestion = f"。你是不是想写 “{better}”？" if NAME.fullmatch(better) else ""
        return f"课名 “{name}” 应为小写英文、数字与连字符，字母开头，例如 multi-head-attention{suggestion}"
    if name in course.by_name:
        taken = course.by_name[name]
        return (
            f"课名 “{name}” 已经是 {taken.number}《{taken.title}》（docs/{taken.src}）；课名在全站唯一，加一个词区分开"
        )
    if stem(name) in sys.stdlib_module_names or stem(name) in packages or name in packages or name == "index":
        return f"课名 “{name}” 与一个 Python 模块或保留的文件同名，片段 {stem(name)}.py 会挡住它：加一个词，例如 {name}-basics"
    if keyword.iskeyword(name):
        return f"课名 “{name}” 是 Python 的关键字，文件不能叫这个名字：加一个词，例如 {name}-basics"
    for old, new in moved.items():
        if old.rpartition("/")[2] == f"{name}.md":
            return f"redirects.yml 里 {old} 已经转到 {new}，别人的旧链接还在用它：换一个名字，或先删掉那一行"
    return ""


def unknown(name: str, course: Curriculum) -> str:
    """说明没有叫 `name` 的课。"""
    known = sorted(course.by_name)
    return f"没有叫 “{name}” 的课（现有：{listing(known, most=40)}）{nearest(name, known)}"
