"""录制：运行过期的片段，把打印的、画出的与训练好的模型写回仓库。"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from guide.code import recording
from guide.code.runner import BUDGET, ENVIRONMENT, RECORDING, SnippetError, run
from guide.library import Library
from guide.problem import listing


def record_alone(base: Path, names: list[str], force: bool) -> int:
    """同一个仓库同时只有一个在记录：两个一起写，models/ 与记录会对不上。"""
    from filelock import FileLock, Timeout

    lock = base / ".cache" / "record.lock"
    lock.parent.mkdir(exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            return record_all(Library(base), names, force)
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
    if not force and all(map(library.fresh, chosen)):
        print(f"{f'{listing(names)} 没有' if names else '没有片段'}过期；要重跑加 FORCE=1")
        return 0
    failures: dict[str, str] = {}
    done: set[str] = set()
    stopped = False
    try:
        while pending := [p for p in chosen if p not in done and (force or not library.fresh(p))]:
            for path in (bar := tqdm(pending, unit="个", disable=None)):
                bar.set_description(path)
                failure = _in_new_process(path)
                done.add(path)
                if failure:
                    failures[path] = failure
            library = Library(library.base)
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
    if not library.readable(path):
        wrong = [one for one in library.problems() if one.path == f"snippets/{path}"]
        print("\n".join(one.named for one in wrong), file=sys.stderr)
        return 1
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
