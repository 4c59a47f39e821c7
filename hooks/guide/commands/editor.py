"""给编辑器的：由模型生成 JSON Schema（schemas/）与 VS Code 的代码段，补全与说明都从这里来。

跨文件的事（阶段与文件夹、次序、先修、片段在不在）与起止的先后，JSON Schema 说不出来，由 make lint 检查。
"""

import datetime
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import yaml
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from guide.course.frontmatter import PAGES
from guide.page.directive import DIRECTIVES
from guide.words.terms import Term

NOTE = "由 hooks/guide 里的模型生成，不要手改；改了模型之后运行 make schemas"
SNIPPETS = ".vscode/llm-path.code-snippets"
WORTH = {
    "page": {"order", "tags"},
    "lesson": {"requires", "kind", "tags"},
    "snippet": {"show", "alt"},
    "exercise": {"hints"},
}
"""不是必需、骨架里也要有的键。"""

Schema = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """键照模型里的次序；不要由键名拼出来的英文标题，说明已经是中文。"""

    def sort(self, value: Any, parent_key: str | None = None) -> Any:
        return value

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def files() -> dict[str, str]:
    """生成的每个文件：路径 → 内容。"""
    written = {f"schemas/{name}.json": schema for name, schema in schemas().items()}
    return {path: _json(content) for path, content in {**written, SNIPPETS: code_snippets()}.items()}


def _json(content: Schema) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def schemas() -> dict[str, Schema]:
    """名字 → JSON Schema：三种页面的 front matter，三种围栏，术语表与搬家表。"""
    models: dict[str, Any] = {**PAGES, **DIRECTIVES, "terms": list[Term]}
    made = {name: TypeAdapter(kind).json_schema(schema_generator=_Generator) for name, kind in models.items()}
    made["redirects"] = _redirects()
    return {name: {"$schema": _Generator.schema_dialect, "$comment": NOTE, **schema} for name, schema in made.items()}


def _redirects() -> Schema:
    page = {"type": "string", "pattern": r"\.md$", "description": "新页面，相对 docs/，例如 applications/new-name.md"}
    return {
        "type": ["object", "null"],
        "description": "搬了家的页面：旧页面 → 新页面，都相对 docs/",
        "patternProperties": {r"^(?!/)(?!(.*/)?\.\.(/|$)).*\.md$": page},
        "additionalProperties": False,
        "examples": [{"applications/old-name.md": "applications/new-name.md"}],
    }


def code_snippets() -> Schema:
    """VS Code 的代码段：每种页面与围栏一个骨架，每个键一个补全，都带着说明。

    VS Code 把 front matter 当作 YAML（写在 Markdown 里也是），围栏里仍是 Markdown。
    """
    found: Schema = {}
    known: set[tuple[str, str]] = set()  # 几种页面共有的键只列一次
    for name, model in {**PAGES, **DIRECTIVES}.items():
        schema = model.model_json_schema(schema_generator=_Generator)
        fields, required = schema["properties"], schema["required"]
        edge, inside = (f"```{name}", "markdown") if name in DIRECTIVES else ("---", "yaml")
        ordered = dict.fromkeys(["title", *model.__annotations__, *fields])
        stops = count(1)
        lines = [
            line
            for key in ordered
            if key in fields and key in {*required, *WORTH.get(name, ())}
            for line in _entry(key, fields[key], stops)
        ]
        found[f"{name} 的骨架"] = _snippet("markdown", name, [edge, *lines, edge[:3], "$0"], schema["description"])
        for key, field in fields.items():
            if (key, field["description"]) not in known:
                entry = _entry(key, field, count(1))
                found[f"{name} 的 {key}"] = _snippet(inside, key, entry, field["description"])
            known.add((key, field["description"]))
    return found


def _snippet(scope: str, prefix: str, body: list[str], description: str) -> Schema:
    return {"scope": scope, "prefix": prefix, "body": body, "description": description}


def _entry(key: str, field: Schema, stops: Iterator[int]) -> list[str]:
    """一个键与它的例子，例子等着被改掉。"""
    choices = field.get("enum") or (["false", "true"] if field.get("type") == "boolean" else [])
    if choices:
        return [f"{key}: ${{{next(stops)}|{','.join(choices)}|}}"]
    example = field["examples"][0]
    if isinstance(example, list) and isinstance(example[0], dict):
        return [f"{key}:", *(line for item in example for line in _item(item, stops))]
    return [f"{key}: {_stop(example, stops)}"]


def _item(item: Schema, stops: Iterator[int]) -> list[str]:
    """列表里的一项，例如小测的一个选项。"""
    lines = [f"{key}: {_stop(value, stops)}" for key, value in item.items()]
    return [f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _stop(value: Any, stops: Iterator[int]) -> str:
    """一个停靠点：光标会停在这里，例子已经选中。列表的方括号留在外面。"""
    text = _yaml(value)
    before, inner, after = (text[0], text[1:-1], text[-1]) if isinstance(value, list) else ("", text, "")
    for mark in ("\\", "$", "}"):
        inner = inner.replace(mark, "\\" + mark)
    return f"{before}${{{next(stops)}:{inner}}}{after}"


def _yaml(value: Any) -> str:
    """一行 YAML；日期不加引号。"""
    if isinstance(value, str) and isinstance(yaml.safe_load(value), datetime.date):
        return value
    return yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=1000).removesuffix("...\n").strip()
