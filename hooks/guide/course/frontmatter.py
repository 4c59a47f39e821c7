"""front matter：一页开头的 YAML，读成模型，错了就说清楚。"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from guide import reading, rules
from guide.course import yaml_document
from guide.course.yaml_document import Document
from guide.problem import Problem, Rule, listing, nearest

LEVELS = ("初级", "中级", "高级")


def _not_a_timestamp(value: object) -> object:
    """pydantic 会把整数当作 1970 年起的秒数。"""
    if isinstance(value, int):
        raise PydanticCustomError("date_type", "应为日期")
    return value


Date = Annotated[datetime.date, Field(strict=False), BeforeValidator(_not_a_timestamp)]
Text = Annotated[str, Field(min_length=1)]
Word = Annotated[str, Field(min_length=1, pattern="^[^，、]*$")]
"""列表里的一个词：`[甲，乙]` 用了全角逗号，YAML 读成一个。"""


class Search(BaseModel):
    """一页怎样进搜索。"""

    model_config = ConfigDict(extra="forbid", strict=True)

    exclude: bool = Field(False, description="true 时搜不到这一页", examples=[True])


class OtherPage(BaseModel):
    """任何一页都可以有的键；首页、资源、职业等页面只有这些。"""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Text = Field(description="页面标题，也就是 H1；正文里不要再写一级标题", examples=["多头注意力"])
    order: int | None = Field(None, ge=1, description="在所在文件夹里的次序", examples=[1])
    tags: list[Word] = Field([], description="标签，英文小写", examples=[["attention", "transformer"]])
    seoTitle: Text | None = Field(
        None, description="搜索结果里的标题；不写就由标题与阶段拼成", examples=["多头注意力：从零实现"]
    )
    seoDescription: Annotated[str, Field(min_length=40, max_length=120)] | None = Field(
        None,
        description="搜索结果里的一两句话，40–120 字",
        examples=[
            "用三十行代码写出多头注意力，逐元素与 PyTorch 的实现对齐，再画出每个头在看什么，看懂查询、键与值怎样变形。"
        ],
    )
    seoKeywords: list[Word] = Field([], description="关键词", examples=[["注意力", "Transformer"]])
    published: bool = Field(True, description="false 时只在 mkdocs serve 里看得到", examples=[False])
    featured: bool = Field(False, description="推荐的页面；本站的模板不显示它", examples=[True])
    excerpt: Text | None = Field(None, description="摘要", examples=["注意力让每个词直接看见其他词。"])
    publishedAt: Date | None = Field(None, description="首次发表的日期", examples=["2026-11-23"])
    updatedAt: Date | None = Field(None, description="最后更新的日期，优先于 git 里的日期", examples=["2026-11-28"])
    author: Text | None = Field(None, description="作者", examples=["阿达"])
    category: Text | None = Field(None, description="分类；本站的模板不显示它", examples=["教程"])
    image: Text | None = Field(None, description="分享时的图片，相对 docs/ 的路径", examples=["assets/social-card.png"])
    description: Text | None = Field(
        None, description="主题自带的页面描述；本站用 seoDescription", examples=["从零实现多头注意力。"]
    )
    template: Text | None = Field(
        None, description="换一个模板：overrides/ 或主题里的一个 .html", examples=["main.html"]
    )
    icon: Text | None = Field(None, description="主题的图标，一个路径；本站的导航不显示它", examples=["material/book"])
    status: Literal["new", "deprecated"] | None = Field(
        None, description="主题的状态标记；本站的导航不显示它", examples=["new"]
    )
    hide: list[Literal["navigation", "toc", "footer", "path", "feedback", "tags"]] = Field(
        [], description="隐藏页面的哪些部分", examples=[["toc"]]
    )
    search: Search = Field(
        Search(exclude=False), description="搜索：{exclude: true} 的页面搜不到", examples=[{"exclude": True}]
    )

    @field_validator("title", "seoTitle", "seoDescription", mode="before")
    @classmethod
    def one_line(cls, value: object) -> object:
        """折行写的 YAML 会带进换行，页面上要一行。"""
        return " ".join(value.split()) if isinstance(value, str) else value

    @field_validator("updatedAt")
    @classmethod
    def after_published(cls, value: datetime.date | None, info: ValidationInfo) -> datetime.date | None:
        """更新不会在发表之前。"""
        first = info.data.get("publishedAt")
        if value and first and value < first:
            raise ValueError(rules.values.DATES, {"first": first})
        return value


class StagePage(OtherPage):
    """阶段页：docs/<阶段>/index.md。"""

    stage: int = Field(ge=1, le=5, description="第几阶段，1–5", examples=[3])
    level: Literal["初级", "中级", "高级"] = Field(description="学完能达到的程度", examples=["中级"])
    months: tuple[int, int | None] = Field(
        strict=False, description="第几个月到第几个月；[15, null] 表示 15 个月以上", examples=[[6, 10], [15, None]]
    )
    goals: list[Text] = Field(
        min_length=1,
        description="学完这一阶段能做什么，每条一句",
        examples=[["深入理解 Transformer 架构，并能从零实现"]],
    )

    @field_validator("months")
    @classmethod
    def ascending(cls, value: tuple[int, int | None]) -> tuple[int, int | None]:
        """起点不能晚于终点。"""
        start, end = value
        if start < 0 or (end is not None and end <= start):
            raise ValueError(rules.values.MONTHS)
        return value


class LessonPage(OtherPage):
    """一课：docs/<阶段>/<名字>.md。"""

    stage: int = Field(ge=1, le=5, description="第几阶段，与所在文件夹一致", examples=[3])
    order: int = Field(ge=1, description="在阶段里的次序，显示为 3.2 里的 2", examples=[2])
    goal: str = Field(
        min_length=5,
        description="一句话，动词开头，读者能自己检验",
        examples=["从零实现多头注意力，并与 PyTorch 的实现逐元素对齐"],
    )
    requires: list[Word] = Field([], description="先修课的文件名（不带 .md），不限阶段", examples=[["attention"]])
    minutes: int = Field(ge=5, le=600, description="读完并做完练习要多少分钟", examples=[60])
    kind: Literal["lesson", "project"] = Field(
        "lesson", description="lesson 是讲解，project 是项目", examples=["lesson", "project"]
    )


PAGES: dict[str, type[BaseModel]] = {"page": OtherPage, "stage": StagePage, "lesson": LessonPage}
"""三种页面；一页用哪一种由它在 docs/ 的哪个文件夹决定（curriculum.model_for）。"""


@dataclass(frozen=True)
class Source:
    """拆开的一页：front matter 与正文。"""

    document: Document
    body: str
    body_line: int
    """正文第一行在文件里的行号。"""
    broken: frozenset[int] = frozenset()
    """front matter 里已经有问题的行，那里的值不必再说。"""

    @property
    def meta(self) -> dict[str, Any]:
        """front matter 的值；读不懂就是空的。"""
        values = self.document.values
        return {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}


OPENING = re.compile(r"---[ \t]*\r?\n")
ALMOST = re.compile(r"(?P<blank>(?:[ \t]*\n)*)(?P<marks>[ \t]*[-—–－]{1,}[ \t]*)\n(?=[A-Za-z]\w*[ \t]*[:：])")
"""差一点的开头：`———`、`----`，或者前面有空行。"""
CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
SWALLOWED = re.compile(r" {0,3}([\w-]+):(?:\s|$)")
NOTHING = Document(None, None, 1)


def decode(data: bytes) -> str:
    """一个文件的文字：没有 BOM，换行是 \\n。"""
    return data.decode("utf-8-sig").replace("\r\n", "\n")


def split(path: str, data: bytes) -> tuple[Source, list[Problem]]:
    """把一页拆成 front matter 与正文；任何毛病都变成问题。"""
    empty = Source(NOTHING, "", 1)
    try:
        text = decode(data)
    except UnicodeDecodeError as error:
        return empty, [reading.problem(path, error)]
    problems: list[Problem] = []
    opening = OPENING.match(text)
    if not opening and (opening := ALMOST.match(text)):
        found = "空行" if opening["blank"] else f" “{opening['marks']}”"
        problems.append(rules.front_matter.OPENING.at(path, 1, found=found))
    if not opening:
        return Source(NOTHING, text, 1), [_without(path, text)]
    closing = CLOSING.search(text, opening.end())
    if not closing:
        return empty, problems or [rules.front_matter.NOT_CLOSED.at(path, 1)]
    first_line = text.count("\n", 0, opening.end()) + 1
    body_line = text.count("\n", 0, closing.end()) + 1
    document, found_inside = _load(path, first_line, text[opening.end() : closing.start()])
    broken = frozenset(problem.line for problem in found_inside)
    return Source(document, text[closing.end() :], body_line, broken), [*problems, *found_inside]


def _without(path: str, text: str) -> Problem:
    first = next((line for line in text.splitlines() if line.strip()), "")
    if match := SWALLOWED.match(first):
        return rules.front_matter.SWALLOWED.at(path, 1, key=match[1])
    return rules.front_matter.MISSING.at(path, 1)


def _load(path: str, first_line: int, block: str) -> tuple[Document, list[Problem]]:
    document, problems = yaml_document.read(path, first_line, block)
    if document.node is None:
        return document, problems or [rules.front_matter.EMPTY.at(path, first_line - 1)]
    if document.values is None:
        return document, [rules.front_matter.EMPTY.at(path, first_line - 1)]
    if not isinstance(document.values, dict):
        return document, [rules.front_matter.SHAPE.at(path, first_line, kind=_kind(document.values))]
    return document, problems


def _kind(value: object) -> str:
    return {"list": "一个列表", "str": "一段文字", "int": "一个数", "float": "一个数"}.get(
        type(value).__name__, "别的东西"
    )


Model = OtherPage | StagePage | LessonPage


def validate(path: str, source: Source, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """按模型检查一页的 front matter。"""
    try:
        return model.model_validate(source.meta), []
    except ValidationError as error:
        lines = source.document.line
        problems = {explain(item, model, path, lines(item["loc"])) for item in meaningful(error)}
        return None, sorted(problem for problem in problems if problem.line not in source.broken)


def meaningful(error: ValidationError) -> list[Any]:
    """pydantic 的错误；键拼错了只报告一次，不再说正确的那个缺少。"""
    items = error.errors()
    unknown = [str(item["loc"][-1]) for item in items if item["type"] == "extra_forbidden"]
    return [
        item
        for item in items
        if item["type"] != "missing" or not any(nearest(word, [str(item["loc"][-1])]) for word in unknown)
    ]


def explain(item: Any, model: type[BaseModel], path: str, line: int) -> Problem:
    """把 pydantic 的一条错误说成中文：是什么，应为什么，像哪个。"""
    name = _named(item["loc"]) or "这一项"
    model = _owner(model, item["loc"])
    kind, context, value = item["type"], item.get("ctx", {}), item["input"]

    def broken(rule: Rule, **values: object) -> Problem:
        known = {"key": name, "value": _show(value), **values}
        found = rule.at(path, line, **{field: known[field] for field in rule.fields})
        return replace(found, message=re.sub("(?<=项) (?=[是至])", "", found.message, count=1))

    if kind == "extra_forbidden":
        keys = list(model.model_fields)
        return broken(
            rules.values.UNKNOWN_KEY, allowed=listing(keys, most=30), nearest=nearest(str(item["loc"][-1]), keys)
        )
    if value is None and kind.endswith("_type"):
        return broken(rules.values.EMPTY)
    if kind == "missing":
        key = str(item["loc"][-1])
        description = model.model_fields[key].description if key in model.model_fields else ""
        return broken(rules.values.MISSING_KEY, meaning=f"（{description}）" if description else "")
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return broken(rules.values.CHOICE, allowed=listing(allowed), nearest=nearest(str(value), allowed))
    if kind in RANGES:
        return broken(rules.values.RANGE, allowed=_range(str(item["loc"][-1]), model))
    if kind == "value_error":
        rule, *more = context["error"].args  # 校验函数抛出 ValueError(规则, {消息里别的部分})
        return broken(rule, **(more[0] if more else {}))
    if kind == "string_pattern_mismatch":
        return broken(rules.values.FULL_WIDTH_COMMA, mark="顿号" if "、" in value else "全角逗号")
    if kind in ("string_too_short", "string_too_long"):
        if not value:
            return broken(rules.values.EMPTY)
        return broken(rules.values.LENGTH, length=len(value), allowed=_length(str(item["loc"][-1]), model))
    if kind == "too_short":
        return broken(rules.values.TOO_FEW, least=context["min_length"])
    if kind == "string_type" and (why := _not_text(value)):
        return broken(rules.values.TYPE, expected=f"应为文字（{why}）：用单引号把整个值括起来")
    expected = next((f"应为{said}" for start, said in TYPES.items() if kind.startswith(start)), "")
    return broken(rules.values.TYPE, expected=expected or f"不合要求：{item['msg']}")


SHOWN = 60
"""消息里最多引用一个值的几个字。"""
RANGES = ("greater_than_equal", "less_than_equal")
TYPES = {
    "int": "整数",
    "string": "文字",
    "bool": " true 或 false",
    "list": "列表，如 [a, b]",
    "dict": "“键: 值”",
    "date": "日期，如 2026-11-23",
    "tuple": "[起, 止]，例如 [6, 10] 或 [15, null]",
    "missing_argument": "[起, 止]，例如 [6, 10] 或 [15, null]",
    "too_long": "[起, 止]，例如 [6, 10] 或 [15, null]",
    "model_type": "“键: 值”",
}


def _not_text(value: object) -> str:
    """该写文字的地方，YAML 为什么读成了别的。"""
    if isinstance(value, dict):
        return "里面有 “: ”"
    kinds = {bool: "真假值", int: "数", float: "数", datetime.date: "日期", datetime.datetime: "日期"}
    return f"YAML 当它是{kinds[type(value)]}" if type(value) in kinds else ""


def _owner(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel]:
    """`location` 的最后一个键属于哪个模型：选项里写错的键，要列选项的键。"""
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        inner = (
            [one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type)] if field else []
        )
        model = next((one for one in inner if issubclass(one, BaseModel)), model)
    return model


def _named(location: Sequence[str | int]) -> str:
    """一个值的名字：`tags 第 1 项`、`options 第 2 项的 why`。"""
    name = ""
    for part in location:
        if isinstance(part, int):
            name += f" 第 {part + 1} 项"
        else:
            name += ("的 " if name.endswith("项") else " 的 " if name else "") + part
    return name.strip()


def _limits(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """一个键的限制，照 JSON Schema 的叫法；可以不写的键在 anyOf 的第一个里。"""
    field: dict[str, Any] = model.model_json_schema()["properties"].get(name, {})
    return field | next(iter(field.get("anyOf", [])), {})


def _range(name: str, model: type[BaseModel]) -> str:
    limits = _limits(name, model)
    return f" {limits['minimum']}–{limits['maximum']}" if "maximum" in limits else f"不小于 {limits['minimum']} 的整数"


def _length(name: str, model: type[BaseModel]) -> str:
    limits = _limits(name, model)
    least = limits["minLength"]
    return f" {least}–{limits['maxLength']} 个" if "maxLength" in limits else f" {least} 个以上"


def _show(value: object) -> str:
    if value is None:
        return "空的"
    if isinstance(value, bool):
        return str(value).lower()
    text = "，".join(f"{key}: {one}" for key, one in value.items()) if isinstance(value, dict) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode()  # 落单的代理码点印不出来
    short = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return f"“{short}”" if isinstance(value, str | dict) else short
