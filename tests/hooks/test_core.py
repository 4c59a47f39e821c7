"""核心的规矩：不认识 MkDocs，每个键都写进了贡献指南。"""

import re
import subprocess
import sys
from pathlib import Path

from guide.course.frontmatter import LessonPage, OtherPage
from guide.page import keys

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "hooks/guide"
LAYERS = ("rules", "course", "code", "page", "words", "publish", "commands")
"""核心的文件夹，后面的可以用前面的。"""
MODULES = {
    ".".join(path.relative_to(GUIDE).with_suffix("").parts): path
    for path in sorted(GUIDE.rglob("*.py"))
    if path.name not in {"__init__.py", "__main__.py"} and "template" not in path.parts
}
CORE = {name for name in MODULES if not name.startswith("rules.")} | {"rules"}


def test_core_does_not_import_mkdocs() -> None:
    modules = [f"guide.{name}" for name in sorted(CORE)]
    code = f"import sys, {', '.join(modules)}; sys.exit(any(name.split('.')[0] == 'mkdocs' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "hooks").returncode == 0


def test_core_does_not_import_torch() -> None:
    modules = [f"guide.{name}" for name in sorted(CORE)]
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT / "hooks").returncode == 0


def test_every_key_is_described_in_the_guide() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs/contributing").glob("*.md")]
    shown = re.findall(r"^```([\w-]+-keys)$", "\n".join(pages), re.MULTILINE)
    assert sorted(shown) == sorted(f"{name}-keys" for name in keys.MODELS)


def test_a_table_of_keys_has_what_the_model_adds() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", keys.table(LessonPage), re.MULTILINE))
    assert list(rows) == ["order", "stage", "goal", "requires", "minutes", "kind"]
    assert rows["order"] == "**必需**。在阶段里的次序，显示为 3.2 里的 2<br>例如 `2`"
    assert rows["requires"] == "先修课的文件名（不带 .md），不限阶段<br>例如 `[attention]`"
    assert "| `title` |" in keys.table(OtherPage)


def test_every_core_module_is_in_the_reference() -> None:
    page = (ROOT / "docs/contributing/core.md").read_text(encoding="utf-8")
    listed = {line.partition("guide.")[2] for line in page.splitlines() if line.startswith("::: ")}
    assert listed == CORE


def test_a_folder_of_the_core_uses_only_the_ones_before_it() -> None:
    assert {path.name for path in GUIDE.iterdir() if (path / "__init__.py").exists()} == set(LAYERS)
    wrong = [
        f"{name} 用了 guide.{used}"
        for name, path in MODULES.items()
        for used in re.findall(r"^ *from guide\.(\w+)[\w.]* import", path.read_text(encoding="utf-8"), re.MULTILINE)
        if "." in name and used in LAYERS and LAYERS.index(used) > LAYERS.index(name.partition(".")[0])
    ]
    assert wrong == []


def test_the_architecture_page_names_every_hook_and_folder() -> None:
    page = (ROOT / "docs/contributing/architecture.md").read_text(encoding="utf-8")
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    hooks = re.findall(r"^  - hooks/(\w+\.py)", settings, re.MULTILINE)
    assert len(hooks) > 10
    tracked = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    folders = {line.partition("/")[0] + "/" for line in tracked.splitlines() if "/" in line} - {".ci/"}
    assert [name for name in [*hooks, *sorted(folders)] if f"`{name}`" not in page] == []


def test_tests_of_one_snippet_run_in_one_process() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("root_conftest", ROOT / "tests/conftest.py")
    conftest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conftest)
    behaviour = conftest.together("tests/snippets/advanced/test_rlhf.py::test_reward_rises")
    recording = conftest.together("tests/snippets/test_recordings.py::test_recording_is_fresh[advanced/rlhf.py]")
    assert behaviour == recording == "advanced/rlhf"
    assert conftest.together("tests/site/test_pages.py::test_a") == conftest.together(
        "tests/site/test_pages.py::test_b"
    )
