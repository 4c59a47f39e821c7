"""公式的字体：构建之后按站上用到的字裁小；预览时不动。"""

from pathlib import Path

from guide.publish import fonts
from mkdocs.config.defaults import MkDocsConfig


def on_post_build(config: MkDocsConfig) -> None:
    if config.extra["serving"]:
        return
    site = Path(config.site_dir)
    used = fonts.used(file.read_text(encoding="utf-8") for file in site.rglob("*.html"))
    for file in sorted((site / "assets/katex/fonts").glob("*.woff2")):
        file.write_bytes(fonts.subset(file.read_bytes(), used))
