"""每个练习：骨架没有写完，答案通过，每个错误答案都被检查抓住。"""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from guide.code import exercise, snippet
from guide.code.runner import SnippetError, run

from .conftest import LIBRARY

EXERCISES = {path: exercise.load(LIBRARY.root, path)[0] for path in LIBRARY.exercises}
WRONG = [(path, name) for path, one in EXERCISES.items() if one for name in one.wrong]


def execute(path: str, source: str) -> None:
    """在运行器里执行一份练习的源码，抛出它自己的错误。"""
    parsed = snippet.parse(f"{Path(path).parent.parent.name}/exercise.py", source)
    cell = snippet.Cell("练习", 1, 1, len(source.splitlines()))
    try:
        run(replace(parsed, cells=(cell,), source=source), LIBRARY.root)
    except SnippetError as error:
        raise error.__cause__ or error from None


@pytest.mark.parametrize("path", EXERCISES)
def test_skeleton_is_unwritten(path: str) -> None:
    with pytest.raises(NotImplementedError):
        execute(path, EXERCISES[path].task)


@pytest.mark.parametrize("path", EXERCISES)
def test_solution_passes(path: str) -> None:
    one = EXERCISES[path]
    execute(path, exercise.fill(one.task, one.solution))


@pytest.mark.parametrize(("path", "name"), WRONG)
def test_wrong_solution_is_caught_in_words(path: str, name: str) -> None:
    one = EXERCISES[path]
    with pytest.raises(AssertionError) as caught:
        execute(path, exercise.fill(one.task, one.wrong[name]))
    message = str(caught.value)
    written = [
        ast.unparse(node.msg) for node in ast.walk(ast.parse(one.task)) if isinstance(node, ast.Assert) and node.msg
    ]
    assert message and any("一" <= c <= "鿿" for c in message), f"检查抓住了它，但没有说错在哪里：{message!r}"
    assert written, f"{path}/task.py 的 assert 没有消息"
