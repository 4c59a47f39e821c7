"""比较：这次运行与记录是不是一回事。

文字与整数逐字比；小数允许差末位两个单位或 1%；图只比张数与图上的字。
"""

import re
from collections.abc import Sequence

from guide.code.recording import Recording
from guide.code.runner import CellRun, Run

DECIMAL = re.compile(r"\s*[-+]?\d+\.\d*(?:[eE][-+]?\d+)?")


def compare(recording: Recording, run: Run) -> str:
    """返回一份读得懂的差异；相同时是空串。"""
    reports = [_compare_cell(recording, run, cell) for cell in run.cells]
    ran = {cell.cell.title for cell in run.cells}
    gone = [f"记录里有单元 “{title}”，片段里没有" for title in recording.outputs if title not in ran]
    differences = [report for report in [*reports, *gone] if report]
    if not differences:
        return ""
    accept = f"如果这正是你要的改动：make record SNIPPET={run.snippet.name}"
    return "\n\n".join([*differences, accept])


def _compare_cell(recording: Recording, run: Run, cell: CellRun) -> str:
    title = cell.cell.title
    where = f"snippets/{run.snippet.path}:{cell.cell.header}: 单元 “{title}” "
    if title not in recording.outputs:
        return where + "还没有记录"
    recorded = recording.figures.get(title, ())
    if len(recorded) != len(cell.figures):
        return where + f"画了 {len(cell.figures)} 张图，记录里是 {len(recorded)} 张"
    before, now = recording.outputs[title], cell.text
    if cell.cell.varies:
        return where + "什么也没有打印" if before.strip() and not now.strip() else ""
    if difference := differing_line(before, now):
        line, was, became = difference
        return where + f"的输出第 {line} 行变了\n  - 记录：{was}\n  + 现在：{became}"
    for number, (figure, old) in enumerate(zip(cell.figures, recorded, strict=True), 1):
        if not same_text("\n".join(old.labels), "\n".join(figure.labels)):
            was, became = "、".join(old.labels), "、".join(figure.labels)
            return where + f"的第 {number} 张图上的字变了\n  - 记录：{was}\n  + 现在：{became}"
    return ""


def differing_line(before: str, now: str) -> tuple[int, str, str] | None:
    """找第一处不同：返回（行号, 记录里的, 现在的）；没有不同是 None。"""
    olds, news = before.splitlines(), now.splitlines()
    for index in range(max(len(olds), len(news))):
        old = olds[index] if index < len(olds) else "（没有这一行）"
        new = news[index] if index < len(news) else "（没有这一行）"
        if not same_text(old, new):
            return index + 1, old, new
    return None


def same_text(before: str, now: str) -> bool:
    """小数按容差比，其余逐字比；小数前的空格不算（符号会让列错开）。"""
    if before == now:
        return True
    if DECIMAL.sub("\0", before) != DECIMAL.sub("\0", now):
        return False
    return _all_close(DECIMAL.findall(before), DECIMAL.findall(now))


def _all_close(olds: Sequence[str], news: Sequence[str]) -> bool:
    return all(close(old.strip(), new.strip()) for old, new in zip(olds, news, strict=True))


def close(old: str, new: str) -> bool:
    """两个小数的差不超过末位两个单位，或 1%。"""
    mantissa, _, exponent = old.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - digits)
    a, b = float(old), float(new)
    return abs(a - b) <= max(2.000001 * unit, 0.01 * abs(a))
