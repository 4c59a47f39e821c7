"""改课名：页面、片段、记录、练习与测试一起搬，别处对它们的引用一起改，旧地址转到新地址。"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml

from guide.code import snippet
from guide.commands.changes import Changes, Refused, refuse_existing
from guide.commands.project import Project
from guide.course import frontmatter, naming, redirects
from guide.course.curriculum import Page

SEARCHED = ("docs/**/*", "snippets/**/*.py", "snippets/**/*.md", "tests/**/*", "overrides/**/*", ".github/**/*", "*")
"""会提到一课的文件；snippets/ 里只看代码与说明，语料、模型与记录不是我们写的文字。"""

LEFT_ALONE = ("tests/hooks/", redirects.PATH)
"""测试钩子的假站点有自己的课名；redirects.yml 另有改法。"""

TEXT = {".md", ".py", ".yml", ".yaml", ".html", ".toml", ".json", ".js", ".mjs", ".css", ".txt"}


@dataclass(frozen=True)
class Renaming:
    """一课的旧名与新名，以及它的片段、练习与测试各改成什么。"""

    stage: str
    old: str
    new: str
    stems: Mapping[str, str]
    """片段、练习、测试的旧名 → 新名；课自己的名字总在其中。"""

    @property
    def page(self) -> str:
        """旧页面，相对 docs/。"""
        return f"{self.stage}/{self.old}.md"

    @property
    def new_page(self) -> str:
        """新页面，相对 docs/。"""
        return f"{self.stage}/{self.new}.md"

    @property
    def moved(self) -> dict[str, str]:
        """可能要移动的文件与文件夹：旧 → 新。"""
        places = (naming.snippet, naming.recording, naming.exercise, naming.test)
        pairs = ((place(self.stage, a), place(self.stage, b)) for a, b in self.stems.items() for place in places)
        return {f"docs/{self.page}": f"docs/{self.new_page}", **dict(pairs)}


def plan(project: Project, old: str, new: str) -> Changes:
    """算出要移动与改写的全部文件。

    Raises:
        Refused: 没有这一课，新名字不能用，或目标文件已经存在。
    """
    if not old or not new:
        raise Refused(["写成 make rename-lesson OLD=旧课名 NEW=新课名"])
    page = project.course.by_name.get(old)
    reasons = [] if page else [naming.unknown(old, project.course)]
    try:
        project.usable(new, renamed=page.src if page else "")
    except ValueError as error:
        reasons.append(str(error))
    if reasons or not page:
        raise Refused(reasons)
    base = project.base
    stems, disputes = _stems(project, page, new)
    renaming = Renaming(page.folder, old, new, stems)
    moved = {a: b for a, b in renaming.moved.items() if (base / a).exists()}
    refuse_existing(base, moved.values())
    if disputes:
        raise Refused(disputes)
    before = {path: (base / path).read_bytes() for path in _searched(base)}
    after, notes = _rewritten(renaming, before)
    recordings, more = _recordings(base, moved, before, after)
    redirected = _redirected(base, renaming, published=page.meta.published)
    edited = {_landed(path, moved): text for path, text in after.items() if text != before[path]}
    notes += [*more, "下一步：make format lint build，再 make test-snippets"]
    return Changes(moved, {**edited, **recordings, **redirected}, notes)


def _stems(project: Project, page: Page, new: str) -> tuple[dict[str, str], list[str]]:
    """这一课的片段、练习与测试各改成什么，与改了之后会和别的课相混的名字。"""
    lessons, start = project.lessons(page.folder), naming.stem(page.name)
    owners = {name: naming.owner(name, lessons) for name in naming.names(project.base, page.folder)}
    stems = {name: naming.stem(new) + name.removeprefix(start) for name, one in owners.items() if one == page.name}
    expected = {stems.get(name, name): new if one == page.name else one for name, one in owners.items()}
    disputes = naming.disputed(expected, [new if one == page.name else one for one in lessons])
    return {start: naming.stem(new), **stems}, disputes


def _landed(path: str, moved: Mapping[str, str]) -> str:
    """一个文件移动之后在哪里。"""
    for old, new in moved.items():
        if path == old or path.startswith(f"{old}/"):
            return new + path.removeprefix(old)
    return path


def _searched(base: Path) -> Iterator[str]:
    for pattern in SEARCHED:
        for file in sorted(base.glob(pattern)):
            path = file.relative_to(base).as_posix()
            ours = not path.startswith(LEFT_ALONE) and "node_modules" not in file.parts
            if file.suffix in TEXT and ours and file.is_file():
                yield path


def _rewritten(renaming: Renaming, files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """每个文件改了引用之后的内容，与拿不准、没有改的地方。"""
    references = _References(renaming)
    return {path: references.replaced(path, data) for path, data in files.items()}, references.unsure


class _References:
    """文字里对一课的引用：页面的链接与地址、片段、练习、记录与测试的路径、先修。"""

    def __init__(self, renaming: Renaming) -> None:
        self.renaming = renaming
        self.unsure: list[str] = []
        words = sorted({renaming.old, *renaming.stems}, key=len, reverse=True)
        self.pattern = re.compile(
            r"(?<![\w./-])(?P<folder>/?(?:[\w.-]+/)*)(?P<test>test_)?"
            rf"(?P<word>{'|'.join(words)})"
            r"(?P<after>_?\*\.py|_[*{]|/|(?:\.md|\.py|\.ipynb)?(?![\w-]))",
            re.ASCII,
        )

    def replaced(self, path: str, data: bytes) -> bytes:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return data
        if path.startswith("docs/") and path.endswith(".md"):
            text = _required(text, self.renaming.old, self.renaming.new)
        return self.pattern.sub(lambda match: self._replacement(path, match), text).encode()

    def _replacement(self, path: str, match: re.Match[str]) -> str:
        if self._is_page(path, match):
            word: str | None = self.renaming.new
        elif self._is_file(path, match):
            word = self.renaming.stems.get(match["word"])
        else:
            return match[0]
        return f"{match['folder']}{match['test'] or ''}{word or match['word']}{match['after']}"

    def _is_page(self, path: str, match: re.Match[str]) -> bool:
        folder, after, stage = match["folder"], match["after"], self.renaming.stage
        if match["test"] or match["word"] != self.renaming.old or after not in (".md", "/", ""):
            return False
        if folder.endswith(f"{stage}/"):
            return not folder.endswith(f"code/{stage}/")  # 那是片段的代码页
        beside = path.startswith(f"docs/{stage}/")
        return beside and (folder, after) in {("", ".md"), ("./", ".md"), ("../", "/")}

    def _is_file(self, path: str, match: re.Match[str]) -> bool:
        folder, after, stage = match["folder"], match["after"], self.renaming.stage
        if folder.endswith(f"{stage}/"):
            return True
        if folder in ("exercises/", "recorded/") or folder.endswith((f"{stage}/exercises/", f"{stage}/recorded/")):
            return True
        if match.string.endswith("SNIPPET=", 0, match.start()):
            return True
        if folder not in ("", "./") or after not in (".py", ".ipynb", "*.py", "_*.py"):
            return False
        # 没有写文件夹：同一阶段里说的是它；别处只有几个词的名字才认得准，setup.py 到处都有
        if f"/{stage}/" in path or "_" in match["word"]:
            return True
        line = match.string.count("\n", 0, match.start()) + 1
        self.unsure.append(f"{path}:{line} 提到 {match[0]}，说的是不是这一课，看一眼")
        return False


def _required(text: str, old: str, new: str) -> str:
    """front matter 的 requires 里的课名。"""
    begin = len(text) - len(text.removeprefix("\ufeff"))
    opening = frontmatter.OPENING.match(text, begin)
    closing = opening and frontmatter.CLOSING.search(text, opening.end())
    if not opening or not closing:
        return text
    root = yaml.compose(text[opening.end() : closing.start()], Loader=yaml.SafeLoader)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else []:
        if key.value == "requires" and isinstance(value, yaml.SequenceNode):
            for item in value.value:
                if item.value == old:  # 课不会要求自己两次，改一处就够
                    start, end = opening.end() + item.start_mark.index, opening.end() + item.end_mark.index
                    return text[:start] + text[start:end].replace(old, new) + text[end:]
    return text


def _recordings(
    base: Path, moved: Mapping[str, str], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> tuple[dict[str, bytes], list[str]]:
    """记录里片段自己的路径与指纹：只改了名字、注释与 docstring，记录就还算数；代码变了就留着让它过期。"""
    edited: dict[str, bytes] = {}
    notes = []
    for file in sorted(base.glob("snippets/*/recorded/*/run.json")):
        source = f"{file.parents[2].name}/{file.parent.name}.py"
        path = f"snippets/{source}"
        files = json.loads(file.read_bytes())["files"]
        target = _landed(path, moved)
        touched = {name for name in files if _touched(f"snippets/{name}", moved, before, after)}
        if not touched:
            continue
        printed = (file.parent / "output.txt").read_bytes()
        known = path in before and files.get(source) == sha256(before[path]).hexdigest()
        if (
            not known
            or touched != {source}
            or Path(source).name.encode() in printed
            or not _same(before[path], after[path])
        ):
            notes.append(f"{target} 的记录过期了：make record SNIPPET={Path(target).stem}")
            continue
        text = file.read_text(encoding="utf-8")
        text = text.replace(
            f'"{source}": "{files[source]}"',
            f'"{target.removeprefix("snippets/")}": "{sha256(after[path]).hexdigest()}"',
        )
        edited[_landed(file.relative_to(base).as_posix(), moved)] = text.encode()
    return edited, notes


def _touched(path: str, moved: Mapping[str, str], before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bool:
    return _landed(path, moved) != path or before.get(path) != after.get(path)


def _same(before: bytes, after: bytes) -> bool:
    """除了注释与 docstring，两份源码一样；单元的标题也一样，记录按它分段。"""
    if before == after:
        return True
    if b"__doc__" in before:
        return False
    return _essence(before) == _essence(after)


def _essence(source: bytes) -> tuple[str, list[str]]:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    cells = snippet.parse("", source.decode()).cells
    return ast.dump(tree), [cell.title for cell in cells]


def _redirected(base: Path, renaming: Renaming, *, published: bool) -> dict[str, bytes]:
    """redirects.yml：旧的转向跟着走，新地址不再转走，发布过的旧地址转到新地址。"""
    file = base / redirects.PATH
    text = before = file.read_text(encoding="utf-8") if file.exists() else ""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines = text.splitlines(keepends=True)
    for key, value in reversed(root.value if isinstance(root, yaml.MappingNode) else []):
        line = key.start_mark.line
        if key.value == renaming.new_page:
            del lines[line]
        elif value.value == renaming.page:
            lines[line] = lines[line].replace(renaming.page, renaming.new_page)
    text = "".join(lines)
    if published:
        text += ("" if not text or text.endswith("\n") else "\n") + f"{renaming.page}: {renaming.new_page}\n"
    return {redirects.PATH: text.encode()} if text != before else {}
