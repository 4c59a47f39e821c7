"""行内 Markdown：小测的题目与选项里的代码、公式与强调。"""

from functools import lru_cache

import markdown


@lru_cache(maxsize=1)
def _converter() -> markdown.Markdown:
    return markdown.Markdown(
        extensions=["pymdownx.arithmatex", "pymdownx.betterem"],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
    )


@lru_cache(maxsize=4096)
def render(text: str) -> str:
    """把一段短文字变成 HTML；只有一段时不包 `<p>`。"""
    converter = _converter()
    converter.reset()
    html = str(converter.convert(text)).strip()
    if html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        return html[3:-4]
    return html
