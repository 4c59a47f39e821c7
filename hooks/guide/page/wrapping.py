"""Markdown 扩展：中文折行处不留空格。浏览器会把一个换行画成空格，而中文的字与字之间不该有。"""

from re import Match

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor

WIDE = r"[\u3000-\u9fff\uff00-\uffef“”‘’…—]"


class _Join(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # 类型桩只知道旧的签名
        self, m: Match[str], data: str
    ) -> tuple[str, int, int]:
        return "", m.start(), m.end()


class JoinWrapped(Extension):
    """两个全角字符之间的换行去掉；docstring 因此可以折行写。"""

    def extendMarkdown(self, md: Markdown) -> None:
        md.inlinePatterns.register(_Join(rf"(?<={WIDE})\n(?={WIDE})"), "join_wrapped", 200)
