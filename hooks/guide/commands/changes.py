"""改动：对仓库要做的事先全部算好，再一次做完；做到一半出了错，就原样退回去。"""

import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path


class Refused(Exception):
    """没法照做，什么都还没有改；每一项是一条原因。"""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("\n".join(self.reasons))


@dataclass(frozen=True)
class Changes:
    """要做的事；路径都相对仓库根。"""

    moved: Mapping[str, str] = field(default_factory=dict)
    """文件或文件夹：旧 → 新。"""
    written: Mapping[str, bytes] = field(default_factory=dict)
    """移动之后的路径 → 内容；没有的文件新建，有的换掉。"""
    notes: list[str] = field(default_factory=list)
    """做完之后要告诉人的话。"""


def refuse_existing(base: Path, paths: Iterable[str]) -> None:
    """有一个已经存在就拒绝，列出全部。"""
    if taken := sorted(path for path in paths if (base / path).exists()):
        raise Refused(f"{path} 已经存在，不会覆盖" for path in taken)


def apply(base: Path, changes: Changes) -> None:
    """照着做；中途出错（磁盘满、Ctrl-C）就倒着退回去，再抛出那个错。"""
    undo: list[Callable[[], object]] = []
    try:
        for old, new in changes.moved.items():
            (base / old).rename(base / new)
            undo.append(partial((base / new).rename, base / old))
        for path, content in changes.written.items():
            file = base / path
            for folder in reversed([one for one in file.parents if not one.exists()]):
                folder.mkdir()
                undo.append(folder.rmdir)
            undo.append(partial(file.write_bytes, file.read_bytes()) if file.exists() else partial(_remove, file))
            file.write_bytes(content)
    except BaseException:
        for step in reversed(undo):
            step()
        raise


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)


def described(base: Path, changes: Changes) -> str:
    """说出要做什么；在动手之前问。"""
    arriving = set(changes.moved.values())
    moved = [f"{old} → {new.rpartition('/')[2]}" for old, new in changes.moved.items()]
    fresh = [path for path in changes.written if not _stands(base, path, arriving)]
    edited = [path for path in changes.written if path not in fresh]
    groups = {"移动": moved, "新建": fresh, "改写": edited}
    blocks = ["\n  ".join([f"{name}：", *sorted(paths)]) for name, paths in groups.items() if paths]
    return "\n".join([*blocks, *changes.notes])


def _stands(base: Path, path: str, arriving: set[str]) -> bool:
    """移动之后，这个文件在不在。"""
    return (base / path).exists() or any(path == one or path.startswith(f"{one}/") for one in arriving)


def unsaved(base: Path, changes: Changes) -> list[str]:
    """要动的文件里还没有提交的；没有 git 时是空的。"""
    paths = [*changes.moved, *(path for path in changes.written if (base / path).exists())]
    if not paths:  # git 没有路径就列出整个仓库
        return []
    command = ["git", "-c", "core.quotepath=off", "status", "--porcelain", "--", *paths]
    try:
        ran = subprocess.run(command, cwd=base, capture_output=True, text=True, encoding="utf-8")
    except OSError:
        return []
    return [line[3:] for line in ran.stdout.splitlines()] if ran.returncode == 0 else []
