"""片段库：snippets/ 里的全部片段、它们的记录与练习，各读一次。"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from guide import reading, rules
from guide.code import recording, snippet
from guide.code.recording import Cause, Recording
from guide.code.snippet import Snippet
from guide.course import redirects
from guide.problem import Problem, listing, nearest
from guide.reading import UNREADABLE
from guide.words import terms
from guide.words.terms import Term

NEEDED = (terms.PATH, redirects.PATH, recording.PINS)
"""仓库根上一定要有的文件；里面可以是空的。"""
NOT_STAGES = {"data", "models", "recorded", "exercises"}


class Library:
    """仓库 `base` 里的片段库；每个文件只读一次。"""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "snippets"
        self._snippets: dict[str, Snippet] = {}
        self._recordings: dict[str, Recording | None] = {}

    @cached_property
    def paths(self) -> list[str]:
        """所有片段，相对 snippets/，按名字排序。"""
        found = self.root.glob("*/*.py")
        return sorted(p.relative_to(self.root).as_posix() for p in found if p.parent.name not in NOT_STAGES)

    @cached_property
    def exercises(self) -> list[str]:
        """所有练习的文件夹，相对 snippets/；切换分支留下的空文件夹不算。"""
        found = {file.parent for file in self.root.glob("*/exercises/*/*") if file.is_file()}
        return sorted(p.relative_to(self.root).as_posix() for p in found if p.name != "__pycache__")

    def named(self, name: str) -> list[str]:
        """名字（或路径）是 `name` 的片段。"""
        wanted = name.removeprefix("snippets/").removesuffix(".py")
        return [p for p in self.paths if wanted in (Path(p).stem, p.removesuffix(".py"))]

    def unknown(self, name: str) -> str:
        """说明没有叫 `name` 的片段。"""
        stems = [Path(path).stem for path in self.paths]
        wanted = Path(name).stem
        alike = get_close_matches(wanted, stems, n=12, cutoff=0.4)
        known = f"相近的：{listing(alike)}" if alike else f"现有：{listing(stems)}"
        return f"没有叫 “{name}” 的片段（{known}）{nearest(wanted, stems)}"

    def snippet(self, path: str) -> Snippet:
        """读一个片段。读不了时抛出 OSError，不是 UTF-8 时抛出 UnicodeDecodeError。"""
        if path not in self._snippets:
            source = reading.text(self.root / path)
            self._snippets[path] = snippet.parse(path, source)
        return self._snippets[path]

    def snippets(self) -> list[Snippet]:
        """所有读得懂的片段。"""
        return [parsed for path in self.paths if (parsed := self.readable(path))]

    def opens(self, path: str) -> bool:
        """一个片段打得开、是 UTF-8；打不开的由 problems() 报告。"""
        try:
            self.snippet(path)
        except UNREADABLE:
            return False
        return True

    def readable(self, path: str) -> Snippet | None:
        """读一个片段；读不了、不是 UTF-8 或不是合法的 Python 时是 None，由 problems() 报告。"""
        return parsed if self.opens(path) and (parsed := self.snippet(path)).cells else None

    def recording(self, path: str) -> Recording | None:
        """一个片段的记录；没有就是 None，读不懂时抛出 ValueError。"""
        if path not in self._recordings:
            self._recordings[path] = recording.load(self.root, self.snippet(path))
        return self._recordings[path]

    def kept(self, path: str) -> Recording | None:
        """能用的记录；没有或读不懂都是 None，由 problems() 报告。"""
        try:
            return self.recording(path)
        except ValueError:
            return None

    def versions(self, paths: Iterable[str]) -> str:
        """录下这些片段时用的版本：Python 3.11 · torch 2.13.0；没有记录是空串。"""
        found: dict[str, str] = {}
        for record in filter(None, map(self.kept, paths)):
            found |= {"Python": record.python, **record.versions}
        return " · ".join(f"{name} {version}" for name, version in found.items())

    def stale(self, path: str) -> Cause | None:
        """一个片段的记录为什么不算数；算数是 None。"""
        try:
            record = self.recording(path)
        except ValueError as error:
            return Cause(f"记录读不懂（{error}）")
        if record is None:
            return Cause("还没有记录")
        home = recording.folder(self.root, self.snippet(path))
        for figure in (figure for figures in record.figures.values() for figure in figures):
            if not (home / figure.file).exists():
                return Cause(f"记录里少了图 {figure.file}")
        return recording.stale(record, self.root, self.pins)

    def edited(self, path: str) -> list[str]:
        """录下之后又手改过的文件，相对仓库根；记录读不懂时没有。"""
        if not (record := self.kept(path)):
            return []
        home = recording.folder(self.root, self.snippet(path))
        return [(home / name).relative_to(self.base).as_posix() for name in recording.edited(record, home)]

    def fresh(self, path: str) -> bool:
        """一个片段的记录算数：没有过期，也没有手改过。"""
        return not self.stale(path) and not self.edited(path)

    @cached_property
    def pins(self) -> dict[str, str]:
        """constraints.txt 里钉住的版本。"""
        return recording.read_pins(self._text(recording.PINS)[0])

    def terms(self) -> tuple[list[Term], list[Problem]]:
        """术语表与它的问题；没有这个文件就是空的。"""
        text, problems = self._text(terms.PATH)
        found, wrong = terms.read(text) if text else ([], [])
        return found, [*problems, *wrong]

    def redirects(self, pages: Collection[str]) -> tuple[dict[str, str], list[Problem]]:
        """搬了家的页面与写得不对的地方；没有这个文件就是空的。"""
        text, problems = self._text(redirects.PATH)
        found, wrong = redirects.read(text, pages)
        return found, [*problems, *wrong]

    def _text(self, name: str) -> tuple[str, list[Problem]]:
        """仓库根上的一个文件；没有是空的，读不了也是空的，另有一个问题。"""
        try:
            return reading.text(self.base / name), []
        except FileNotFoundError:
            return "", []
        except UNREADABLE as error:
            return "", [reading.problem(name, error)]

    def problems(self) -> list[Problem]:
        """片段本身的问题与过期的记录；与页面无关的都在这里。"""
        found = self._text(recording.PINS)[1]
        found += [rules.files.GONE.at(name, 1) for name in NEEDED if not (self.base / name).exists()]
        stale: dict[Cause, list[Snippet]] = {}
        for path in self.paths:
            try:
                parsed = self.snippet(path)
            except UNREADABLE as error:
                found.append(reading.problem(f"snippets/{path}", error))
                continue
            found += parsed.problems
            if parsed.problems:
                continue
            if cause := self.stale(path):
                stale.setdefault(cause, []).append(parsed)
            else:
                found += [rules.snippets.EDITED.at(file, 1, name=parsed.name) for file in self.edited(path)]
                found += self._never_shown(parsed)
        for cause, snippets in stale.items():
            found += self._stale(cause, snippets)
        return found

    def _never_shown(self, parsed: Snippet) -> list[Problem]:
        record = self.kept(parsed.path)
        cells = recording.never_shown(record, parsed) if record else []
        where = f"snippets/{parsed.path}"
        return [rules.snippets.NEVER_SHOWN.at(where, cell.header, title=cell.title) for cell in cells]

    def _stale(self, cause: Cause, snippets: list[Snippet]) -> list[Problem]:
        """一个文件或一个版本让好几个记录过期，只在那里说一次。"""
        if len(snippets) == 1 or not (cause.file or cause.package):
            return [rules.snippets.STALE.at(f"snippets/{one.path}", 1, reason=cause, name=one.name) for one in snippets]
        path, line = f"snippets/{cause.file}", 1
        if cause.package:
            path, line = recording.PINS, recording.pin_lines(self._text(recording.PINS)[0])[cause.package][1]
        return [rules.snippets.MANY_STALE.at(path, line, count=len(snippets), reason=cause)]
