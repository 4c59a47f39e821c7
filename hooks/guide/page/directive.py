"""围栏里的 YAML：`snippet`、`exercise`、`quiz` 三种，读成模型，错了就说清楚。"""

import re
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, field_validator

from guide import rules
from guide.course import yaml_document
from guide.course.frontmatter import explain, meaningful
from guide.course.yaml_document import Document
from guide.page.fences import Fence
from guide.problem import Problem

Text = Annotated[str, Field(min_length=1)]
RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
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

    @field_validator("lines", "highlight")
    @classmethod
    def ascending(cls, value: str | None) -> str | None:
        """起不大于止。"""
        for match in RANGE.finditer(value or ""):
            if match[2] and int(match[1]) > int(match[2]):
                raise ValueError(rules.embedding.RANGE_REVERSED, {"better": f"{match[2]}-{match[1]}"})
        return value


class ExerciseDirective(Directive):
    """嵌入一个练习。"""

    file: Text = Field(
        description="练习的文件夹，相对 snippets/；文件夹名以课名开头",
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
    document, problems = yaml_document.read(path, top + 1, fence.content, f"{fence.language} 围栏里的 ")
    if document.values is None and problems:
        return None, problems
    if not isinstance(document.values, dict):
        return None, [rules.fences.SHAPE.at(path, top, language=fence.language)]
    try:
        values = model.model_validate(document.values)
    except ValidationError as error:
        broken = {problem.line for problem in problems}
        wrong = {explain(one, model, path, document.line(one["loc"])) for one in meaningful(error)}
        named = [
            replace(one, message=f"{fence.language} 围栏：{one.message}") for one in wrong if one.line not in broken
        ]
        return None, sorted({*problems, *named})
    if isinstance(values, QuizDirective):
        problems += _same_options(values, document, path)
    return values, problems


def _same_options(quiz: QuizDirective, document: Document, path: str) -> list[Problem]:
    """写了两次的选项。"""
    texts = [option.text for option in quiz.options]
    return [
        rules.fences.SAME_OPTION.at(path, document.line(["options", number]), text=text)
        for number, text in enumerate(texts)
        if text in texts[:number]
    ]


def line_of(fence: Fence, key: str) -> int:
    """键在围栏里的第几行；没有写它就是围栏自己的行。"""
    for number, line in enumerate(fence.content.split("\n"), 1):
        if re.match(rf"{re.escape(key)}\s*:", line):
            return number
    return 0


FILE = re.compile(r"^file\s*:\s*['\"]?(.*?)['\"]?\s*$", re.MULTILINE)


def mentioned(fence: Fence) -> list[str]:
    """围栏里写的文件；别处写错了、读不成模型，它们也算提到了。"""
    return [match[1] for match in FILE.finditer(fence.content)]


def ranges(text: str) -> set[int]:
    """`1,4-6` → {1, 4, 5, 6}。"""
    found: set[int] = set()
    for part in text.split(","):
        if match := RANGE.fullmatch(part.strip()):
            found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
    return found
