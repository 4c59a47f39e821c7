"""给编辑器的：JSON Schema 与模型说得一样，VS Code 的设置指得到东西，每个文件照 .editorconfig 写。"""

import datetime
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import editorconfig
import pytest
import yaml
from guide import rules
from guide.commands import editor, report
from guide.course import curriculum, frontmatter
from guide.course.frontmatter import PAGES
from guide.page import fences
from guide.page.directive import DIRECTIVES
from guide.words.terms import Term
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError
from small_site import SmallSite

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
MODELS: dict[str, Any] = {**PAGES, **DIRECTIVES, "terms": list[Term]}
VALIDATORS = {
    name: Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for name, schema in editor.schemas().items()
}


def plain(value: Any) -> Any:
    """YAML 读出来的值，日期写回文字，像编辑器看到的那样。"""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def wrong(name: str, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATORS[name].iter_errors(plain(value))]


def in_page(base: Path, file: Path) -> Iterator[tuple[str, Any]]:
    """一页里每一段 YAML：（用哪份 Schema, 值）。"""
    src = file.relative_to(base / "docs").as_posix()
    page, _ = frontmatter.split(src, file.read_bytes())
    model = curriculum.model_for(src)
    yield next(name for name, one in PAGES.items() if one is model), page.meta
    for fence in fences.scan(page.body):
        if fence.language in DIRECTIVES:
            yield fence.language, yaml.safe_load(fence.content)


def test_generated_files_are_up_to_date() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "schemas").iterdir()} | {editor.SNIPPETS}
    assert there == set(editor.files()), "schemas/ 里的文件与模型对不上：运行 make schemas"
    for path, text in editor.files().items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path} 与模型不一致：运行 make schemas"


def test_every_key_is_described_in_chinese_with_an_example_that_is_right() -> None:
    for name, schema in editor.schemas().items():
        Draft202012Validator.check_schema(schema)
        for holder in [schema, *schema.get("$defs", {}).values()]:
            for key, field in holder.get("properties", {}).items():
                assert re.search(r"[\u4e00-\u9fff]", field["description"]), f"{name}.{key}"
                one = VALIDATORS[name].evolve(schema={**field, "$defs": schema.get("$defs", {})})
                assert all(one.is_valid(example) for example in field["examples"]), f"{name}.{key}"


def test_every_page_fence_and_table_in_the_repository_is_valid() -> None:
    pages = sorted((ROOT / "docs").rglob("*.md"))
    found = [(file, *one) for file in pages for one in in_page(ROOT, file)]
    found += [(ROOT / f"{name}.yml", name, yaml.safe_load((ROOT / f"{name}.yml").read_text(encoding="utf-8"))) for name in ("terms", "redirects")]  # fmt: skip
    assert {name for _, name, _ in found} == set(VALIDATORS)
    assert [f"{file}: {message}" for file, name, value in found for message in wrong(name, value)] == []


@pytest.mark.parametrize(
    "case",
    ["unknown_key", "wrong_type", "value_out_of_range", "quiz_one_option", "quiz_option_keys", "quiz_without_correct_option"],
)  # fmt: skip
def test_what_the_linter_refuses_in_one_page_the_schema_refuses(case: str) -> None:
    pages = (CASES / case).rglob("*.md")
    assert [message for file in pages for one in in_page(CASES / case, file) for message in wrong(*one)]


VALUES = [None, True, 0, 7, -1, "", "字", "3-5", "2026-11-23", [], ["a"], [1], [2, None], {}, {"a": 1}]


@pytest.mark.parametrize("name", MODELS)
def test_schema_and_model_agree(name: str) -> None:
    """从一份对的出发，每个键换成各种值、去掉、多写一个：两边同时说对，或同时说不对。"""
    terms = name == "terms"
    schema = editor.schemas()[name]
    fields = (schema["$defs"]["Term"] if terms else schema)["properties"]
    right = {key: field["examples"][0] for key, field in fields.items()}
    changed = [right | {key: value} for key in right for value in VALUES]
    changed += [{other: right[other] for other in right if other != key} for key in right] + [right | {"多写的": 1}]
    adapter: TypeAdapter[Any] = TypeAdapter(MODELS[name])
    verdicts = set()
    for value in (right, *changed):
        given = [value] if terms else value
        try:
            adapter.validate_python(given)
            accepted = True
        except ValidationError:
            accepted = False
        assert accepted == (not wrong(name, given)), value
        verdicts.add(accepted)
    assert verdicts == {True, False}


def test_redirects() -> None:
    assert wrong("redirects", None) == wrong("redirects", {"a/old.md": "a/new.md"}) == []
    assert all(wrong("redirects", value) for value in ({"/a.md": "b.md"}, {"a.md": 3}, {"../a.md": "b.md"}, ["a.md"]))


def test_a_skeleton_as_inserted_is_valid() -> None:
    """按下 Tab 得到的，一字不改也合乎 Schema。"""
    for name in {**PAGES, **DIRECTIVES}:
        body = editor.code_snippets()[f"{name} 的骨架"]["body"][1:-2]
        text = re.sub(
            r"\$\{\d+[:|](.*?)\|?\}", lambda stop: stop[1].split(",")[0] if "|" in stop[0] else stop[1], "\n".join(body)
        )
        assert wrong(name, yaml.safe_load(text)) == [], text


def settings(name: str) -> Any:
    """读一个带 // 注释的 JSON。"""
    text = (ROOT / name).read_text(encoding="utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def test_vs_code_points_at_things_that_exist() -> None:
    found = settings(".vscode/settings.json")
    for schema, file in found["yaml.schemas"].items():
        assert (ROOT / schema).is_file()
        assert (ROOT / file).is_file()
    known = {tag.split()[0].removeprefix("tag:yaml.org,2002:") for tag in found["yaml.customTags"]}
    used = set(re.findall(r"(?<=: )!!?[\w./:]+", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert {tag.removeprefix("!!") for tag in used} == known
    recommended = settings(".vscode/extensions.json")["recommendations"]
    assert set(settings(".devcontainer/devcontainer.json")["customizations"]["vscode"]["extensions"]) == set(
        recommended
    )
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = [task["command"] for task in settings(".vscode/tasks.json")["tasks"]]
    commands.append(settings(".devcontainer/devcontainer.json")["postCreateCommand"])
    assert {command.removeprefix("make ") for command in commands} <= targets


def test_keys_are_offered_where_vs_code_looks_for_them() -> None:
    """front matter 里是 YAML，围栏里是 Markdown：在 VS Code 1.96 里试过，写反了就一个也不出来。"""
    scopes = {one["prefix"]: one["scope"] for one in editor.code_snippets().values()}
    assert {scopes[key] for key in ("title", "goal", "requires", "months")} == {"yaml"}
    assert {scopes[key] for key in ("lesson", "file", "hints", "question", "quiz")} == {"markdown"}


def test_problems_reach_the_problem_panel(small_site: SmallSite) -> None:
    """构建与检查说的每一条，问题面板都认得出文件、行号与消息。"""
    matchers = {task["label"]: task["problemMatcher"] for task in settings(".vscode/tasks.json")["tasks"]}

    def matched(label: str, text: str) -> list[str]:
        pattern = re.compile(matchers[label]["pattern"]["regexp"])
        return [f"{m[1]}:{m[2]}: {m[3]}" for line in text.splitlines() if (m := pattern.match(line))]

    shutil.copytree(CASES / "several_in_one_page", small_site.base, dirs_exist_ok=True)
    built = small_site.build()
    assert matched("预览", built.output) == built.reported != []
    assert built.reported[0].endswith("]")
    problems = [
        rules.fences.PYTHON.at("docs/a.md", 3, language="python"),
        rules.body.HEADING_ONE.at("docs/a.md", 4),
        rules.files.YAML.at("terms.yml", 1, where="", reason="缩进：一"),
    ]
    assert matched("检查", report.written(problems)) == [f"{one} [{one.rule.code}]" for one in problems]


def test_a_problem_is_one_line_in_a_narrow_terminal(small_site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """MkDocs 在终端里按宽度折行；问题面板只认一行。"""
    shutil.copytree(CASES / "several_in_one_page", small_site.base, dirs_exist_ok=True)
    expected = small_site.build().reported
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    in_terminal = "import pty, sys; pty.spawn([sys.executable, '-m', 'mkdocs', 'build', '--strict'])"
    command = [sys.executable, "-c", in_terminal]
    ran = subprocess.run(command, cwd=small_site.base, capture_output=True, text=True)
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in ran.stdout.splitlines()]
    assert [line.partition("检查: ")[2] for line in plain if "检查: " in line] == expected


def test_the_preview_task_knows_when_a_build_begins_and_ends(small_site: SmallSite) -> None:
    output = small_site.build().output
    (matcher,) = [task["problemMatcher"] for task in settings(".vscode/tasks.json")["tasks"] if task["label"] == "预览"]
    lines = output.splitlines()
    begins, ends = (
        [number for number, line in enumerate(lines) if re.match(matcher["background"][key], line)]
        for key in ("beginsPattern", "endsPattern")
    )
    assert len(begins) == len(ends) == 1
    assert begins < ends


def tracked() -> list[str]:
    ran = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    return [name for name in ran.stdout.split("\0") if name]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="不是 git 仓库")
def test_every_tracked_text_file_keeps_to_editorconfig() -> None:
    problems = [f"{name}: {what}" for name in tracked() for what in against_editorconfig(ROOT / name)]
    assert problems == []


def against_editorconfig(file: Path) -> Iterator[str]:
    data = file.read_bytes() if file.is_file() and not file.is_symlink() else b""
    if not data or b"\0" in data:
        return
    rules = editorconfig.get_properties(str(file))
    if rules.get("charset") == "utf-8":
        try:
            data.decode()
        except UnicodeDecodeError:
            yield "不是 UTF-8"
    if rules.get("end_of_line") == "lf" and b"\r" in data:
        yield "有 CR"
    if rules.get("insert_final_newline") == "true" and not data.endswith(b"\n"):
        yield "末尾没有换行"
    for number, line in enumerate(data.split(b"\n"), 1):
        if rules.get("trim_trailing_whitespace") == "true" and line != line.rstrip():
            yield f"第 {number} 行末尾有空白"
        if rules.get("indent_style") == "space" and line.startswith(b"\t"):
            yield f"第 {number} 行用制表符缩进"


def test_the_check_itself_finds_mistakes(tmp_path: Path) -> None:
    shutil.copy(ROOT / ".editorconfig", tmp_path)
    for name, data in {
        "a.py": b"x = 1 \r\n\ty",
        "a.md": b"two  \n",
        "snippets/b/recorded/c/output.txt": b"a \t",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = {
        name: list(against_editorconfig(tmp_path / name))
        for name in ("a.py", "a.md", "snippets/b/recorded/c/output.txt")
    }
    assert len(found.pop("a.py")) == 4
    assert list(chain(*found.values())) == []
