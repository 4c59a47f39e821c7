"""历史：从 git 得知每个文件第一次与最后一次改动的日期。"""

import datetime
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Dates:
    """首次发表与最后更新，形如 2026-11-23。"""

    first: str
    last: str


def read(base: Path) -> dict[str, Dates]:
    """仓库里每个文件的日期；没有 git 或不是仓库时是空的。"""
    command = [
        "git",
        "-c",
        "core.quotepath=off",
        "log",
        "--format=@%cs",
        "--name-only",
        "--relative",
        "--",
        "docs",
        "snippets",
    ]
    try:
        log = subprocess.run(command, cwd=base, capture_output=True, text=True, encoding="utf-8")
    except OSError:
        return {}
    return parse(log.stdout) if log.returncode == 0 else {}


def parse(log: str) -> dict[str, Dates]:
    """读 `git log --format=@%cs --name-only`：新的在前。"""
    found: dict[str, Dates] = {}
    day = ""
    for line in log.splitlines():
        if line.startswith("@"):
            day = line[1:]
        elif line:
            known = found.get(line)
            found[line] = Dates(day, known.last if known else day)
    return found


def of_page(
    history: dict[str, Dates],
    files: Iterable[str],
    published: datetime.date | None = None,
    updated: datetime.date | None = None,
) -> Dates | None:
    """一页的日期：front matter 里写的优先，否则从它与它的片段的历史得出；都不知道是 None。"""
    known = [history[file] for file in files if file in history]
    first = published.isoformat() if published else (known[0].first if known else "")
    last = updated.isoformat() if updated else max((dates.last for dates in known), default="")
    if not first and not last:
        return None
    return Dates(first or last, max(first, last) if last else first)
