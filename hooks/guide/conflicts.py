"""合并冲突：一个文件里还留着 <<<<<<<，先解决它；它引起的别的问题不必说。"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from guide import reading, rules
from guide.problem import Problem
from guide.reading import UNREADABLE

MARK = re.compile(r"<{7} \S|>{7} \S")
FILES = ("docs/**/*.md", "snippets/**/*.py", "snippets/**/recorded/*/output.txt", "*.md", "terms.yml", "redirects.yml")


def instead(base: Path, problems: Iterable[Problem]) -> list[Problem]:
    """有冲突的文件只说冲突；别的文件的问题照旧。"""
    found = [problem for file in _files(base) for problem in _in(file, file.relative_to(base).as_posix())]
    paths = {problem.path for problem in found}
    return [*(problem for problem in problems if problem.path not in paths), *found]


def _files(base: Path) -> Iterator[Path]:
    return (file for pattern in FILES for file in base.glob(pattern) if file.is_file())


def _in(file: Path, path: str) -> tuple[Problem, ...]:
    try:
        text = reading.text(file)
    except UNREADABLE:
        return ()  # 读它的人会说
    if "<<<<<<< " not in text and ">>>>>>> " not in text:
        return ()
    lesson = path.endswith("/output.txt") and "$ git merge" in text  # 讲合并的片段，印出冲突正是它的课
    return () if lesson else _found(text, path)


@lru_cache(maxsize=4096)
def _found(text: str, path: str) -> tuple[Problem, ...]:
    """每一处冲突在它的第一个记号那里说一次。"""
    found: list[Problem] = []
    opened = False
    for number, line in enumerate(text.split("\n"), 1):
        if not MARK.match(line):
            continue
        if line[0] == "<" or not opened:
            found.append(rules.files.CONFLICT.at(path, number))
        opened = line[0] == "<"
    return tuple(found)
