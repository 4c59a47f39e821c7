"""运行器：在临时副本里按顺序运行一个片段的单元，带回输出、图与命名空间。"""

import ast
import contextlib
import importlib.metadata
import io
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guide.code.snippet import Cell, Snippet

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ATEN_CPU_CAPABILITY": "avx2",  # 少一个让浮点结果因机器而异的原因
    "CUDA_VISIBLE_DEVICES": "",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MPLBACKEND": "Agg",
}
"""片段运行时的环境变量；要在导入 torch 之前设好。"""

RECORDING = "LLM_GUIDE_RECORD"
"""只有 `make record` 会设的变量：片段据此决定要不要训练并保存 models/ 里的模型。"""

BUDGET = 20
"""一个片段在一个线程上该用的秒数。"""

TIME_LIMIT = 300
"""到这么多秒就中断：机器再慢，也不该等这么久。"""

NOT_COPIED = shutil.ignore_patterns("recorded", "exercises", "__pycache__", ".*")


class SnippetError(Exception):
    """片段没有按它说的那样运行；消息里有文件、行与单元。"""


@dataclass
class Figure:
    """一张图：SVG 或 PNG 的内容，以及图上的文字。"""

    data: bytes
    suffix: str
    labels: list[str]


@dataclass
class CellRun:
    """一个单元运行后留下的东西。"""

    cell: Cell
    text: str
    figures: list[Figure] = field(default_factory=list)


@dataclass
class Run:
    """一个片段运行后留下的东西。"""

    snippet: Snippet
    cells: list[CellRun]
    namespace: dict[str, Any]
    seconds: float
    opened: list[str]
    """运行时打开过的 snippets/ 里的文件，相对路径。"""
    folder: Path
    """运行时的工作目录（临时副本），结果不再用时删掉。"""

    def text(self, title: str) -> str:
        """返回标题为 `title` 的单元打印的文字。没有这个单元时抛出 KeyError。"""
        for cell in self.cells:
            if cell.cell.title == title:
                return cell.text
        raise KeyError(title)

    @property
    def versions(self) -> dict[str, str]:
        """片段直接导入的第三方包与版本。"""
        distributions = importlib.metadata.packages_distributions()
        names = sorted({name for top in imports(self.snippet.source) for name in distributions.get(top, [])})
        # 本机装的可能是 2.13.0+cpu；构建的标记与结果无关
        return {name.lower(): importlib.metadata.version(name).partition("+")[0] for name in names}


def imports(source: str) -> set[str]:
    """列出一段源码（任何深度）导入的顶层模块名。"""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names


def run(snippet: Snippet, root: Path, stop_after: float = TIME_LIMIT) -> Run:
    """运行 `root`（snippets/）里的一个片段。

    Raises:
        SnippetError: 某个单元出错、该出错而没有出错、图里缺字、超时或联网。
    """
    temporary = Path(tempfile.mkdtemp(prefix="snippet-")).resolve()
    folder = temporary / "snippets"
    shutil.copytree(root, folder, ignore=NOT_COPIED)
    script = folder / snippet.path
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=str(script), __builtins__=__builtins__)
    cells: list[CellRun] = []
    with _environment(folder, script, module), _offline(), _opened_files(folder) as opened, _deadline(stop_after):
        style = _figure_style(folder)
        started = time.perf_counter()
        for cell in snippet.cells:
            cells.append(_run_cell(snippet, cell, script, module, style))
        seconds = time.perf_counter() - started
    result = Run(snippet, cells, module.__dict__, seconds, sorted(opened), folder)
    weakref.finalize(result, shutil.rmtree, temporary, ignore_errors=True)
    return result


def _run_cell(
    snippet: Snippet, cell: Cell, script: Path, module: types.ModuleType, style: Callable[[], list[Figure]]
) -> CellRun:
    # 补上空行，出错时的行号就是文件里的行号
    source = "\n" * (cell.start - 1) + snippet.text(cell.start, cell.end)
    where = f"snippets/{snippet.path}:{{line}}: 单元 “{cell.title}” "
    printed = io.StringIO()
    failed = ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(source, str(script), "exec"), module.__dict__)
    except Exception as error:
        failed = "".join(traceback.format_exception_only(error)).strip()
        if not cell.raises:
            frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(script)]
            line = frames[-1].lineno if frames else cell.header
            raise SnippetError(where.format(line=line) + f"运行出错：{failed}") from error
    if cell.raises and not failed:
        raise SnippetError(where.format(line=cell.header) + f"标了 {sorted(cell.tags)[0]}，却没有出错")
    try:
        figures = style()
    except ValueError as error:
        raise SnippetError(where.format(line=cell.header) + str(error)) from error
    text = printed.getvalue() + (failed + "\n" if failed else "")
    text = text.replace(str(script.parents[1]), "snippets")
    return CellRun(cell, text if not text or text.endswith("\n") else text + "\n", figures)


@contextlib.contextmanager
def _environment(folder: Path, script: Path, module: types.ModuleType) -> Iterator[None]:
    """换上片段该看到的环境，结束后原样换回。"""
    before = (dict(os.environ), os.getcwd(), sys.argv, list(sys.path), sys.modules["__main__"])
    os.environ.update(ENVIRONMENT)
    os.chdir(folder)
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    sys.modules["__main__"] = module
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            if torch := sys.modules.get("torch"):
                torch.set_num_threads(1)
            yield
    finally:
        os.environ.clear()
        os.environ.update(before[0])
        os.chdir(before[1])
        sys.argv, sys.path[:], sys.modules["__main__"] = before[2], before[3], before[4]


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """除本机回环地址外，一律不许联网。"""

    def allowed(address: Any) -> bool:
        host = address[0] if isinstance(address, tuple) else address
        return not isinstance(address, tuple) or host in {"localhost", "::1", ""} or str(host).startswith("127.")

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, address: Any) -> Any:
            if not allowed(address):
                raise SnippetError(f"片段不能联网：它想连 {address}，只允许 127.0.0.1")
            return original(self, address)

        return call

    def look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if not allowed((host.decode() if isinstance(host, bytes) else host or "",)):
            raise SnippetError(f"片段不能联网：它想查 {host}，只允许 127.0.0.1")
        return getaddrinfo(host, *rest, **named)

    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    socket.socket.connect = guarded(connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded(connect_ex)  # type: ignore[method-assign]
    socket.getaddrinfo = look_up
    try:
        yield
    finally:
        socket.socket.connect, socket.socket.connect_ex = connect, connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = getaddrinfo


_watch: dict[str, Any] = {"folder": None, "opened": set(), "hooked": False}


@contextlib.contextmanager
def _opened_files(folder: Path) -> Iterator[set[str]]:
    """记下打开过的 `folder` 里的文件。

    safetensors 与 tokenizers 用 Rust 打开文件，Python 看不见；所以模型文件夹里开过一个，就算全都开过。
    """
    opened: set[str] = set()

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and _watch["folder"] and isinstance(arguments[0], str | os.PathLike):
            path = os.path.abspath(arguments[0])
            if path.startswith(_watch["folder"]):
                _watch["opened"].add(Path(path))

    if not _watch["hooked"]:  # 审计钩子装上就拿不下来，所以只装一次
        sys.addaudithook(note)
        _watch["hooked"] = True
    _watch.update(folder=str(folder) + os.sep, opened=set())
    try:
        yield opened
    finally:
        _watch["folder"] = None
        files = {path for path in _watch["opened"] if path.is_file()}
        for path in list(files):
            if path.parent.parent == folder / "models":
                files |= {other for other in path.parent.iterdir() if other.is_file()}
        for path in files:
            name = path.relative_to(folder).as_posix()
            if "__pycache__" not in name and name != "matplotlibrc":
                opened.add(name)


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    def late(*_: Any) -> None:
        raise SnippetError(f"运行超过 {seconds:.0f} 秒，已中断")

    if not hasattr(signal, "SIGALRM"):  # Windows 没有这个信号，只好不限时
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _figure_style(folder: Path) -> Callable[[], list[Figure]]:
    """备好画图的样式与中文字体，返回“收走当前所有图”的函数。"""
    try:
        import matplotlib
        from matplotlib import font_manager
    except ImportError:
        return list
    matplotlib.rcdefaults()
    if (style := folder / "matplotlibrc").exists():
        matplotlib.rc_file(style)
    matplotlib.use("Agg")
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    if (font := _chinese_font()) and str(font) not in known:
        font_manager.fontManager.addfont(font)
    return _collect_figures


def _chinese_font() -> Path | None:
    """依赖带来的 Noto Sans CJK SC。"""
    files = importlib.metadata.files("mplfonts") or []
    return next((Path(str(f.locate())) for f in files if f.name == "NotoSansCJKsc-Regular.otf"), None)


def _collect_figures() -> list[Figure]:
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return []
    try:
        return [_figure(plt.figure(number)) for number in plt.get_fignums()]
    finally:
        plt.close("all")


def _figure(figure: Any) -> Figure:
    suffix = "png" if figure.get_label() == "png" else "svg"
    metadata = {"Date": None} if suffix == "svg" else {"Software": None}
    target = io.BytesIO()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure.savefig(target, format=suffix, dpi=180 if suffix == "png" else 100, metadata=metadata)
    missing = [str(w.message) for w in caught if "missing from" in str(w.message)]
    if missing:
        raise ValueError(f"图里有字体画不出的字：{missing[0]}")
    return Figure(_tidy(target.getvalue(), suffix), suffix, _labels(figure))


def _tidy(data: bytes, suffix: str) -> bytes:
    """去掉 SVG 行尾的空格，让 git 看着干净。"""
    return re.sub(rb"[ \t]+\n", b"\n", data) if suffix == "svg" else data


def _labels(figure: Any) -> list[str]:
    """图上有意写的字：标题、轴名、图例、注释；刻度不算。"""
    texts = [figure.get_suptitle(), *(text.get_text() for text in figure.texts)]
    for axes in figure.axes:
        texts += [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
        texts += [text.get_text() for text in axes.texts]
        if legend := axes.get_legend():
            texts += [text.get_text() for text in legend.get_texts()]
    return [text for text in dict.fromkeys(texts) if text]
