"""搬了家的页面：旧地址上放一页转过去的 HTML。"""

from pathlib import Path

from guide.course import redirects
from guide.publish import seo
from guide.site import Site
from mkdocs.config.defaults import MkDocsConfig


def on_post_build(config: MkDocsConfig) -> None:
    site: Site = config.extra["site"]
    facts: seo.Site = config.extra["facts"]
    for old, new in site.redirects.items():
        folder = Path(config.site_dir, old.removesuffix("index.md").removesuffix(".md"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(redirects.stub(facts.url(site.pages[new].url)), encoding="utf-8")
