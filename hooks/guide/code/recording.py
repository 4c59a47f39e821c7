"""记录：一个片段运行后打印了什么、画了什么，以及它还算不算数。

每个片段的记录在 `snippets/<stage>/recorded/<name>/` 里，是可读的文本，评审时看得出改动的后果。
"""

import datetime
import hashlib
import json
import platform
import re
import shutil
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from guide import reading
from guide.code.runner import Figure, Run
from guide.code.snippet import Cell, Snippet
from guide.reading import UNREADABLE

OUTPUT = "output.txt"
PINS = "constraints.txt"
TEXT = {".py", ".txt", ".svg", ".json", ".md", ".csv"}


@dataclass(frozen=True)
class RecordedFigure:
    """记录里的一张图；尺寸是 CSS 像素。"""

    file: str
    labels: tuple[str, ...]
    width: int
    height: int


@dataclass(frozen=True)
class Recording:
    """一次运行的记录。"""

    date: str
    python: str
    versions: dict[str, str]
    threads: int
    seconds: float
    files: dict[str, str]
    """运行时读到的文件（相对 snippets/）与它们的 sha256。"""
    outputs: dict[str, str]
    """单元标题 → 打印的文字。"""
    figures: dict[str, tuple[RecordedFigure, ...]]
    written: dict[str, str]
    """这次运行写出的文件（output.txt 与图）与它们的 sha256：它们不能手改。"""

    @property
    def proof(self) -> str:
        """页面上的一行证明：哪天、用什么、花了多久。"""
        parts = [self.date, f"Python {self.python}"]
        parts += [f"{name} {version}" for name, version in self.versions.items()]
        return " · ".join([*parts, f"{self.threads} 线程", f"{self.seconds:.1f} s"])


def folder(root: Path, snippet: Snippet) -> Path:
    """片段的记录所在的文件夹。"""
    return root / snippet.stage / "recorded" / snippet.name


def load(root: Path, snippet: Snippet) -> Recording | None:
    """读出一个片段的记录；没有就是 None。

    Raises:
        ValueError: 记录读不懂（多半是合并冲突或手工改过），消息说为什么。
    """
    home = folder(root, snippet)
    try:
        return _read(reading.text(home / "run.json"), reading.text(home / OUTPUT))
    except FileNotFoundError:
        return None
    except json.JSONDecodeError as error:
        raise ValueError(f"run.json 第 {error.lineno} 行写坏了") from error
    except KeyError as error:
        raise ValueError(f"run.json 里少了 {error.args[0]}") from error
    except (TypeError, AttributeError) as error:
        raise ValueError("run.json 里的值不对") from error
    except UNREADABLE as error:
        raise ValueError(reading.problem("", error).message) from error


@lru_cache(maxsize=4096)
def _read(run: str, output: str) -> Recording:
    """由 run.json 与 output.txt 的文字读出记录；文字一样就是同一个对象。"""
    data = json.loads(run)
    figures = {
        title: tuple(RecordedFigure(f["file"], tuple(f["labels"]), f["width"], f["height"]) for f in items)
        for title, items in data["figures"].items()
    }
    return Recording(
        data["date"], data["python"], data["versions"], data["threads"], data["seconds"], data["files"],
        split(output), figures, data["written"],
    )  # fmt: skip


def save(root: Path, run: Run, today: datetime.date | None = None) -> Path:
    """写下一次运行的记录，替换旧的；先写在旁边，写完才换，写到一半出了事，旧的还在。"""
    kept = folder(root, run.snippet)
    home = kept.with_name(f".{kept.name}.new")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        _write(home, root, run, today)
        replace(home, kept)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return kept


def replace(fresh: Path, kept: Path) -> None:
    """用写好的文件夹换掉原来的；换到一半也不会缺。"""
    old = kept.with_name(f".{kept.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if kept.exists():
        kept.rename(old)
    fresh.rename(kept)
    shutil.rmtree(old, ignore_errors=True)


def _write(home: Path, root: Path, run: Run, today: datetime.date | None) -> None:
    figures: dict[str, list[dict[str, Any]]] = {}
    for cell in run.cells:
        for number, figure in enumerate(cell.figures, 1):
            name = f"{slug(cell.cell.title)}-{number}.{figure.suffix}"
            (home / name).write_bytes(figure.data)
            width, height = size(figure)
            item = {"file": name, "labels": figure.labels, "width": width, "height": height}
            figures.setdefault(cell.cell.title, []).append(item)
    data = {
        "date": (today or datetime.date.today()).isoformat(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "versions": run.versions,
        "threads": 1,
        "seconds": round(run.seconds, 1),
        "files": {name: digest(root / name) for name in read_files(run) if (root / name).exists()},
        "figures": figures,
    }
    (home / OUTPUT).write_text(join(run), encoding="utf-8")
    data["written"] = {file.name: digest(file) for file in sorted(home.iterdir())}
    text = json.dumps(data, ensure_ascii=False, indent=2)
    (home / "run.json").write_text(text + "\n", encoding="utf-8")


def read_files(run: Run) -> list[str]:
    """运行时读到的文件，片段自己总在其中。"""
    return sorted({run.snippet.path, *run.opened})


def pin_lines(text: str) -> dict[str, tuple[str, int]]:
    """读 constraints.txt：包名（小写，用 -）→ 版本与行号。"""
    found = ((re.match(r"([A-Za-z0-9._-]+)==([^\s;#]+)", line), n) for n, line in enumerate(text.splitlines(), 1))
    return {re.sub(r"[-_.]+", "-", match[1]).lower(): (match[2], n) for match, n in found if match}


def read_pins(text: str) -> dict[str, str]:
    """读 constraints.txt：包名 → 版本。"""
    return {name: version for name, (version, _) in pin_lines(text).items()}


@dataclass(frozen=True)
class Cause:
    """记录为什么过期，与使它过期的文件。"""

    reason: str
    file: str = ""
    """相对 snippets/；空的是记录自己。"""
    package: str = ""
    """换了版本的软件包。"""

    def __str__(self) -> str:
        return self.reason


def stale(recording: Recording, root: Path, pins: dict[str, str]) -> Cause | None:
    """说出记录为什么过期了；没有过期是 None。`pins` 是 constraints.txt 里的版本。"""
    for name, known in recording.files.items():
        if not (root / name).exists():
            gone = _topmost_gone(root, name)
            return Cause(f"snippets/{gone} 已经不在了", gone)
        if digest(root / name) != known:
            return Cause(f"snippets/{name} 改过了", name)
    for name, version in recording.versions.items():
        pinned = pins.get(name)
        if pinned and pinned != version:
            return Cause(f"{name} 从 {version} 换成了 {pinned}", package=name)
    return None


def _topmost_gone(root: Path, name: str) -> str:
    """整个文件夹都不在了，就说那个文件夹。"""
    folders = [folder.as_posix() for folder in reversed(PurePosixPath(name).parents)]
    return next((folder for folder in folders if not (root / folder).exists()), name)


def never_shown(recording: Recording, snippet: Snippet) -> list[Cell]:
    """画了图的单元，而整个片段没有一处 show：读者直接运行时，窗口不会出现。"""
    if re.search(r"\bshow\(", snippet.source):
        return []
    return [cell for cell in snippet.cells if recording.figures.get(cell.title)]


def edited(recording: Recording, home: Path) -> list[str]:
    """哪些文件与录下时不同；不见了的另有报告。"""
    names = [OUTPUT, *(figure.file for figures in recording.figures.values() for figure in figures)]
    return [name for name in names if (home / name).exists() and digest(home / name) != recording.written.get(name)]


def join(run: Run) -> str:
    """把每个单元的标题与输出连成 output.txt。"""
    return "".join(f"# %% {cell.cell.title}\n{cell.text}" for cell in run.cells)


def split(output: str) -> dict[str, str]:
    """把 output.txt 拆回 单元标题 → 输出。"""
    pieces = re.split(r"^# %% (.*)\n", output, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def slug(title: str) -> str:
    """单元标题变成文件名：留下字母、数字与汉字，其余换成 -。"""
    return re.sub(r"[^\w]+", "-", title).strip("-").lower()


def size(figure: Figure) -> tuple[int, int]:
    """图的宽与高，以 CSS 像素计。"""
    if figure.suffix == "png":
        width, height = struct.unpack(">II", figure.data[16:24])
        return round(width / 1.8), round(height / 1.8)  # 180 dpi，按 100 dpi 显示
    match = re.search(rb'<svg[^>]*?\bwidth="([\d.]+)pt"[^>]*?>|<svg[^>]*?>', figure.data)
    box = re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', match.group(0) if match else b"")
    if not box:
        return 640, 360
    return round(float(box[1]) * 100 / 72), round(float(box[2]) * 100 / 72)


def digest(path: Path) -> str:
    """文件内容的 sha256；文件没有变就不再读。文字的换行是 \\r\\n 还是 \\n 由检出与编辑器决定，不算不同。"""
    status = path.stat()
    return _digest(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8192)
def _digest(path: Path, changed: int, length: int) -> str:
    content = path.read_bytes()
    return hashlib.sha256(content.replace(b"\r\n", b"\n") if path.suffix in TEXT else content).hexdigest()
