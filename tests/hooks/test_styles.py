"""样式：用得到的一条不少，用不到的去掉；链接换成接好的那一份。"""

import pytest
from guide.publish import styles

CSS = """
@charset "utf-8";
/* 注释 */
:root{--used:#fff;--chain:var(--unread-once);--unused:url("data:image/svg+xml;x,{}");--unread-once:1px}
.a{color:var(--used)} .gone{color:red} .a,.gone{margin:0} .a:not(.gone){padding:0}
.a .gone>b{top:0} [data-x=slate] .a{left:0} pre>code{right:0} .\\31 x{bottom:0} :is(.gone,.a){float:left}
@media print{.gone{color:red}.a{color:blue!important}} @media screen{.gone{color:red}}
@font-face{font-family:F;src:url(f.woff2)} @keyframes spin{to{transform:none}}
"""


def test_only_what_can_match_is_kept() -> None:
    found = styles.purged(CSS, {"a"})
    for kept in (
        ":root{--used:#fff}",
        ".a{color:var(--used)}",
        ".a{margin:0}",
        ".a:not(.gone){padding:0}",
        "[data-x=slate] .a{left:0}",
        "pre>code{right:0}",
        ":is(.gone,.a){float:left}",
        "@media print{.a{color:blue!important}}",
        "@font-face",
        "@keyframes spin",
    ):
        assert kept in found, kept
    for gone in (".gone{", "top:0", "bottom:0", "--chain", "--unread-once", "--unused", "@media screen", "注释"):
        assert gone not in found, gone
    assert ".\\31 x{bottom:0}" in styles.purged(CSS, {"31 x"}) or "bottom" not in found


def test_classes_come_from_pages_and_scripts() -> None:
    assert styles.used_classes(['<p class="a b"><i class="c">'], ['x.className = "d-e"']) >= {"a", "b", "c", "d-e"}


def test_unreadable_css_is_an_error() -> None:
    with pytest.raises(ValueError, match="第 2 行的 CSS 读不懂"):
        styles.purged(".a{}\n}", {"a"})


def test_links_are_joined_in_place() -> None:
    html = """<head>
      <link rel="stylesheet" href="../assets/one.css">
      <link rel="stylesheet" href="../assets/two.css">
      <link rel="stylesheet" href="../assets/katex.css"></head>"""
    found = styles.relinked(html, ["assets/one.css", "assets/two.css"], "assets/all.css")
    assert found.count("../assets/all.css") == 1
    assert "one.css" not in found
    assert "two.css" not in found
    assert found.index("all.css") < found.index("katex.css")
    assert 'href="/assets/all.css"' in styles.relinked(
        '<link rel="stylesheet" href="/assets/one.css">', ["assets/one.css"], "assets/all.css"
    )
