"""分享卡片：系统里有中文字体就每页画一张，没有就全站用一张，并说一声。"""

from pathlib import Path

from guide.publish import cards, seo
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files

log = get_plugin_logger("卡片")
CACHE = Path(".cache", "cards")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    drawn: dict[str, seo.Card] = {}
    config.extra["cards"] = drawn
    if config.extra["serving"]:
        return files  # 预览时没有人分享
    if not cards.font_file():
        log.info("没有找到中文字体，每一页都用同一张分享卡片；装上 fonts-noto-cjk 就会各画一张")
        return files
    site: Site = config.extra["site"]
    cache = Path(config.docs_dir).parent / CACHE
    for page in site.curriculum.path:
        address = f"assets/cards/{page.src.removesuffix('.md').replace('/', '-')}.png"
        text = cards.text_of(page, site.curriculum, config.extra["facts"])
        files.append(File.generated(config, address, content=cards.card(text, cache)))
        drawn[page.src] = seo.Card(address, f"{text.title}：{text.promise}")
    return files
