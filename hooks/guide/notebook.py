"""笔记本：同一个片段，变成 .ipynb。"""

from typing import Any

import jupytext
import nbformat

from guide.snippet import Snippet


def notebook(snippet: Snippet) -> str:
    """片段变成笔记本：docstring 是开头的说明，单元标题是小标题。内容一样，结果就一样。"""
    made = jupytext.reads(snippet.source, fmt="py:percent")
    cells = []
    for index, cell in enumerate(made.cells):
        if index == 0 and cell.cell_type == "code" and cell.source.startswith(('"""', 'r"""')):
            cell = _markdown(_introduction(cell.source))
        elif title := cell.metadata.pop("title", None):
            cells.append(_markdown(f"## {title}"))
        cells.append(cell)
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    made.cells = cells
    made.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return str(nbformat.writes(made)) + "\n"  # type: ignore[no-untyped-call]


def _markdown(text: str) -> Any:
    return nbformat.v4.new_markdown_cell(text)  # type: ignore[no-untyped-call]


def _introduction(docstring: str) -> str:
    title, _, rest = docstring.strip().lstrip("r").strip('"').strip().partition("\n")
    return f"# {title.strip('。 ')}\n{rest}".rstrip()
