"""练习：task.py 的骨架与检查，换上 solution.py 或 wrong_*.py 里的同名函数。"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from guide import reading, rules
from guide.code import syntax
from guide.problem import Problem, listing, nearest
from guide.reading import UNREADABLE


@dataclass(frozen=True, eq=False)
class Exercise:
    """一个练习文件夹里的全部源码。`path` 相对 snippets/。"""

    path: str
    task: str
    solution: str
    wrong: dict[str, str]
    """文件名 → 源码；每一份都该被检查抓住。"""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def load(root: Path, path: str) -> tuple[Exercise | None, list[Problem]]:
    """读一个练习；缺了文件或骨架不对，都是问题。内容没有变就是同一个对象。"""
    folder = root / path
    where = f"snippets/{path}"
    needed = [name for name in ("task.py", "solution.py") if not (folder / name).exists()]
    if needed:
        return None, [rules.exercises.FILE_MISSING.at(f"{where}/{needed[0]}", 1, file=listing(needed))]
    read, unread = [], []
    for file in sorted(folder.glob("*.py")):
        try:
            read.append((file.name, reading.text(file)))
        except UNREADABLE as error:
            unread.append(reading.problem(f"{where}/{file.name}", error))
    if unread:
        return None, unread
    exercise, problems = _checked(path, tuple(read))
    return exercise, list(problems)


@lru_cache(maxsize=4096)
def _checked(path: str, files: tuple[tuple[str, str], ...]) -> tuple[Exercise, tuple[Problem, ...]]:
    read = dict(files)
    wrong = {name: text for name, text in read.items() if name.startswith("wrong_")}
    exercise = Exercise(path, read["task.py"], read["solution.py"], wrong)
    return exercise, tuple(check(exercise, set(read)))


def check(exercise: Exercise, files: set[str]) -> list[Problem]:
    """骨架、答案与错误答案的形状对不对；它们跑起来怎样由测试说。"""
    where = f"snippets/{exercise.path}"
    problems = []
    if not exercise.wrong:
        problems.append(rules.exercises.NO_WRONG.at(f"{where}/task.py", 1))
    for extra in sorted(files - {"task.py", "solution.py"} - set(exercise.wrong)):
        problems.append(rules.exercises.EXTRA_FILE.at(f"{where}/{extra}", 1))
    trees: dict[str, ast.Module] = {}
    for name, source in {"task.py": exercise.task, "solution.py": exercise.solution, **exercise.wrong}.items():
        try:
            trees[name] = ast.parse(source)
        except syntax.UNREADABLE as error:
            problems.append(syntax.problem(f"{where}/{name}", source, error))
    if len(trees) < 2 + len(exercise.wrong):
        return problems
    task, solution = trees.pop("task.py"), trees.pop("solution.py")
    skeletons = skeleton_names(task)
    problems += _task_problems(f"{where}/task.py", task, skeletons)
    for missing in sorted(set(skeletons) - set(definitions(solution))):
        said = {"name": missing, "allowed": listing(skeletons)}
        problems.append(rules.exercises.INCOMPLETE.at(f"{where}/solution.py", 1, **said))
    right = _statements(solution)
    for name, tree in trees.items():
        problems += _wrong_problems(f"{where}/{name}", tree, right, skeletons)
    return problems


def _task_problems(where: str, task: ast.Module, skeletons: list[str]) -> list[Problem]:
    problems = []
    if not skeletons:
        problems.append(rules.exercises.NO_SKELETON.at(where, 1))
    if not ast.get_docstring(task):
        problems.append(rules.exercises.DOCSTRING.at(where, 1))
    checks = [node for node in ast.walk(task) if isinstance(node, ast.Assert)]
    return problems + [rules.exercises.SILENT.at(where, node.lineno) for node in checks if node.msg is None]


def _wrong_problems(where: str, wrong: ast.Module, right: set[str], skeletons: list[str]) -> list[Problem]:
    """一份错误答案：要换上题目里的函数，也要真的与答案不同；`right` 是答案的每一句。"""
    given = definitions(wrong)
    if skeletons and not set(given) & set(skeletons):
        near = {node.lineno: said for name, node in given.items() if (said := nearest(name, skeletons))}
        line, hint = next(iter(near.items()), (1, ""))
        return [rules.exercises.UNRELATED.at(where, line, allowed=listing(skeletons), nearest=hint)]
    if _statements(wrong) <= right:
        return [rules.exercises.NOT_WRONG.at(where, 1)]
    return []


def _statements(tree: ast.Module) -> set[str]:
    """顶层的每一句，注释、排版与 docstring 不算。树改过，之后不能再用。"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not _is_docstring(part)]
    return {ast.dump(node) for node in tree.body}


def definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """顶层的函数与类。"""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name: node for node in tree.body if isinstance(node, kinds)}


def skeleton_names(tree: ast.Module) -> list[str]:
    """还没有写的函数（或含有没写完的方法的类）。"""
    return [name for name, node in definitions(tree).items() if any(_unwritten(part) for part in ast.walk(node))]


def _unwritten(node: ast.AST) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(error, ast.Name) and error.id == "NotImplementedError"


def fill(task: str, answer: str) -> str:
    """把答案里的函数换进题目：同名的替换，导入与帮手放在第一个被换的函数之前。

    替换在语法树上做，行号会变；题目里的检查原样留下。
    """
    tree, given = ast.parse(task), ast.parse(answer)
    replacing = definitions(given)
    extra = [
        node for node in given.body if getattr(node, "name", None) not in definitions(tree) and not _is_docstring(node)
    ]
    body: list[ast.stmt] = []
    for node in tree.body:
        name = getattr(node, "name", None)
        if name in replacing and isinstance(node, type(replacing[name])):
            body += [*extra, replacing[name]]
            extra = []
        else:
            body.append(node)
    tree.body = body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
