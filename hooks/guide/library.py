"""片段库：snippets/ 里的全部片段、它们的记录与练习，各读一次。"""

from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

from guide import reading, rules
from guide.code import recording, snippet
from guide.code.recording import Recording
from guide.code.snippet import Snippet
from guide.course import redirects
from guide.problem import Problem, listing, nearest
from guide.reading import UNREADABLE
from guide.words import terms
from guide.words.terms import Term

NEEDED = (terms.PATH, redirects.PATH, "constraints.txt")
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
        """所有练习的文件夹，相对 snippets/。"""
        found = self.root.glob("*/exercises/*/")
        return sorted(p.relative_to(self.root).as_posix() for p in found if p.name != "__pycache__")

    def named(self, name: str) -> list[str]:
        """名字（或路径）是 `name` 的片段。"""
        wanted = name.removeprefix("snippets/").removesuffix(".py")
        return [p for p in self.paths if wanted in (Path(p).stem, p.removesuffix(".py"))]

    def unknown(self, name: str) -> str:
        """说明没有叫 `name` 的片段。"""
        stems = [Path(path).stem for path in self.paths]
        return f"没有叫 “{name}” 的片段（现有：{listing(stems, most=40)}）{nearest(name, stems)}"

    def snippet(self, path: str) -> Snippet:
        """读一个片段。读不了时抛出 OSError，不是 UTF-8 时抛出 UnicodeDecodeError。"""
        if path not in self._snippets:
            source = reading.text(self.root / path)
            self._snippets[path] = snippet.parse(path, source)
        return self._snippets[path]

    def snippets(self) -> list[Snippet]:
        """所有读得懂的片段。"""
        return [parsed for path in self.paths if (parsed := self.readable(path))]

    def readable(self, path: str) -> Snippet | None:
        """读一个片段；读不了、不是 UTF-8 或不是合法的 Python 时是 None，由 problems() 报告。"""
        try:
            parsed = self.snippet(path)
        except UNREADABLE:
            return None
        return parsed if parsed.cells else None

    def recording(self, path: str) -> Recording | None:
        """一个片段的记录；没有就是 None，读不懂时抛出 ValueError。"""
        if path not in self._recordings:
            self._recordings[path] = recording.load(self.root, self.snippet(path))
        return self._recordings[path]

    def kept(self, path: str) -> Recording | None:
        """能用的记录；没有或读不懂都是 None，由 problems() 报告。"""
        try:
            return self.recording(path)
        except (ValueError, KeyError):
            return None

    def versions(self, paths: Iterable[str]) -> str:
        """录下这些片段时用的版本：Python 3.11 · torch 2.13.0；没有记录是空串。"""
        found: dict[str, str] = {}
        for record in filter(None, map(self.kept, paths)):
            found |= {"Python": record.python, **record.versions}
        return " · ".join(f"{name} {version}" for name, version in found.items())

    def stale(self, path: str) -> str:
        """说出一个片段的记录为什么不算数；算数是空串。"""
        try:
            record = self.recording(path)
        except (ValueError, KeyError) as error:
            return f"记录读不懂（{error}）"
        if record is None:
            return "还没有记录"
        home = recording.folder(self.root, self.snippet(path))
        for figure in (figure for figures in record.figures.values() for figure in figures):
            if not (home / figure.file).exists():
                return f"记录里少了图 {figure.file}"
        return recording.stale(record, self.root, self.pins)

    @cached_property
    def pins(self) -> dict[str, str]:
        """constraints.txt 里钉住的版本。"""
        return recording.read_pins(self._text("constraints.txt")[0])

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
        found = self._text("constraints.txt")[1]
        found += [rules.files.GONE.at(name, 1) for name in NEEDED if not (self.base / name).exists()]
        for path in self.paths:
            try:
                parsed = self.snippet(path)
            except UNREADABLE as error:
                found.append(reading.problem(f"snippets/{path}", error))
                continue
            found += parsed.problems
            if not parsed.problems and (reason := self.stale(path)):
                found.append(rules.snippets.STALE.at(f"snippets/{path}", 1, reason=reason, name=parsed.name))
        return found
