"""页面的安全：只许运行本站的脚本与页面里原有的那几段，外链不交出来路。"""

import base64
import hashlib
import re
from html import escape

INLINE = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
CHARSET = '<meta charset="utf-8">'
OUTWARD = re.compile(r'<a (?![^>]*\brel=)(?=[^>]*\bhref="https?://)')


def secured(html: str) -> str:
    """给构建好的一页加上内容安全策略、来路策略，外链加上 rel="noopener"。"""
    tags = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(html))}">'
    tags += '<meta name="referrer" content="strict-origin-when-cross-origin">'
    return OUTWARD.sub('<a rel="noopener" ', html).replace(CHARSET, CHARSET + tags, 1)


def policy(html: str) -> str:
    """一页的内容安全策略：脚本只许来自本站，或是主题写在正文之前、指纹相符的内联脚本。

    样式许可内联：公式（KaTeX）与示意图（SVG）把位置写在 style 里。
    """
    hashes = " ".join(dict.fromkeys(f"'sha256-{fingerprint(body)}'" for body in inline_scripts(html)))
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        ]
    )


def inline_scripts(html: str) -> list[str]:
    """主题写的、会运行的内联脚本；数据块（JSON）不算。正文里的不是我们写的，不给它指纹，浏览器就不运行。"""
    found = []
    for script in INLINE.finditer(html.partition("<article")[0]):
        kind = re.search(r'type="([^"]*)"', script["attributes"])
        if "src=" not in script["attributes"] and (not kind or kind[1] in ("", "module", "text/javascript")):
            found.append(script["body"])
    return found


def fingerprint(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
