"""front matter 里主题自带的键：模板与图标要真的有，不然套模板时才出错。"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from guide import reading, rules
from guide.course.curriculum import Page
from guide.problem import Problem, nearest


@cache
def _material() -> Path:
    """主题的模板所在的文件夹；只找到它在哪里，不导入它。"""
    spec = find_spec("material")
    assert spec and spec.origin, "没有装 mkdocs-material"
    return Path(spec.origin).parent / "templates"


def missing(page: Page, overrides: Path) -> list[Problem]:
    """没有的模板与图标。`overrides` 是本站自己的模板，先从那里找。"""
    wanted = {"template": (page.meta.template, "", ""), "icon": (page.meta.icon, ".icons/", ".svg")}
    return [
        rules.front_matter.THEME.at(
            f"docs/{page.src}",
            page.lines.get(key, 1),
            key=key,
            value=name,
            what="模板" if key == "template" else "图标",
            nearest=nearest(name, _names(overrides, folder, suffix or ".html")),
        )
        for key, (name, folder, suffix) in wanted.items()
        if name and not any(reading.there(base / f"{folder}{name}{suffix}") for base in (overrides, _material()))
    ]


def _names(overrides: Path, folder: str, suffix: str) -> list[str]:
    """能写的名字；图标的不带 .svg。"""
    bases = [base / folder for base in (overrides, _material())]
    icons = suffix == ".svg"
    files = [(file, base) for base in bases for file in (base.rglob if icons else base.glob)(f"*{suffix}")]
    return [file.relative_to(base).as_posix().removesuffix(".svg") for file, base in files]
