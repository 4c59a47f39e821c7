"""命令行：python -m guide record | run | lint | new-lesson | rename-lesson。

退出码：0 好了，1 有问题，2 命令写得不对，130 按 Ctrl-C 停下。
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from guide import recording, report
from guide.library import Library
from guide.runner import BUDGET, ENVIRONMENT, RECORDING, SnippetError, run

# 默认是这个仓库；测试用环境变量指到别处
ROOT = Path(os.environ.get("LLM_GUIDE_ROOT") or Path(__file__).parents[2])


def main() -> int:
    parser = argparse.ArgumentParser(prog="guide", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="运行片段并记下输出；默认只跑过期的")
    record.add_argument("names", nargs="*", help="片段名，例如 attention；不给就是全部")
    record.add_argument("--force", action="store_true", help="没有过期也重跑")
    one = commands.add_parser("run", help="在这个进程里运行并记录一个片段（record 会调用它）")
    one.add_argument("path")
    lint = commands.add_parser("lint", help="检查页面、片段与术语")
    lint.add_argument("--no-ruff", action="store_true", help="只跑站点自己的规则")
    lint.add_argument("--format", choices=report.FORMATS, default="text", help="写法：给人、给 GitHub、给编辑器")
    new = commands.add_parser("new-lesson", help="写出一课的页面、片段、记录、练习与测试")
    for key in ("stage", "name", "title", "goal", "order"):
        new.add_argument(f"--{key}")
    rename = commands.add_parser("rename-lesson", help="改课名：连同片段、练习、测试、引用，并留下转向")
    rename.add_argument("--old", default="")
    rename.add_argument("--new", default="")
    arguments = parser.parse_args()
    if arguments.command == "record":
        return record_alone(arguments.names, arguments.force)
    if arguments.command == "run":
        return record_one(Library(ROOT), arguments.path)
    if arguments.command in ("new-lesson", "rename-lesson"):
        given = {key: value for key, value in vars(arguments).items() if value is not None}
        return change_lessons(arguments.command, given)
    return lint_all(ruff=not arguments.no_ruff, form=arguments.format)


def record_alone(names: list[str], force: bool) -> int:
    """同一个仓库同时只有一个在记录：两个一起写，models/ 与记录会对不上。"""
    from filelock import FileLock, Timeout

    lock = ROOT / ".cache" / "record.lock"
    lock.parent.mkdir(exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            return record_all(Library(ROOT), names, force)
    except Timeout:
        print("另一个 make record 正在运行：等它结束，或按 Ctrl-C 停下它", file=sys.stderr)
        return 1


def record_all(library: Library, names: list[str], force: bool) -> int:
    """记录过期的片段；有片段读取别的片段写出的模型，所以跑完再看一遍谁过期。按 Ctrl-C 停下，记好的都留着。"""
    from tqdm import tqdm

    unknown = [name for name in names if not library.named(name)]
    if unknown:
        print("\n".join(library.unknown(name) for name in unknown), file=sys.stderr)
        return 2
    chosen = [path for name in names for path in library.named(name)] or library.paths
    failures: dict[str, str] = {}
    done: set[str] = set()
    stopped = False
    try:
        while pending := [p for p in chosen if p not in done and (force or library.stale(p))]:
            for path in (bar := tqdm(pending, unit="个", disable=None)):
                bar.set_description(path)
                failure = _in_new_process(path)
                done.add(path)
                if failure:
                    failures[path] = failure
            library = Library(ROOT)
    except KeyboardInterrupt:
        stopped = True
    for failure in failures.values():
        print(failure, file=sys.stderr)
    print(f"{'停下了；' if stopped else ''}已记录 {len(done) - len(failures)} 个片段，{len(failures)} 个失败")
    return 130 if stopped else 1 if failures else 0


def _in_new_process(path: str) -> str:
    environment = {**os.environ, **ENVIRONMENT, RECORDING: "1"}
    command = [sys.executable, "-W", "ignore", "-m", "guide", "run", path]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    return result.stderr.strip() or f"snippets/{path}: 退出码 {result.returncode}" if result.returncode else ""


def record_one(library: Library, path: str) -> int:
    """运行一个片段，写下记录；只有这里把 models/ 带回来。"""
    try:
        result = run(library.snippet(path), library.root)
    except SnippetError as error:
        print(error, file=sys.stderr)
        return 1
    if written := _written_models(result.folder / "models", library.root / "models"):
        _bring_back(written, library.root / "models")
        # 模型训练好了；再跑一遍读者会跑的样子，记下它的输出与时间
        del os.environ[RECORDING]
        result = run(library.snippet(path), library.root)
    recording.save(library.root, result)
    if result.seconds > BUDGET:
        print(f"snippets/{path}: 用了 {result.seconds:.0f} 秒，应不超过 {BUDGET} 秒", file=sys.stderr)
    return 0


def _written_models(made: Path, kept: Path) -> list[Path]:
    """这次运行写过的模型文件夹；没写过的，文件的时间与原来的一样。"""

    def times(folder: Path) -> dict[str, int]:
        return {file.name: file.stat().st_mtime_ns for file in folder.glob("*")}

    return [folder for folder in sorted(made.glob("*/")) if times(folder) != times(kept / folder.name)]


def _bring_back(folders: list[Path], kept: Path) -> None:
    """把写出的模型换进 snippets/models/，一次换一个文件夹。"""
    kept.mkdir(exist_ok=True)
    for folder in folders:
        fresh = kept / f".{folder.name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(folder, fresh)
        recording.replace(fresh, kept / folder.name)


def lint_all(ruff: bool = True, form: str = "text") -> int:
    """打印所有问题。退出码：0 没有问题，1 有问题，2 命令写得不对。"""
    from guide.linting import check_project

    problems = check_project(ROOT, ruff=ruff)
    if text := report.written(problems, form, color=sys.stdout.isatty()):
        print(text)
    return 1 if problems else 0


def change_lessons(command: str, given: dict[str, str]) -> int:
    """新建一课或改课名，说出做了什么与下一步。退出码：0 做完了，2 没法照做，什么都没改。"""
    from guide import changes, new_lesson, rename_lesson
    from guide.problem import listing
    from guide.project import Project

    try:
        project = Project(ROOT)
        if command == "new-lesson":
            wanted = new_lesson.request(project, given, input if sys.stdin.isatty() else None)
            todo = new_lesson.plan(project, wanted)
        else:
            todo = rename_lesson.plan(project, given["old"], given["new"])
        done = [changes.described(ROOT, todo)]
        if unsaved := changes.unsaved(ROOT, todo):
            done.append(f"原来就有没提交的改动，用 git 还原会一起没掉：{listing(unsaved, most=3)}")
        changes.apply(ROOT, todo)
    except changes.Refused as refused:
        print("\n".join([*refused.reasons, "什么都没有改"]), file=sys.stderr)
        return 2
    except (EOFError, KeyboardInterrupt) as stopped:
        print("\n没有做完，什么都没有改", file=sys.stderr)
        return 130 if isinstance(stopped, KeyboardInterrupt) else 2
    print("\n".join(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
