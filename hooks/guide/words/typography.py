"""空格与标点：中文排版里能自动改好的。autocorrect 会的交给它，它不会或会改错的在这里。"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import autocorrect_py

from guide.words.passages import EDGE, HARD, OPAQUE, SOFT

autocorrect_py.load_config(  # type: ignore[attr-defined]  # 它的类型桩里漏了这个函数
    json.dumps(
        {
            "rules": {
                "space-word": 1,  # 中文与字母、数字之间
                "fullwidth": 1,  # 中文旁边的标点
                "no-space-fullwidth": 1,  # 全角标点旁边的空格
                "no-space-fullwidth-quote": 0,  # 会动中文里夹的英文引号
                "space-punctuation": 0,  # 会拆开“学+生”
                "space-bracket": 0,  # 见[这一课] 不该加空格
                "space-backticks": 0,  # 一行里只管头一处
                "space-dollar": 0,
                "space-dash": 0,
                "halfwidth-word": 0,  # 会改引用的语料，还把“255：200”当成钟点
                "halfwidth-punctuation": 0,  # 会把一格“Jupyter、NumPy”改成半角
            }
        }
    )
)

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
SPACES = {" ", EDGE}
UNIT = r"(?:[KMGT]i?B|[kMG]?Hz|ms|kWh?|kg|[kcm]m|dB)"
NAME = rf"[A-Za-z_{OPAQUE}]"
INSIDE = r"[^()（）+*/=^|<>−×÷\v\n\ue000]"
FULL = str.maketrans(",;:!?", "，；：！？")

SHIELD = "\ue000"
QUOTED = re.compile(r"“[^“”\v]+”|‘[^‘’\v]+’|《[^《》\v]+》")
BRACKETED = re.compile(r"\([^()（）\v\n]*\)|\[[^\[\]\v\n]*\]|\{[^{}\v\n]*\}")
INNER = re.compile(r"""\"[^"]*"|'[^']*'|[,.:;!?] ?""")

# 先写要找的字，再往回看它前面是什么：正则表达式从一个字找起，比从“前面是”找起快几倍
RULES: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(pattern), better)
    for pattern, better in (
        # 全角的字母与数字；多出来的空格；两个短横的破折号
        (r"[０-９Ａ-Ｚａ-ｚ]", lambda match: chr(ord(match[0]) - 0xFEE0)),
        (rf"(?<=[{HAN}]) {{2,}}(?=[{HAN}])", ""),
        (rf"(?<=[^\s\v]) {{2,}}(?=[{HAN}])|(?<=[{HAN}]) {{2,}}(?=[^\s\v])", " "),  # 表格里用来对齐的不算
        (rf"(?<=[{HAN}])--(?=[{HAN}])", "——"),
        (rf"(?<=[{HAN}]) -- (?=[{HAN}])", "——"),
        # 引号："上下文"、「上下文」，外面不空格
        (r'"([^"“”\v\n]*)"', lambda match: f"“{match[1]}”" if re.search(f"[{HAN}]", match[1]) else match[0]),
        (r"「([^「」\v\n]*)」", r"“\1”"),
        (r"『([^『』\v\n]*)』", r"‘\1’"),
        (rf" (?<=[{HAN}{OPAQUE}] )(?=“)", ""),
        (rf"” (?=[{HAN}{OPAQUE}])", "”"),
        # 括号：模型(GPT)、(约 75%)；有逗号的是形状与区间，有运算符的是算式，都留半角，外面空一格
        (rf"\((?<=[{HAN}]\()({INSIDE}+)\)", r"（\1）"),
        (rf"\((?<![^ ，。；：、？！“”\v\n]\()({INSIDE}*[{HAN}]{INSIDE}*)\)", r"（\1）"),
        (rf"\((?<=[{HAN}]\()(?=[^()（）\v\n]*\))", " ("),
        (rf"\)(?=[{HAN}])", ") "),
        # 并列的名字：Q, K, V 三个矩阵
        (
            rf"{NAME}(?<![^{HAN}，。；：、（“ \v\n].)(?<![^{HAN}] .)\w*(?:, {NAME}\w*)+(?= ?[{HAN}])",
            lambda match: match[0].replace(", ", "、"),
        ),
        # 中文后面的半角标点
        (rf"[,;:!?](?<=[{HAN}”）》].) *(?=[\w“‘（《{OPAQUE}]|$|[\v\n])", lambda match: match[0][0].translate(FULL)),
        (rf"[,;:!?](?<={OPAQUE}.) *(?=[{HAN}])", lambda match: match[0][0].translate(FULL)),
        (rf"\.(?<=[{HAN}”）》]\.)(?=$|[\v\n])", "。"),
        # 代码与公式
        (rf"{OPAQUE}(?<=[{HAN}].)", f" {OPAQUE}"),
        (rf"{OPAQUE}(?=[{HAN}])", f"{OPAQUE} "),
        (rf"{OPAQUE} (?=[，。；：、？！（）])", OPAQUE),
        (rf" (?<=[，。；：、？！（）] )(?={OPAQUE})", ""),
        # 数字与单位：16GB、75 %；A100 80GB 是产品的名字
        (rf"\d(?<![\w.-].)(?<![A-Za-z0-9] .)[\d.,]*(?={UNIT}(?![\w-]))", r"\g<0> "),
        (r" (?<=\d )(?=[%‰°℃])", ""),
        # 链接旁边的空格：见 [这一课](a.md)
        (rf"{EDGE}(?={EDGE})", ""),
        (rf"{EDGE}(?<=[{HAN}，。；：、？！（）“”].)(?=[{HAN}，。；：、？！（）“”])", ""),
        (rf"{EDGE}(?<=[，。；：、？！（].)|{EDGE}(?=[，。；：、？！）])", ""),
    )
]
WORTH = re.compile(rf"[{HAN}][!-~]|[!-~][{HAN}]| [，。、！？：；（）《》【】]|[，。、！？：；（）《》【】] ")
"""autocorrect 会动的地方：没有就不必问它，它一行要几十微秒。"""


def tidy(text: str) -> str:
    """把读者看见的文字排好；排好的再排一次不变。"""
    for _ in range(8):  # 一条规则改过，另一条才看得见；两三遍就不动了
        better = _once(text)
        if better == text:
            break
        text = better
    return text


def _once(text: str) -> str:
    shielded = _shield(text)
    covered = iter([one for one, shown in zip(text, shielded, strict=True) if shown == SHIELD])
    for pattern, better in RULES:
        shielded = pattern.sub(better, shielded)
    lines = re.split(f"([{SOFT}{HARD}])", shielded)
    shielded = "".join(autocorrect_py.format(line) if WORTH.search(line) else line for line in lines)
    return re.sub(SHIELD, lambda _: next(covered), shielded)


def _shield(text: str) -> str:
    """盖住要一字不差的：引文与书名，形状与字典里的标点，型号里的短横。"""
    text = QUOTED.sub(lambda match: match[0][0] + SHIELD * (len(match[0]) - 2) + match[0][-1], text)
    text = BRACKETED.sub(lambda match: INNER.sub(lambda inner: SHIELD * len(inner[0]), match[0]), text)
    return re.sub(rf"-(?<=[{HAN}]-)(?=\d)", SHIELD, text)


@dataclass(frozen=True)
class Edit:
    """改一处：第 `at` 个字换成 `better`（空的就是删掉），或在它前面加一个空格。"""

    at: int
    better: str
    inserts: bool = False


def edits(old: str) -> list[Edit]:
    """要改的地方，从前到后。规则只加空格、删空格、一个字换一个字，所以对得上。"""
    found: list[Edit] = []
    at = 0
    for character in tidy(old):
        while at < len(old) and old[at] != character and old[at] in SPACES:
            found.append(Edit(at, ""))
            at += 1
        if at < len(old) and old[at] == character:
            at += 1
        elif character == " ":
            found.append(Edit(at, " ", inserts=True))
        else:
            found.append(Edit(at, character))
            at += 1
    return found + [Edit(rest, "") for rest in range(at, len(old))]
