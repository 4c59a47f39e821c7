"""历史：从 git 得知每个文件由谁、在哪天改过；一页的历史连同它嵌入的代码的。"""

import datetime
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FORMAT = "%x1e%h%x1f%cs%x1f%aN <%aE>%x1f%(trailers:key=Co-authored-by,valueonly,separator=%x1d)"
"""一次提交的第一行：短号、日期、作者（按 .mailmap）、合写的人。"""
PERSON = re.compile(r"(?P<name>[^<>]*[^<>\s])\s*<[^<>\s]*>")
MACHINE = re.compile(r"\[bot\](?:\s*<|@)|<no-?reply@", re.IGNORECASE)
"""GitHub 的机器人叫 “名字[bot]”；别的程序用没有人收的邮箱署名。人的隐私邮箱不是这样开头。"""


@dataclass(frozen=True)
class Commit:
    """一次提交：哪天，谁写的。"""

    name: str
    day: str
    people: tuple[str, ...]
    """作者与合写的人，只有名字；机器人不算。"""


@dataclass(frozen=True)
class Past:
    """一页的过去：首次发表与最后更新的日期，形如 2026-11-23；写过它的人，写得多的在前。"""

    first: str
    last: str
    people: tuple[str, ...] = ()


History = Mapping[str, list[Commit]]
"""文件 → 改过它的提交，新的在前。"""


def read(base: Path) -> History:
    """`base` 里每个文件的历史。

    没有 git、不是仓库、或是浅克隆时是空的：浅克隆里最早的那次提交看起来像写了所有文件。
    """
    shallow, _, head = _git(base, "rev-parse", "--is-shallow-repository", "HEAD").partition("\n")
    return _at(base, head) if shallow == "false" else {}


@lru_cache(maxsize=1)
def _at(base: Path, head: str) -> History:
    """到提交 `head` 为止的历史；预览时没有新的提交就不再读。一次 git log 读完所有文件。"""
    log = _git(base, "log", "-M", f"--format={FORMAT}", "--name-status", "--relative", "--", "docs", "snippets")
    written = sorted({one for one in _coauthors(log) if PERSON.fullmatch(one)})
    names = _git(base, "check-mailmap", "--stdin", text="\n".join(written)).split("\n") if written else []
    return parse(log, dict(zip(written, names, strict=False)))


def _git(base: Path, *arguments: str, text: str = "") -> str:
    """git 说的话；没有 git 或它不肯，就是空串。"""
    command = ["git", "-c", "core.quotepath=off", "-c", "log.showSignature=false", *arguments]
    try:
        ran = subprocess.run(command, cwd=base, input=text, capture_output=True, text=True, encoding="utf-8")
    except OSError:
        return ""
    return ran.stdout if ran.returncode == 0 else ""


def _coauthors(log: str) -> list[str]:
    heads = [commit.partition("\n")[0].split("\x1f") for commit in log.split("\x1e")[1:]]
    return [one.strip() for head in heads for one in head[3].split("\x1d") if one.strip()]


def parse(log: str, mailmap: Mapping[str, str] | None = None) -> History:
    """读 `git log`：新的在前。改名不断历史；`mailmap` 是合写的人 → 他在 .mailmap 里的写法。"""
    found: dict[str, list[Commit]] = {}
    today: dict[str, str] = {}  # 从前的文件名 → 现在的
    for block in log.split("\x1e")[1:]:
        head, *changes = [line for line in block.split("\n") if line]
        name, day, author, together = head.split("\x1f")
        written = [author, *((mailmap or {}).get(one.strip(), one) for one in together.split("\x1d"))]
        commit = Commit(name, day, tuple(dict.fromkeys(person for one in written if (person := _person(one)))))
        for status, *paths in (line.split("\t") for line in changes):
            path = paths[-1]
            found.setdefault(today.get(path, path), []).append(commit)
            if status.startswith("R"):
                today[paths[0]] = today.get(path, path)
    return found


def _person(identity: str) -> str:
    """“名字 <邮箱>” 里的名字；机器人与写得不对的是空串。"""
    match = PERSON.fullmatch(identity.strip())
    return match["name"] if match and not MACHINE.search(identity) else ""


def of_page(
    history: History,
    files: Iterable[str],
    published: datetime.date | None = None,
    updated: datetime.date | None = None,
) -> Past | None:
    """一页的过去：front matter 里写的日期优先，其余由它与它的代码的历史得出；都不知道是 None。

    `files` 里第一个是页面自己：它的第一次提交就是首次发表。
    """
    known = [history[file] for file in files if file in history]
    commits = {commit.name: commit for one in known for commit in one}.values()
    first = published.isoformat() if published else (known[0][-1].day if known else "")
    last = updated.isoformat() if updated else max((commit.day for commit in commits), default="")
    if not first and not last:
        return None
    people = Counter(person for commit in sorted(commits, key=lambda one: one.day) for person in commit.people)
    return Past(first or last, max(first, last) if last else first, tuple(name for name, _ in people.most_common()))
