"""给机器读的：副本、订阅源、搬家、搜索的索引、验证码；草稿哪里都没有。"""

import json

import pytest
from bs4 import BeautifulSoup
from guide.course import redirects
from guide.publish import search
from lxml import etree
from small_site import SmallSite

ATOM = {"a": "http://www.w3.org/2005/Atom"}
BODY = """## 小节

看[求和](b.md#小节)与[外面](https://example.org/a.md)。

```snippet
file: foundations/a.py
show: 求和
```

```text
[围栏里](a.md)
```
"""


def test_twin_is_plain_markdown_with_whole_addresses(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, BODY, title="第二课", requires="[a]")
    assert small_site.mkdocs("build", "--strict", site_url="https://docs.example/").code == 0
    text = small_site.html("foundations/b/index.md")
    assert text.startswith("# 1.2 第二课\n\n> 原文：https://docs.example/foundations/b/\n> 目标：做出一样东西")
    assert "> 先修：[1.1 求和](https://docs.example/foundations/a/index.md)" in text
    assert "看[求和](https://docs.example/foundations/b/#小节)与[外面](https://example.org/a.md)。" in text
    assert "[围栏里](a.md)" in text
    assert '```python\nvalues = [1, 2, 3]\nprint("和：", sum(values))\n```\n\n输出：\n\n```text\n和： 6\n```' in text
    assert "snippet" not in text
    page = BeautifulSoup(small_site.html("foundations/b/index.html"), "lxml")
    assert page.select_one("link[type='text/markdown']")["href"] == "index.md"
    assert text.strip() in small_site.html("llms-full.txt")


def test_feeds_are_atom_and_newest_first(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, title="'\"new\" <课> & 旧'", publishedAt="2026-11-20")
    small_site.lesson("foundations/c.md", 1, 3, title="更新的课", publishedAt="2026-11-21", updatedAt="2026-11-27")
    assert small_site.mkdocs("build", "--strict", site_url="https://docs.example/").code == 0
    for file in ("feed.xml", "lessons.xml"):
        feed = etree.fromstring(small_site.html(file).encode())
        titles = [node.text for node in feed.findall("a:entry/a:title", ATOM)]
        assert titles[:2] == ["1.3 更新的课", '1.2 "new" <课> & 旧']
        assert (
            feed.find("a:updated", ATOM).text == ("2026-11-27" if file == "feed.xml" else "2026-11-21") + "T00:00:00Z"
        )
        ids = [node.text for node in feed.findall("a:entry/a:id", ATOM)]
        assert len(ids) == len(set(ids))
        assert feed.find("a:link[@rel='self']", ATOM).get("href") == f"https://docs.example/{file}"


def test_redirects_lead_to_the_new_page(small_site: SmallSite) -> None:
    small_site.write("redirects.yml", "foundations/old.md: foundations/a.md\nolder/index.md: foundations/index.md\n")
    assert small_site.mkdocs("build", "--strict", site_url="https://docs.example/").code == 0
    for old, new in (("foundations/old/", "foundations/a/"), ("older/", "foundations/")):
        stub = BeautifulSoup(small_site.html(f"{old}index.html"), "lxml")
        assert stub.select_one("link[rel=canonical]")["href"] == f"https://docs.example/{new}"
        assert stub.select_one("meta[http-equiv=refresh]")["content"] == f"0; url=https://docs.example/{new}"
        assert stub.select_one("meta[name=robots]")["content"] == "noindex"
    assert "old/" not in small_site.html("sitemap.xml")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [", 1, "YAML 读不懂"),
        ("- a.md", 1, "应为“旧页面.md: 新页面.md”"),
        ("x.md: a.md\n/y.md: a.md", 2, "应为相对 docs/ 的 .md 路径"),
        ("../y.md: a.md", 1, "应为相对 docs/ 的 .md 路径"),
        ("b.md: a.md", 1, "“b.md” 还在，不能转走"),
        ("x.md: a.md\nx.md: b.md", 2, "键 x.md 与第 1 行重复"),
        ("x.md: aa.md", 1, "新页面 “aa.md” 不存在"),
    ],
)
def test_a_wrong_redirect_says_what_is_wrong(text: str, line: int, message: str) -> None:
    _, (problem,) = redirects.read(text, {"a.md", "b.md"})
    assert (problem.path, problem.line) == ("redirects.yml", line)
    assert message in problem.message


def test_no_redirects_are_fine() -> None:
    assert redirects.read("# 还没有\n", {"a.md"}) == ({}, [])


def test_verification_codes_come_from_the_environment(small_site: SmallSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAIDU_SITE_VERIFICATION", "codeva-1")
    assert small_site.build().code == 0
    home, lesson = (BeautifulSoup(small_site.html(f), "lxml") for f in ("index.html", "foundations/a/index.html"))
    assert home.select_one("meta[name='baidu-site-verification']")["content"] == "codeva-1"
    assert home.select_one("meta[name='msvalidate.01']") is None
    assert lesson.select_one("meta[name='baidu-site-verification']") is None


def test_excluded_pages_are_not_searched(small_site: SmallSite) -> None:
    small_site.lesson("foundations/b.md", 1, 2, "独一无二的词。\n", title="藏起来", search="{exclude: true}")
    assert small_site.build().code == 0
    data = json.loads(small_site.html("search/index.json"))
    assert "foundations/a/" in {page[0] for page in data["pages"]}
    assert "foundations/b/" not in {page[0] for page in data["pages"]}


def test_sections_of_a_page() -> None:
    """小标题分节；代码与正文分开；标题链接、公式的第二份与脚本不要。"""
    html = """<p>开头</p><h2 id="x">标题<a class="headerlink">¶</a></h2><p>正文 <code>q_proj</code></p>
    <pre><code>def forward(): pass</code></pre><span class="katex"><span class="katex-mathml"><math><mi>d</mi>
    <annotation>\\TeX</annotation></math></span><span class="katex-html">看得见</span></span><br><script>x</script>
    <h3 id="y">下一节</h3><p>尾"""
    first, second, third = search.sections(html)
    assert (first.anchor, "".join(first.text)) == ("", "开头")
    assert (second.anchor, second.heading) == ("x", "标题")
    assert "".join(second.code) == "def forward(): pass"
    assert "q_proj" in "".join(second.text)
    for gone in ("¶", "TeX", "看得见", "x"):
        assert gone not in "".join(second.text).replace("q_proj", "").split(), gone
    assert (third.anchor, third.heading, "".join(third.text)) == ("y", "下一节", "尾")


def test_words_and_names() -> None:
    """术语不切开；名字整个一份、拆开一份；虚词与太长的数不要。"""
    terms = ("旋转位置编码",)
    assert list(search.words("什么是旋转位置编码", terms)) == ["旋转位置编码"]
    assert set(search.words("scaled_dot_product_attention")) == {
        "scaled_dot_product_attention", "scaled", "dot", "product", "attention",
    }  # fmt: skip
    assert {"automodelforcausallm", "auto", "model", "causal", "lm"} <= set(search.words("AutoModelForCausalLM"))
    assert set(search.words("ｐａｓｓ@ｋ")) == {"pass@k", "pass"}
    assert list(search.words("1234567 的 the")) == []
