"""样式：构建时把几份接成一份，只留用到的规则；主题里没有用到的脚本与样式不发布。预览时不动。"""

import hashlib
import shutil
from pathlib import Path

from guide.publish import styles
from mkdocs.config.defaults import MkDocsConfig

UNUSED = ("assets/javascripts", "assets/stylesheets", "assets/site.css", "assets/_mkdocstrings.css")
KATEX = "assets/katex/katex.min.css"


def on_post_build(config: MkDocsConfig) -> None:
    if config.extra["serving"]:
        return
    site = Path(config.site_dir)
    pages = {file: file.read_text(encoding="utf-8") for file in site.rglob("*.html")}
    scripts = [
        file.read_text(encoding="utf-8") for file in (site / "assets").rglob("*.js") if UNUSED[0] not in str(file)
    ]
    classes = styles.used_classes(pages.values(), scripts)
    main, palette = (next((site / "assets/stylesheets").glob(f"{name}.*.css")) for name in ("main", "palette"))
    joined = [main, palette, site / "assets/_mkdocstrings.css", site / "assets/site.css"]
    css = styles.purged("".join(file.read_text(encoding="utf-8") for file in joined if file.exists()), classes)
    address = f"assets/style.{hashlib.sha256(css.encode()).hexdigest()[:8]}.css"
    (site / address).write_text(css, encoding="utf-8")
    katex = site / KATEX
    if katex.exists():
        katex.write_text(styles.purged(katex.read_text(encoding="utf-8"), classes), encoding="utf-8")
    names = [file.relative_to(site).as_posix() for file in joined]
    for file, html in pages.items():
        file.write_text(styles.relinked(html, names, address), encoding="utf-8")
    for name in UNUSED:
        shutil.rmtree(site / name, ignore_errors=True) if (site / name).is_dir() else (site / name).unlink(
            missing_ok=True
        )
