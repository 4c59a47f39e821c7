"""围栏里的 YAML：`snippet`、`exercise`、`quiz` 三种，读成模型，错了就说清楚。"""

import re
from dataclasses import replace
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, field_validator

from guide import rules
from guide.course import yaml_errors
from guide.course.frontmatter import explain, meaningful
from guide.page.fences import Fence
from guide.problem import Problem

Text = Annotated[str, Field(min_length=1)]
RANGE = re.compile(r"(\d+)(?:-(\d+))?")
Rows = Annotated[str, WithJsonSchema({"type": ["string", "integer"], "pattern": r"^\d+(-\d+)?$", "minimum": 0})]
ManyRows = Annotated[
    str,
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"^\s*\d+(-\d+)?\s*(,\s*\d+(-\d+)?\s*)*$", "minimum": 0}),
]
RIGHT: dict[str, Any] = {"properties": {"correct": {"const": True}}, "required": ["correct"]}


class Directive(BaseModel):
    """三种围栏共有的：不认识的键是错误。"""

    model_config = ConfigDict(extra="forbid", strict=True)


class SnippetDirective(Directive):
    """嵌入一个片段，或它的一个单元、一个符号。"""

    file: Text = Field(
        description="相对 snippets/ 的路径，如 transformer-llm/lora.py",
        examples=["transformer-llm/multi_head_attention.py"],
    )
    show: Text | None = Field(
        None, description="单元标题或符号（Class.method）；不写就是整个文件", examples=["MultiHeadAttention.forward"]
    )
    lines: Rows | None = Field(None, description="要显示的行，相对所选的一段，如 3-9", examples=["3-9"])
    output: bool | None = Field(
        None, description="显示记录下来的输出；单元与文件默认 true，符号默认 false", examples=[True]
    )
    highlight: ManyRows | None = Field(
        None, description="要强调的行，相对显示的行，如 3-5 或 1,4-6", examples=["3-5", "1,4-6"]
    )
    alt: list[Text] = Field(
        [], description="每张图一句说明，说图上看到了什么", examples=[["第 2 个头的注意力权重：对角线最亮"]]
    )

    @field_validator("lines", "highlight", mode="before")
    @classmethod
    def number_is_text(cls, value: object) -> object:
        """只写一个数时 YAML 给的是整数。"""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("lines")
    @classmethod
    def one_range(cls, value: str | None) -> str | None:
        """一个行号，或 起-止。"""
        if value is not None and not RANGE.fullmatch(value):
            raise ValueError(rules.embedding.LINES_FORMAT)
        return value

    @field_validator("highlight")
    @classmethod
    def many_ranges(cls, value: str | None) -> str | None:
        """逗号隔开的行号或范围。"""
        if value is not None and not all(RANGE.fullmatch(part.strip()) for part in value.split(",")):
            raise ValueError(rules.embedding.HIGHLIGHT_FORMAT)
        return value


class ExerciseDirective(Directive):
    """嵌入一个练习。"""

    file: Text = Field(
        description="练习文件夹，相对 snippets/，如 transformer-llm/exercises/causal_mask",
        examples=["transformer-llm/exercises/multi_head_attention_causal_mask"],
    )
    hints: list[Text] = Field(
        [], description="提示，一条一条折叠起来", examples=[["上三角的位置要在 softmax 之前变成 −∞。"]]
    )


class Option(Directive):
    """小测的一个选项。"""

    text: Text = Field(description="选项", examples=["更尖，梯度变小"])
    why: Text = Field(description="为什么对，或为什么不对", examples=["方差是 d_k，标准差由 8 变成 16。"])
    correct: bool = Field(False, description="是不是正确答案", examples=[True])


class QuizDirective(Directive):
    """一道选择题。"""

    question: Text = Field(description="题目", examples=["把 d_k 从 64 换成 256 而不缩放，softmax 会怎样？"])
    options: list[Option] = Field(
        min_length=2,
        description="选项，每个都要说为什么",
        json_schema_extra={"allOf": [{"contains": RIGHT}, {"contains": {"not": RIGHT}}]},
        examples=[
            [
                {"text": "更平", "why": "方差变大，分布会更尖。"},
                {"text": "更尖", "why": "方差是 d_k。", "correct": True},
            ]
        ],
    )

    @field_validator("options")
    @classmethod
    def some_correct(cls, options: list[Option]) -> list[Option]:
        """至少一个对，至少一个不对。"""
        if not any(option.correct for option in options):
            raise ValueError(rules.fences.NO_ANSWER)
        if all(option.correct for option in options):
            raise ValueError(rules.fences.ALL_RIGHT)
        return options


DIRECTIVES: dict[str, type[Directive]] = {
    "snippet": SnippetDirective,
    "exercise": ExerciseDirective,
    "quiz": QuizDirective,
}


def read(fence: Fence, path: str, first_line: int) -> tuple[Directive | None, list[Problem]]:
    """读一个围栏；`first_line` 是正文第一行在文件里的行号。"""
    model = DIRECTIVES[fence.language]
    top = first_line + fence.start - 1
    try:
        values: Any = yaml.safe_load(fence.content)
    except yaml.YAMLError as error:
        return None, [yaml_errors.problem(path, top + 1, fence.content, error, f"{fence.language} 围栏里的 ")]
    if broken := yaml_errors.escaped(path, top + 1, fence.content, f"{fence.language} 围栏里的 "):
        return None, broken
    if not isinstance(values, dict):
        return None, [rules.fences.SHAPE.at(path, top, language=fence.language)]
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        problems = []
        for item in meaningful(error):
            name = str(item["loc"][0]) if item["loc"] else ""
            found = explain(item, _model_at(model, item["loc"]), path, top + line_of(fence, name))
            problems.append(replace(found, message=f"{fence.language} 围栏：{found.message}"))
        return None, sorted(set(problems))


def _model_at(model: type[BaseModel], location: tuple[Any, ...]) -> type[BaseModel]:
    """选项里的错误要列选项的键。"""
    return Option if len(location) > 2 and location[0] == "options" else model


def line_of(fence: Fence, key: str) -> int:
    """键在围栏里的第几行；没有写它就是围栏自己的行。"""
    for number, line in enumerate(fence.content.split("\n"), 1):
        if re.match(rf"{re.escape(key)}\s*:", line):
            return number
    return 0


def ranges(text: str) -> set[int]:
    """`1,4-6` → {1, 4, 5, 6}。"""
    found: set[int] = set()
    for part in text.split(","):
        if match := RANGE.fullmatch(part.strip()):
            found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
    return found
