"""命令行：python -m guide 后面跟一个命令。

退出码：0 好了，1 有问题，2 命令写得不对，130 按 Ctrl-C 停下。
"""

import os
import sys
from argparse import Namespace
from pathlib import Path

from guide.commands import report
from guide.commands.arguments import COMMAND, Parser
from guide.library import Library

# 默认是这个仓库；测试用环境变量指到别处
ROOT = Path(os.environ.get("LLM_GUIDE_ROOT") or Path(__file__).parents[2])


def main() -> int:
    parser = Parser(prog="guide", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar=COMMAND)

    one = commands.add_parser("lint", help="检查页面、片段、术语与文字")
    one.add_argument("--no-ruff", action="store_true", help="只跑站点自己的规则")
    one.add_argument("--format", choices=report.FORMATS, default="text", help="写法：给人、给 GitHub、给编辑器")
    one.set_defaults(run=lint)

    one = commands.add_parser("format", help="改好页面、README 与术语表里的空格与标点")
    one.set_defaults(run=format_texts)

    one = commands.add_parser("record", help="运行片段并记下输出；默认只跑过期的")
    one.add_argument("names", nargs="*", help="片段名，例如 attention；不给就是全部")
    one.add_argument("--force", action="store_true", help="没有过期也重跑")
    one.set_defaults(run=record)

    one = commands.add_parser("run", help="在这个进程里运行并记录一个片段（record 会调用它）")
    one.add_argument("path")
    one.set_defaults(run=run)

    one = commands.add_parser("affected", help="列出从一个提交起的改动影响到的片段与练习")
    one.add_argument("--since", required=True, help="例如 origin/main")
    one.set_defaults(run=affected)

    one = commands.add_parser("new-lesson", help="写出一课的页面、片段、记录、练习与测试")
    for key in ("stage", "name", "title", "goal", "order"):
        one.add_argument(f"--{key}")
    one.set_defaults(run=change_lessons, new=True)

    one = commands.add_parser("rename-lesson", help="改课名：连同片段、练习、测试、引用，并留下转向")
    one.add_argument("--old", default="")
    one.add_argument("--to", "--new", dest="to", default="")
    one.set_defaults(run=change_lessons, new=False)

    one = commands.add_parser("schema", help="由模型重新生成 schemas/ 与 VS Code 的代码段")
    one.set_defaults(run=schema)

    arguments = parser.parse_args()
    return int(arguments.run(arguments))


def lint(arguments: Namespace) -> int:
    """打印所有问题。"""
    from guide.commands.linting import check_project

    problems = check_project(ROOT, ruff=not arguments.no_ruff)
    if text := report.written(problems, arguments.format, color=sys.stdout.isatty()):
        print(text)
    return 1 if problems else 0


def format_texts(arguments: Namespace) -> int:
    """改好能安全改的文字，说出改了哪些文件；读不了的也说出来。"""
    from guide import reading
    from guide.words import prose

    code = 0
    for file in prose.files(ROOT):
        path = file.relative_to(ROOT).as_posix()
        try:
            if prose.fix_file(file, path):
                print(f"改好了空格与标点：{path}")
        except reading.UNREADABLE as error:
            print(f"没有改：{reading.problem(path, error)}", file=sys.stderr)
            code = 1
    return code


def record(arguments: Namespace) -> int:
    """录制过期的片段。"""
    from guide.commands.record import record_alone

    return record_alone(ROOT, arguments.names, arguments.force)


def run(arguments: Namespace) -> int:
    """录制一个片段，就在这个进程里。"""
    from guide.commands.record import record_one

    return record_one(Library(ROOT), arguments.path)


def affected(arguments: Namespace) -> int:
    """打印受影响的片段与练习，一行一个；说明写到标准错误。"""
    from guide.commands.affected import affected, changed_since

    library = Library(ROOT)
    try:
        found = affected(changed_since(ROOT, arguments.since), library)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for path in sorted(found.snippets | found.exercises):
        print(path)
    print(found.summary(library).partition("\n")[0], file=sys.stderr)
    return 0


def change_lessons(arguments: Namespace) -> int:
    """新建一课或改课名，说出做了什么与下一步；没法照做就什么都不改。"""
    from guide.commands import changes, new_lesson, rename_lesson
    from guide.commands.project import Project
    from guide.problem import listing

    try:
        project = Project(ROOT)
        if arguments.new:
            given = {key: value for key, value in vars(arguments).items() if isinstance(value, str)}
            wanted = new_lesson.request(project, given, input if sys.stdin.isatty() else None)
            todo = new_lesson.plan(project, wanted)
        else:
            todo = rename_lesson.plan(project, arguments.old, arguments.to)
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


def schema(arguments: Namespace) -> int:
    """写下给编辑器的文件。"""
    from guide.commands import editor

    for path, text in editor.files().items():
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
