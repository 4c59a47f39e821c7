"""新课：由 template/ 里的样板写出页面、片段、记录、练习与测试；插在两课之间时，后面的课依次让一位。"""

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from guide.code import recording, runner, snippet
from guide.commands.changes import Changes, Refused, refuse_existing
from guide.commands.project import Project
from guide.course import naming
from guide.course.curriculum import STAGES
from guide.problem import nearest

TEMPLATE = Path(__file__).parent / "template"
EXERCISE = "discounted_mean"
"""样板练习的名字，接在课名后面。"""


@dataclass(frozen=True)
class Request:
    """要写的一课。"""

    stage: str
    """阶段的文件夹。"""
    name: str
    title: str
    goal: str
    order: int


def request(project: Project, given: Mapping[str, str], ask: Callable[[str], str] | None = None) -> Request:
    """由给出的几项得出要写的课。

    Args:
        project: 现有的课。
        given: stage、name、title、goal、order 里给了的。
        ask: 问一项，返回回答；没有终端时是 None，缺的就是错。

    Raises:
        Refused: 有一项缺了或不对，全部一起说。
    """
    form = _Form(given, ask)
    stages = "、".join(f"{number} {folder}" for number, folder in enumerate(STAGES, 1))
    stage = form.read("stage", f"阶段（{stages}）", _stage)
    name = form.read("name", "课名，也是文件名（小写英文与连字符，如 multi-head-attention）", project.usable)
    title = form.read("title", "标题（一行，页面的 H1）", _line)
    goal = form.read("goal", "目标（一句话，动词开头，读者能自己检验）", _line)
    end = project.last(stage) + 1
    place = f"第几课（1–{end}；{project.taken(stage)}空着的直接用，有课的往后让）"
    order = form.read("order", place, lambda text: _order(text, end), str(end)) if stage else "1"
    if form.reasons:
        raise Refused(form.reasons)
    return Request(stage, name, title, goal, int(order))


@dataclass
class _Form:
    given: Mapping[str, str]
    ask: Callable[[str], str] | None
    reasons: list[str] = field(default_factory=list)

    def read(self, key: str, label: str, parse: Callable[[str], str], default: str = "") -> str:
        """一项的值；有终端时问到对为止，没有时记下原因，返回空串。"""
        text, complaint = self.given.get(key), ""
        while True:
            if text is None and self.ask:
                text = self.ask(complaint + label + (f" [{default}]" if default else "") + "：").strip()
            try:
                return parse(text or default)
            except ValueError as error:
                if not self.ask:
                    self.reasons.append(f"{key.upper()}：{error}" if text else f"缺少 {key.upper()}：{label}")
                    return ""
                text, complaint = None, f"{error}\n"


def _stage(text: str) -> str:
    known = {**{str(number): folder for number, folder in enumerate(STAGES, 1)}, **{one: one for one in STAGES}}
    if text not in known:
        raise ValueError(f"没有阶段 “{text}”，应为 1–{len(STAGES)} 或 {'、'.join(STAGES)}{nearest(text, STAGES)}")
    return known[text]


def _line(text: str) -> str:
    if not text.strip():
        raise ValueError("不能是空的")
    return " ".join(text.split())


def _order(text: str, end: int) -> str:
    if not text.isdecimal() or not 1 <= int(text) <= end:
        raise ValueError(f"第几课是 “{text}”，应为 1–{end} 的整数")
    return text


def plan(project: Project, wanted: Request) -> Changes:
    """算出要写哪些文件；样板片段在临时文件夹里真的运行一次，得到它的记录。

    Raises:
        Refused: 目标文件已经存在，或名字会与别的课相混。
    """
    stage, stem = wanted.stage, naming.stem(wanted.name)
    exercise = f"{stem}_{EXERCISE}"
    page, test = naming.page(stage, wanted.name), naming.test(stage, stem)
    source, record, task = naming.snippet(stage, stem), naming.recording(stage, stem), naming.exercise(stage, exercise)
    refuse_existing(project.base, [page, source, record, task, test])
    lessons = project.lessons(stage)
    expected = {name: naming.owner(name, lessons) for name in naming.names(project.base, stage)}
    if reasons := naming.disputed({stem: wanted.name, exercise: wanted.name, **expected}, [*lessons, wanted.name]):
        raise Refused(reasons)
    created = {
        page: _page(wanted, source, f"snippets/{stage}/exercises/").encode(),
        source: (TEMPLATE / "snippet.py").read_bytes(),
        test: (TEMPLATE / "test.py").read_bytes(),
        **{f"{task}/{file.name}": file.read_bytes() for file in sorted((TEMPLATE / "exercise").glob("*.py"))},
    }
    for file, content in _recorded(f"{stage}/{stem}.py", created[source].decode()).items():
        created[f"{record}/{file}"] = content
    notes = [
        f"下一步：make serve，打开 /{stage}/{wanted.name}/，照着页面里的待办一段一段换掉",
        f"        改了片段就 make record SNIPPET={stem}；写完删掉 published: false，再 make lint build test-snippets",
    ]
    return Changes(written={**created, **shifted(project, stage, wanted.order)}, notes=notes)


def _page(wanted: Request, source: str, exercises: str) -> str:
    meta = {"title": wanted.title, "stage": STAGES.index(wanted.stage) + 1, "order": wanted.order, "goal": wanted.goal}
    text = (TEMPLATE / "page.md").read_text(encoding="utf-8")
    values = {
        "front_matter": yaml.safe_dump(meta, allow_unicode=True, sort_keys=False, width=10_000).strip(),
        "snippet": source,
        "exercises": exercises,
        "stage": wanted.stage,
        "name": naming.stem(wanted.name),
    }
    return re.sub(r"@(\w+)@", lambda match: values[match[1]], text)


def _recorded(path: str, source: str) -> dict[str, bytes]:
    """在临时文件夹里运行片段，返回它的记录：文件名 → 内容。"""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / path).parent.mkdir()
        (root / path).write_bytes(source.encode())
        home = recording.save(root, runner.run(snippet.parse(path, source), root))
        return {file.name: file.read_bytes() for file in sorted(home.iterdir())}


def shifted(project: Project, stage: str, order: int) -> dict[str, bytes]:
    """给第 `order` 课腾出位置：占着它的课与紧挨着的后几课各让一位，只改 order 那一行。"""
    taken = {page.lesson.order: page for page in project.course.lessons if page.folder == stage}
    edited = {}
    while page := taken.get(order):
        order += 1
        data = (project.base / "docs" / page.src).read_bytes()
        edited[f"docs/{page.src}"] = _with_order(page.src, data, page.lines["order"], order)
    return edited


def _with_order(src: str, data: bytes, line: int, order: int) -> bytes:
    lines = data.split(b"\n")
    lines[line - 1], changed = re.subn(rb"^(\s*order\s*:\s*)\d+", rb"\g<1>%d" % order, lines[line - 1])
    if not changed:
        raise Refused([f"docs/{src}:{line}: 认不出 order 这一行，写成 “order: 数字”"])
    return b"\n".join(lines)
