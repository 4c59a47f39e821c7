"""读文件：读不了、不是 UTF-8、指到仓库外面，都是问题，不是崩溃。"""

import re
from functools import lru_cache
from pathlib import Path

from guide import rules
from guide.problem import Problem

UNREADABLE = (UnicodeDecodeError, OSError)
"""读一个文本文件会抛出的。"""
NEARLY_PAGE = re.compile(r"\.(?:(?!md$)(?i:md)|(?i:markdown|mdown|mkdn?|mdx|md\.(?:txt|bak|orig)))$")


def text(path: Path) -> str:
    """一个文本文件；没有改过就不再打开：预览每次要看一千多个文件，多半一个也没有变。

    Raises:
        OSError: 读不了。
        UnicodeDecodeError: 不是 UTF-8。
    """
    status = path.stat()
    return _text(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8192)
def _text(path: Path, changed: int, length: int) -> str:
    return path.read_text(encoding="utf-8-sig")  # Windows 的记事本会写 BOM，Python 也跳过它


def there(path: Path) -> bool:
    """有没有这个文件；名字长得不成样子，就是没有。"""
    try:
        return path.is_file()
    except OSError:
        return False


def content(path: Path) -> bytes | OSError:
    """一个文件的内容；读不了时是那个错误，由读它的人报告。"""
    try:
        return path.read_bytes()
    except OSError as error:
        return error


def problem(path: str, error: UnicodeDecodeError | OSError) -> Problem:
    """把读文件时的错误变成问题。"""
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return rules.files.NOT_UTF8.at(path, line, place=f"（第 {error.start + 1} 个字节起）")
    return rules.files.UNREADABLE.at(path, 1, reason=error.strerror or str(error))


def outside(base: Path) -> list[Problem]:
    """docs/ 与 snippets/ 里指到仓库外面的符号链接。"""
    root = base.resolve()
    links = [path for name in ("docs", "snippets") for path in sorted((base / name).rglob("*")) if path.is_symlink()]
    return [
        rules.files.OUTSIDE.at(path.relative_to(base).as_posix(), 1, target=path.readlink())
        for path in links
        if not _inside(path, root)
    ]


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # 指向自己的链接
        return False


def not_pages(base: Path) -> list[Problem]:
    """docs/ 里看样子是页面、名字却让 MkDocs 与检查都认不出的文件。"""
    found = []
    for path in sorted((base / "docs").rglob("*")):
        right = NEARLY_PAGE.sub(".md", path.name)
        if right != path.name and path.is_file():
            found.append(rules.files.NOT_A_PAGE.at(path.relative_to(base).as_posix(), 1, right=right))
    return found
