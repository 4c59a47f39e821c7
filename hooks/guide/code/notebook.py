"""笔记本：同一个片段，变成 .ipynb。"""

import ast
from functools import lru_cache
from typing import Any

from nbformat import v4
from nbformat.v4 import nbjson

from guide.code.snippet import Snippet


@lru_cache(maxsize=4096)
def notebook(snippet: Snippet) -> str:
    """片段变成笔记本：docstring 是开头的说明，单元标题是小标题。内容一样，结果就一样。"""
    title, _, rest = (ast.get_docstring(ast.parse(snippet.source)) or snippet.name).partition("\n")
    cells = [("markdown", f"# {title.strip('。 ')}\n{rest}".rstrip())]
    for cell in snippet.cells:
        cells += [("markdown", f"## {cell.title}"), ("code", snippet.text(cell.start, cell.end))]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    made = v4.new_notebook(cells=[_cell(n, *cell) for n, cell in enumerate(cells)], metadata=kernel)  # type: ignore[no-untyped-call]
    return str(nbjson.writes(made)) + "\n"  # type: ignore[no-untyped-call]


def _cell(number: int, kind: str, text: str) -> Any:
    make = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    return make(text, id=f"cell-{number}")  # type: ignore[no-untyped-call]
