"""项目：动手改之前读到的现状，页面、课、片段与搬了家的页面。"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from guide.commands import linting
from guide.commands.changes import Refused
from guide.course import curriculum, naming
from guide.library import Library


class Project:
    """现有的课；front matter 有毛病时，次序与名字都说不准，不能动。"""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.library = Library(base)
        self.course, problems = curriculum.read(linting.sources(base), drafts=True)
        if problems:
            raise Refused(["先改好这些问题：", *(one.named for one in problems)])

    @cached_property
    def redirects(self) -> Mapping[str, str]:
        """搬了家的页面：旧 → 新。"""
        return self.library.redirects(self.course.pages)[0]

    def lessons(self, stage: str) -> list[str]:
        """一个阶段的课名，按次序。"""
        return [page.name for page in self.course.lessons if page.folder == stage]

    def last(self, stage: str) -> int:
        """一个阶段最后一课的次序；还没有课是 0。"""
        return max((page.lesson.order for page in self.course.lessons if page.folder == stage), default=0)

    def taken(self, stage: str) -> str:
        """一个阶段现有的课：“已有 1 tokenization、3 lora；”，还没有课是空的。"""
        lessons = [page for page in self.course.lessons if page.folder == stage]
        return f"已有 {'、'.join(f'{page.lesson.order} {page.name}' for page in lessons)}；" if lessons else ""

    def usable(self, name: str, renamed: str = "") -> str:
        """能做课名的 `name`；不能时抛出 ValueError，说出为什么。`renamed` 是要改成它的那一页，它从前的名字可以拿回来。"""
        moved = {old: new for old, new in self.redirects.items() if new != renamed}
        if reason := naming.unusable(name, self.course, self.library.pins, moved):
            raise ValueError(reason)
        return name
