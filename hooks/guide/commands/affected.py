"""受影响的片段：一批改动的文件会让哪些片段与练习的结果变样；测试据此只跑这些。

判断宁多勿少：认不出的文件算作影响全部。
"""

import fnmatch
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from guide.library import Library
from guide.problem import nearest
from guide.reading import UNREADABLE

UNRELATED = (
    "docs/*", "overrides/*", "tests/site/*", "tests/hooks/*", "tests/lighthouse/*", ".github/*", ".ci/*", ".vscode/*",
    ".devcontainer/*", "*.md", "LICENSE*", "mkdocs.yml", "terms.yml", "redirects.yml", "lychee.toml", ".editorconfig",
    ".git*", "schemas/*", "hooks/guide/publish/*",
)  # fmt: skip
"""改了也不影响任何片段的文件；测试与片段里写到的除外（有的测试拿页面上的话与输出对照）。"""


BEHAVIOUR = re.compile(r"tests/snippets/([^/]+)/test_(\w+)\.py::")
RECORDING = re.compile(r"tests/snippets/test_recordings\.py::\w+\[(.+\.py)\]$")
EXERCISE = re.compile(r"tests/snippets/test_exercises\.py::\w+\[([^/]+/exercises/\w+)[-\]]")


def subject(nodeid: str) -> str:
    """一个测试测的是哪个片段或练习，相对 snippets/；不是片段的测试是空串。"""
    if match := BEHAVIOUR.search(nodeid):
        return f"{match[1]}/{match[2]}.py"
    match = RECORDING.search(nodeid) or EXERCISE.search(nodeid)
    return match[1] if match else ""


@dataclass(frozen=True)
class Affected:
    """受影响的片段与练习，都相对 snippets/。"""

    snippets: frozenset[str]
    exercises: frozenset[str]
    because: str = ""
    """全部都算时，是哪个文件使然。"""

    def summary(self, library: Library) -> str:
        """一段话：跑哪些，没有跑的有多少。"""
        if self.because:
            return f"{self.because} 改过，影响全部：{len(self.snippets)} 个片段，{len(self.exercises)} 个练习"
        left = (
            f"片段 {len(self.snippets)}/{len(library.paths)} 个，练习 {len(self.exercises)}/{len(library.exercises)} 个"
        )
        return "\n".join([f"{left}；其余没有受影响，没有跑", *sorted(self.snippets | self.exercises)])


def affected(changed: Iterable[str], library: Library) -> Affected:
    """改动的文件（相对仓库根）→ 受影响的片段与练习。"""
    readers = {path: _Reader.of_snippet(path, library) for path in library.paths}
    readers |= {path: _Reader.of_exercise(path, library) for path in library.exercises}
    found: set[str] = set()
    because = ""
    for file in sorted(changed):
        owners = {path for path, reader in readers.items() if reader.owns(file)}
        if not owners and not _unrelated(file, library):
            because, found = file, set(readers)
            break
        found |= owners | {path for path, reader in readers.items() if reader.mentions(file)}
    return Affected(frozenset(found & {*library.paths}), frozenset(found & {*library.exercises}), because)


@dataclass(frozen=True)
class _Reader:
    """一个片段或练习，与它读的东西：自己的文件与文件夹、运行时打开的文件、测试与源码里写到的路径。"""

    own: tuple[str, ...]
    opened: frozenset[str]
    text: str

    @classmethod
    def of_snippet(cls, path: str, library: Library) -> "_Reader":
        stage, name = PurePosixPath(path).parent, PurePosixPath(path).stem
        test = f"tests/snippets/{stage}/test_{name}.py"
        try:
            record = library.kept(path)
        except UNREADABLE:  # 片段自己读不懂
            record = None
        opened = frozenset(f"snippets/{file}" for file in record.files) if record else frozenset()
        own = (f"snippets/{path}", f"snippets/{stage}/recorded/{name}/", test)
        return cls(own, opened, _text(library.base / "snippets" / path) + _text(library.base / test))

    @classmethod
    def of_exercise(cls, path: str, library: Library) -> "_Reader":
        sources = sorted((library.root / path).glob("*.py"))
        return cls((f"snippets/{path}/",), frozenset(), "".join(map(_text, sources)))

    def owns(self, file: str) -> bool:
        """它自己的文件，它打开过的文件，或与后者同在一个文件夹里：新放进 data/company 的文件也会被读到。"""
        if any(file == mine or (mine.endswith("/") and file.startswith(mine)) for mine in self.own):
            return True
        folder = file.rpartition("/")[0] + "/"
        deep = folder.count("/") > 2
        return any(file == one or (deep and one.startswith(folder)) for one in self.opened)

    def mentions(self, file: str) -> bool:
        """测试或源码里写着这个文件或它的文件夹；根上的文件名太短，不算。"""
        inside = file.removeprefix("snippets/")
        folder = inside.rpartition("/")[0] if inside != file else ""
        return "/" in file and (inside in self.text or ("/" in folder and folder in self.text))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _unrelated(file: str, library: Library) -> bool:
    """与片段无关的文件，或属于一个已经删掉的片段或练习。"""
    if any(fnmatch.fnmatch(file, pattern) for pattern in UNRELATED):
        return True
    gone = not (library.base / file).exists()
    return gone and any(fnmatch.fnmatch(file, pattern) for pattern in ("snippets/*/*.*", "tests/snippets/*/test_*.py"))


def changed_since(base: Path, reference: str) -> list[str]:
    """从与 `reference` 分开的地方起改动的文件，还没有提交的、没有加入的也在内，相对 `base`。

    Raises:
        ValueError: 没有 git，这里不是仓库，或没有叫 `reference` 的提交。
    """
    _git(base, "rev-parse", "--git-dir")
    try:
        _git(base, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    except ValueError:
        names = _git(base, "for-each-ref", "--format=%(refname:short)").split()
        hint = nearest(reference, names) or "（试试 origin/main，先 git fetch）"
        raise ValueError(f"没有叫 “{reference}” 的提交或分支{hint}") from None
    start = _git(base, "merge-base", reference, "HEAD").strip()
    listed = _git(base, "diff", "--name-only", "--no-renames", "--relative", "-z", start)
    listed += _git(base, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted(filter(None, listed.split("\0")))


def _git(base: Path, *arguments: str) -> str:
    try:
        ran = subprocess.run(["git", *arguments], cwd=base, capture_output=True, text=True, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"没有 git：{error}") from error
    if ran.returncode:
        said = ran.stderr.strip()
        if "not a git repository" in said:
            raise ValueError("这里不是 git 仓库，看不出改了什么")
        raise ValueError(f"git {' '.join(arguments)}：{said or '找不到共同的祖先'}")
    return ran.stdout
