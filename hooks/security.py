"""内容安全策略：最后一个钩子，构建时算好每一页内联脚本的指纹；预览时不加，热刷新要用内联脚本。"""

from guide.publish import security
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    return output if config.extra["serving"] else security.secured(output)


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    html = template_name.endswith(".html") and not config.extra["serving"]
    return security.secured(output_content) if html else output_content
