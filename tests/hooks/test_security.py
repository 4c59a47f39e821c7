"""内容安全策略：指纹就是浏览器要的那一个，数据块不算，外链不交出来路。"""

import base64
import hashlib
import re
from html import unescape

from guide.publish import security

PAGE = """<head><meta charset="utf-8"><script src="a.js"></script>
<script>var a = "<b>";</script><script type="application/json">{"a": 1}</script>
<script>var a = "<b>";</script><script type="module">let b</script></head>
<body><a href="https://example.org/">外</a><a href="../b/">内</a><a rel="license" href="https://c.org">许可</a></body>"""


def directives(html: str) -> dict[str, str]:
    content = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert content
    return dict(part.split(" ", 1) for part in unescape(content[1]).split("; "))


def test_only_the_scripts_of_this_page_may_run() -> None:
    expected = {
        "'self'",
        *(
            f"'sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}'"
            for body in (b'var a = "<b>";', b"let b")
        ),
    }
    found = directives(security.secured(PAGE))
    assert set(found["script-src"].split()) == expected
    assert "unsafe" not in found["script-src"] + found["default-src"]
    assert found["object-src"] == "'none'"
    assert found["base-uri"] == "'self'"


def test_a_script_in_the_article_gets_no_fingerprint() -> None:
    html = PAGE.replace("<body>", "<body><article><svg><script>alert(1)</script></svg></article>")
    assert directives(security.secured(html)) == directives(security.secured(PAGE))


def test_policy_comes_before_every_script() -> None:
    html = security.secured(PAGE)
    assert html.index("Content-Security-Policy") < html.index("<script")
    assert html.count("Content-Security-Policy") == 1
    assert '<meta name="referrer" content="strict-origin-when-cross-origin">' in html


def test_only_links_to_other_sites_are_marked() -> None:
    html = security.secured(PAGE)
    assert '<a rel="noopener" href="https://example.org/">' in html
    assert '<a href="../b/">' in html
    assert '<a rel="license" href="https://c.org">' in html
