"""正文里的图片：宽与高。"""

from io import BytesIO

from guide.page import images
from PIL import Image
from small_site import SmallSite


def png(width: int, height: int) -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, height)).save(made, "png")
    return made.getvalue()


def test_sizes() -> None:
    assert images.size(png(30, 20)) == (30, 20)
    assert images.size(b'<?xml version="1.0"?><svg xmlns="x" viewBox="0 0 12.4 7"></svg>') == (12, 7)
    assert images.size(b"<svg></svg>") is None
    assert images.size(b"nothing") is None


def test_only_what_is_ours_and_has_no_size_is_changed() -> None:
    html = '<img alt="a" src="a.png" /><img src="b.png" width="3" height="4"><img src="https://x.example/c.png">'
    done = images.sized(html, {"a.png": png(5, 6), "b.png": png(9, 9)}.get)
    assert '<img alt="a" src="a.png" width="5" height="6" loading="lazy" decoding="async" />' in done
    assert '<img src="b.png" width="3" height="4"><img src="https://x.example/c.png">' in done


def test_a_picture_on_a_page(small_site: SmallSite) -> None:
    small_site.write("docs/assets/images/two.png", png(64, 48))
    small_site.page("reference/extra.md", "title: 另一页", "![两块颜色](../assets/images/two.png)\n")
    assert small_site.build().problems == []
    assert 'src="../../assets/images/two.png" width="64" height="48"' in small_site.html("reference/extra/index.html")
