"""snippets/ 里的文件放得对不对、名字对不对：片段与练习都以这个阶段的一课开头。"""

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath

from guide import rules
from guide.course import naming
from guide.course.curriculum import STAGES
from guide.problem import Problem, listing, nearest

FREE = {"data", "models"}
"""数据与模型：里面放什么都行。"""


def files(root: Path) -> list[str]:
    """`root`（snippets/）里的文件，相对它；隐藏的与 Python 自己写的不算。"""
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    hidden = (".", "__pycache__")
    return sorted(path.as_posix() for path in found if not any(part.startswith(hidden) for part in path.parts))


def check(found: Collection[str], pages: Mapping[str, str], packages: Iterable[str]) -> list[Problem]:
    """放错了地方的，名字不对的，没有了主人的。

    Args:
        found: snippets/ 里的文件，相对它。
        pages: 相对 docs/ 的页面 → 原文；读不懂的一页也有名字。
        packages: 片段可能导入的软件包；同名的片段会挡住它们。
    """
    checker = _Checker(pages, {name.replace("-", "_") for name in packages})
    problems: dict[str, Problem] = {}
    for file in found:
        for problem in checker.check(PurePosixPath(file), found):
            problems.setdefault(problem.path, problem)
    return list(problems.values())


class _Checker:
    def __init__(self, pages: Mapping[str, str], packages: set[str]) -> None:
        self.pages = pages
        self.taken = packages | sys.stdlib_module_names
        self.lessons: dict[str, list[str]] = {stage: [] for stage in STAGES}
        for page in map(PurePosixPath, sorted(pages)):
            if page.parent.as_posix() in self.lessons and page.name != "index.md":
                self.lessons[page.parent.as_posix()].append(page.stem)

    def check(self, file: PurePosixPath, found: Collection[str]) -> Iterator[Problem]:
        """一个文件的毛病。"""
        match file.parts:
            case (folder, *_) if folder in FREE:
                pass
            case (stage, "recorded", name, _) if stage in STAGES and file.suffix != ".py":
                if f"{stage}/{name}.py" not in found:
                    yield rules.snippets.ORPHAN.at(f"snippets/{file.parent}", 1, name=name)
            case _ if file.suffix != ".py":
                pass
            case (stage, _) if stage in STAGES:
                yield from self._snippet(stage, file.stem, file.as_posix())
            case (stage, "exercises", name, _) if stage in STAGES:
                yield from self._exercise(stage, name, file.parent.as_posix())
            case _:
                yield rules.snippets.MISPLACED.at(f"snippets/{file}", 1, nearest=self._place(file))

    def _place(self, file: PurePosixPath) -> str:
        """一个放错了的文件多半该放在哪里。"""
        if file.parent.name == "exercises":
            return f"。移到 snippets/{file.with_suffix('')}/task.py"
        name = naming.stem(naming.fitting(file.stem))
        for stage, lessons in self.lessons.items():
            if naming.owner(name, lessons):
                return f"。移到 snippets/{stage}/{name}.py"
        return nearest(file.parts[0], STAGES) if len(file.parts) == 2 else ""

    def _snippet(self, stage: str, name: str, path: str) -> Iterator[Problem]:
        """一个片段的名字；`path` 是页面上写的路径。"""
        fitting, where = naming.stem(naming.fitting(name)), f"snippets/{path}"
        right = f"{self._owned(stage, fitting, path)}.py"
        if name != fitting:
            yield rules.snippets.NAME.at(where, 1, kind="片段", name=name, right=right)
        elif name in self.taken:
            yield rules.snippets.SHADOWS.at(where, 1, name=name, right=right)
        elif not naming.owner(name, self.lessons[stage]) and not self._shown_elsewhere(path):
            said = {"name": name, "allowed": listing(self.lessons[stage]), "right": right}
            yield rules.snippets.NO_LESSON.at(where, 1, **said)

    def _exercise(self, stage: str, name: str, path: str) -> Iterator[Problem]:
        """一个练习的名字；不以课名开头的，由嵌入它的那一页说。"""
        fitting = naming.stem(naming.fitting(name))
        if name != fitting and naming.owner(name, self.lessons[stage]):
            yield rules.snippets.NAME.at(f"snippets/{path}/task.py", 1, kind="练习", name=name, right=f"{fitting}/")

    def _owned(self, stage: str, name: str, path: str) -> str:
        """以一课开头的 `name`：拼错的课名改对，没有课名的加上嵌入它的那一课。"""
        lessons = self.lessons[stage]
        if naming.owner(name, lessons) and name not in self.taken:
            return name
        words = name.split("_")
        for lesson in lessons:
            length = lesson.count("-") + 1
            alike = SequenceMatcher(None, "_".join(words[:length]), naming.stem(lesson)).ratio()
            if alike >= 0.8:
                return "_".join([naming.stem(lesson), *words[length:]])
        showing = [lesson for lesson in lessons if path in self.pages[f"{stage}/{lesson}.md"]]
        return f"{naming.stem(showing[0]) if showing else '<课名>'}_{name}"

    def _shown_elsewhere(self, path: str) -> bool:
        """阶段自己的页面与别处的页面也能嵌入片段，那样的不必以课名开头。"""
        return any(path in text for page, text in self.pages.items() if not self._is_lesson(PurePosixPath(page)))

    def _is_lesson(self, page: PurePosixPath) -> bool:
        return page.stem in self.lessons.get(page.parent.as_posix(), ())
