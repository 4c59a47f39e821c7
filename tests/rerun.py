"""再跑片段里的几个单元：改了变量或函数之后，看打印的话会不会跟着变。"""

import contextlib
import io

from guide.code.runner import Run


def rerun(run: Run, *titles: str) -> tuple[dict, list[str]]:
    """再跑几个单元，从整个片段跑完时的变量出发；返回跑完的变量与最后一个单元打印的行。"""
    space = dict(run.namespace)
    for title in titles:
        cell = next(c.cell for c in run.cells if c.cell.title == title)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(run.snippet.text(cell.start, cell.end), space)
    return space, printed.getvalue().splitlines()
