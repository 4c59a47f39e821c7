"""基准：带钩子的构建，与同样内容直接写成 Markdown 的构建，各要多少 CPU 时间。

在同一次运行里造出 40、200、1,000 页的站点，每页嵌入十个单元；两边的页面、代码页、下载与主题都相同。
"""

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "hooks"), str(ROOT / "tests")]

import yaml  # noqa: E402
from guide.code import recording  # noqa: E402  先让上面的路径生效
from guide.code.notebook import notebook  # noqa: E402
from guide.code.snippet import Snippet, parse  # noqa: E402
from guide.course import curriculum  # noqa: E402
from guide.course.curriculum import LEVEL_OF_STAGE, STAGES  # noqa: E402
from guide.page import render  # noqa: E402
from small_site import SmallSite  # noqa: E402

SIZES = (40, 200, 1000)
CELLS = 10
TEXT = "注意力让每个词按相关程度看见别的词。先看输入，再看权重，最后看输出；每一步的形状都写在注释里。\n"


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    print(f"{'页数':>6} {'带钩子':>8} {'纯 Markdown':>12} {'钩子占':>7} {'每页（毫秒）':>10}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            hooked, plain = Path(folder) / "hooked", Path(folder) / "plain"
            make(hooked, size)
            paste(hooked, plain, size)
            runs = 3 if size <= 200 else 1
            times = [(build(hooked), build(plain)) for _ in range(runs)]
            ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
            share = (ours - theirs) / ours
            print(f"{size:>6} {ours:>8.1f} s {theirs:>10.1f} s {share:>7.0%} {1000 * ours / size:>10.0f}", flush=True)


def source(number: int) -> str:
    """一个片段：十个单元，每个几行代码。"""
    cells = [
        f"# %% 第 {cell} 步\nscores_{cell} = [query * {cell} for query in range({number % 7 + 3})]\n"
        f"total_{cell} = sum(scores_{cell}) or 1\nweights_{cell} = [score / total_{cell} for score in scores_{cell}]\n"
        f'print("权重：", [round(weight, 2) for weight in weights_{cell}])\n'
        for cell in range(CELLS)
    ]
    return f'"""第 {number} 课的片段。\n\n演示权重怎样算。\n"""\n\n' + "\n".join(cells)


def lessons(size: int) -> list[tuple[str, int, int, str]]:
    """（文件夹, 阶段, 次序, 名字）。"""
    return [(STAGES[n % 5], n % 5 + 1, n // 5 + 1, f"lesson-{n}") for n in range(size)]


def make(base: Path, size: int) -> None:
    """一个用围栏嵌入片段的站点；记录直接写出来，不必真的运行。"""
    base.mkdir()
    site = SmallSite(base)
    shutil.copytree(ROOT / "docs/assets", base / "docs/assets")
    site.home()
    for stage in LEVEL_OF_STAGE:
        site.stage(stage)
    for folder, stage, order, name in lessons(size):
        number = (order - 1) * 5 + stage - 1
        path = f"{folder}/{name.replace('-', '_')}.py"
        site.snippet(path, source(number), record=False)
        record(site.base / "snippets", parse(path, source(number)))
        parts = [f"## 第 {c} 节\n\n{TEXT}\n```snippet\nfile: {path}\nshow: 第 {c} 步\n```\n" for c in range(CELLS)]
        site.lesson(f"{folder}/{name}.md", stage, order, TEXT + "\n" + "\n".join(parts), title=f"第 {number} 课")


def record(root: Path, snippet: Snippet) -> None:
    home = recording.folder(root, snippet)
    home.mkdir(parents=True)
    output = "".join(f"# %% {cell.title}\n权重： [0.0, 0.33, 0.67]\n" for cell in snippet.cells)
    (home / "output.txt").write_text(output, encoding="utf-8")
    data = {"date": "2026-11-23", "python": "3.11", "versions": {}, "threads": 1, "seconds": 0.1, "figures": {}}
    data["files"] = {snippet.path: recording.digest(root / snippet.path)}
    (home / "run.json").write_text(json.dumps(data), encoding="utf-8")


def paste(hooked: Path, base: Path, size: int) -> None:
    """同样的站点，钩子会写出的东西都直接写成 Markdown 与文件，不用钩子。"""
    base.mkdir()
    settings = (hooked / "mkdocs.yml").read_text(encoding="utf-8")
    before, _, after = settings.partition("hooks:\n")
    settings = before + after[after.index("theme:") :]
    settings = re.sub(r"  custom_dir: .*\n", "", settings).replace("language: zh-CN", "language: zh")
    docs = {p.relative_to(hooked / "docs").as_posix(): p.read_bytes() for p in (hooked / "docs").rglob("*.md")}
    navigation = curriculum.read(docs)[0].navigation()
    (base / "mkdocs.yml").write_text(
        settings + "\n" + yaml.safe_dump({"nav": navigation}, allow_unicode=True), encoding="utf-8"
    )
    (base / "docs").mkdir()
    (base / "docs/assets").symlink_to(ROOT / "docs/assets")
    (base / "snippets").symlink_to(hooked / "snippets")
    for page in (hooked / "docs").rglob("*.md"):
        target = base / page.relative_to(hooked)
        target.parent.mkdir(exist_ok=True)
        front, _, body = page.read_text(encoding="utf-8").removeprefix("---\n").partition("---\n")
        title = front.partition("title: ")[2].partition("\n")[0]
        target.write_text(f"---\n{front}---\n# {title}\n{body}", encoding="utf-8")
    for folder, _, _, name in lessons(size):
        path = f"{folder}/{name.replace('-', '_')}.py"
        snippet = parse(path, (hooked / "snippets" / path).read_text(encoding="utf-8"))
        page = base / "docs" / folder / f"{name}.md"
        text = page.read_text(encoding="utf-8")
        for cell in snippet.cells:
            fence = f"```snippet\nfile: {path}\nshow: {cell.title}\n```"
            code = snippet.text(cell.start, cell.end)
            shown = f"```python\n{code}\n```\n\n```text\n权重： [0.0, 0.33, 0.67]\n```\n\n"
            proof = f"✓ 2026-11-23 · Python 3.11 · 1 线程 · 0.1 s · [{snippet.name}.py 第 {cell.start}–{cell.end} 行](../reference/code/{folder}/{name}.md)"
            text = text.replace(fence, shown + proof)
        page.write_text(text, encoding="utf-8")
        for suffix, content in (("py", snippet.source), ("ipynb", notebook(snippet))):
            download = base / "docs/downloads" / f"{path.removesuffix('py')}{suffix}"
            download.parent.mkdir(parents=True, exist_ok=True)
            download.write_text(content, encoding="utf-8")
        code_page = base / "docs" / (render.code_page(path).rstrip("/") + ".md")
        code_page.parent.mkdir(parents=True, exist_ok=True)
        markdown = render.code_page_markdown(snippet).partition("## 源码")[0]
        code_page.write_text(markdown + f"## 源码\n\n```python\n{snippet.source}```\n", encoding="utf-8")


def build(base: Path) -> float:
    """构建一次，返回用掉的 CPU 秒数：子进程也算，机器忙时墙上的钟量不准。"""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q"], cwd=base, env=environment, capture_output=True, text=True
    )
    if ran.returncode:
        sys.exit(ran.stdout + ran.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
