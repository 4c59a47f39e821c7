"""金丝雀：读 make canary 的结果，写下 report.md。退出码：0 全部通过，1 有坏的。"""

import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "hooks")]

from guide import site  # noqa: E402  先让上面的路径生效
from guide.commands import canary  # noqa: E402
from guide.commands.canary import Source  # noqa: E402
from guide.library import Library  # noqa: E402


def main(folder: Path) -> int:
    results = folder / "results.xml"
    if not results.exists():
        tail = "\n".join((folder / "pip.log").read_text(encoding="utf-8").splitlines()[-20:])
        return write(folder, f"最新的版本装不到一起，一个片段也没有跑。\n\n```text\n{tail}\n```\n", broken=True)
    result = canary.read(results.read_text(encoding="utf-8"))
    found = list(distributions(path=[str(path) for path in folder.glob("venv/lib/*/site-packages")]))
    installed = {one.name: one.version for one in found}
    changed = canary.changed_versions((ROOT / "constraints.txt").read_text(encoding="utf-8"), installed)
    packages = {module: one.name.lower().replace("_", "-") for one in found for module in modules(one)}
    broken = bool(result.failures) or not result.ran
    return write(folder, canary.report(result, sources(), packages, changed), broken)


def write(folder: Path, text: str, broken: bool) -> int:
    """写下报告，也印出来。"""
    (folder / "report.md").write_text(text, encoding="utf-8")
    print(text)
    return int(broken)


def modules(one: Distribution) -> set[str]:
    """一个包装上了哪些顶层模块。"""
    return {file.parts[0].removesuffix(".py") for file in one.files or () if file.suffix == ".py"}


def sources() -> dict[str, Source]:
    """每个片段与练习：哪些课嵌入它，它导入什么。"""
    docs = ROOT / "docs"
    library = Library(ROOT)
    read = site.read({p.relative_to(docs).as_posix(): p.read_bytes() for p in docs.rglob("*.md")}, library)
    lessons: dict[str, list[str]] = {}
    for src, expansion in read.expansions.items():
        for path in dict.fromkeys([*expansion.snippets, *expansion.exercises]):
            lessons.setdefault(path, []).append(read.pages[src].label)
    files = {path: [library.root / path] for path in library.paths}
    files |= {path: sorted((library.root / path).glob("*.py")) for path in library.exercises}
    return {
        path: Source(
            tuple(lessons.get(path, [])),
            frozenset().union(*(canary.imported(file.read_text(encoding="utf-8")) for file in listed)),
        )
        for path, listed in files.items()
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
