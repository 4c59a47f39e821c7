"""键表：由 front matter 与围栏的模型写出每个键是什么、怎样写，页面上不再手写一份。"""

from collections.abc import Mapping

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from guide.course.frontmatter import PAGES
from guide.page.directive import DIRECTIVES

MODELS: Mapping[str, type[BaseModel]] = {**PAGES, **DIRECTIVES}
"""围栏 `<名字>-keys` 列出哪个模型的键。"""


def table(model: type[BaseModel]) -> str:
    """一张 Markdown 表，一行一个键；从上一级模型原样得来的键不再列。"""
    inherited = model.__base__.model_fields if model.__base__ and issubclass(model.__base__, BaseModel) else {}
    rows = [_row(key, field) for key, field in model.model_fields.items() if not _same(field, inherited.get(key))]
    return "\n".join(["| 键 | 是什么 |", "|---|---|", *rows])


def _same(field: FieldInfo, other: FieldInfo | None) -> bool:
    return other is not None and field.description == other.description


def _row(key: str, field: FieldInfo) -> str:
    needed = "**必需**。" if field.is_required() else ""
    return f"| `{key}` | {needed}{field.description}<br>例如 `{_example(field)}` |"


def _example(field: FieldInfo) -> str:
    """例子写成一行 YAML；里面的 | 会断开表格，所以转义。"""
    value = (field.examples or [""])[0]
    if not isinstance(value, str):
        value = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000)
    return str(value).removesuffix("\n").removesuffix("\n...").replace("|", "\\|")
