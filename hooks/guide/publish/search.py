"""搜索：把构建好的页面变成一份小索引，浏览器要搜时才下载它。

每一节（h2、h3）是一条，每页与每个术语另有一条；词在这里切好，浏览器里的 MiniSearch 只按空格拆开。
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise

import jieba

from guide.course.curriculum import Curriculum, Page
from guide.course.frontmatter import LessonPage, StagePage
from guide.words.terms import Term, anchor

MOST = 3
"""一个词在一节里最多记几次：再多也不会更相关，只会更大。"""
EXCERPT = 44
SKIPPED_CLASSES = {"headerlink", "katex-html", "snippet-proof", "snippet-label", "lesson-place", "lesson-requires"}
SKIPPED_TAGS = {"script", "style", "button", "annotation"}
VOID = {"br", "img", "hr", "input", "wbr", "link", "meta", "source", "col"}
STOP = frozenset(
    re.findall(
        r"\S+",
        "的 了 是 在 和 与 也 就 都 而 及 着 或 一个 没有 我们 你 它 他 这 那 这个 那个 有 不 吗 呢 吧 把 被 从 到 对 为 于 "
        "上 下 中 里 会 能 要 让 做 说 问 学 设 选 用 来 去 等 等于 可以 什么 怎么 怎样 如何 为什么 多少 哪些 哪个 几个 是否 意思 怎么办 请问 区别 到底 应该 一下 "
        "the a an of to in is for and or with on by be",
    )
)
"""到处都有、分不出页面的词；问句里的虚词也在内。"""
PYTHON = frozenset(
    re.findall(
        r"\S+",
        "def return import if elif else class self print none true false not as while lambda len range int float str list "
        "dict set tuple assert raise try except yield pass break continue",
    )
)
"""代码里到处都有的词。"""
LATIN = re.compile(r"[A-Za-z0-9_]+(?:[.@+#-][A-Za-z0-9_]+)*")
CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
CHINESE = re.compile(r"[\u3400-\u9fff]+")


@dataclass
class Section:
    """一节：标题、正文、代码。"""

    anchor: str
    heading: str
    text: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """把一页的 HTML 切成节，正文与代码分开。"""

    def __init__(self) -> None:
        super().__init__()
        self.sections = [Section("", "")]
        self.skipping = self.code = 0
        self.heading = ""
        self.open: list[tuple[str, bool, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        found = dict(attributes)
        classes = set((found.get("class") or "").split())
        skip, code = tag in SKIPPED_TAGS or bool(classes & SKIPPED_CLASSES), tag == "pre"
        self.skipping += skip
        self.code += code
        self.open.append((tag, skip, code))
        if tag in ("h2", "h3"):
            self.heading = tag
            self.sections.append(Section(found.get("id") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, skip, code = self.open.pop()
            self.skipping -= skip
            self.code -= code
            if name == self.heading:
                self.heading = ""
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.skipping:
            return
        section = self.sections[-1]
        if self.heading:
            section.heading += data
        else:
            (section.code if self.code else section.text).append(data)


def sections(html: str) -> list[Section]:
    """一页的各节；第一节是第一个小标题之前的。"""
    reader = _Reader()
    reader.feed(html)
    return reader.sections


@lru_cache(maxsize=1)
def _dictionary(terms: tuple[str, ...]) -> jieba.Tokenizer:
    """认得本站术语的分词器。"""
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    for term in terms:
        tokenizer.add_word(term)
    return tokenizer


def words(text: str, terms: tuple[str, ...] = ()) -> Iterator[str]:
    """一段文字的词：汉字按词典切（长词再切出短词），拉丁字母的名字整个一份、拆开一份。"""
    text = unicodedata.normalize("NFKC", text)
    dictionary = _dictionary(terms)
    for run in CHINESE.findall(text):
        yield from (word for word in dictionary.cut(run) if word not in STOP)
    for run in LATIN.findall(text):
        yield from names(run)


def names(run: str) -> Iterator[str]:
    """一个拉丁字母的名字：整个、按点与下划线拆开、按驼峰拆开。"""
    found = {run.lower()}
    for part in re.split(r"[.@+#_-]+", run):
        if part:
            found.add(part.lower())
            found |= {piece.lower() for piece in CAMEL.findall(part)}
    for word in sorted(found):
        if word not in STOP and (len(word) > 1 or word == run.lower()) and not re.fullmatch(r"_+|\d{5,}", word):
            yield word


def bag(texts: Iterable[str], terms: tuple[str, ...], *, short: bool = False) -> list[str]:
    """一袋词；`short` 时单个汉字也要。"""
    counted = Counter(word for text in texts for word in words(text, terms))
    kept = ((word, n) for word, n in counted.items() if short or len(word) > 1 or not CHINESE.match(word))
    return [word for word, n in kept for _ in range(min(n, MOST))]


def named(texts: Iterable[str], terms: tuple[str, ...]) -> set[str]:
    """代码里值得搜的名字：不要数字、关键字与一两个字母的变量。"""
    found = set(bag(texts, terms)) - PYTHON
    return {word for word in found if not word[0].isdigit() and (len(word) > 2 or not word.isascii())}


def index(course: Curriculum, content: Mapping[str, str], glossary: Iterable[Term], glossary_url: str) -> str:
    """整个索引，JSON。

    `words` 是所有的词，常见的在前；`pages` 每项 [地址, 标题, 在哪里, 分量]；`entries` 每项
    [第几页, 锚点, 标题, 摘录, 页面的词, 标题的词, 正文的词, 代码的词]，词写成递增的编号之差，差为零就是又一次。

    Args:
        course: 课程；草稿不在里面，就不会被搜到。
        content: 页面（src）→ 构建好的正文 HTML。
        glossary: 术语。
        glossary_url: 术语表那一页的地址。
    """
    glossary = list(glossary)
    terms = tuple(sorted({term.term for term in glossary}))
    pages: list[tuple[str, str, str, float]] = []
    entries: list[tuple[int, str, str, str, list[list[str]]]] = []
    numbers: dict[str, int] = {}
    for src, html in content.items():
        page = course.pages.get(src)
        if page is None:
            continue
        number = numbers[page.url] = len(pages)
        pages.append((page.url, page.title, place(page, course), weight(page)))
        entries.append((number, "", "", promise(page), [bag(front(page), terms, short=True), [], [], []]))
        for section in packed(html, terms):
            if page.url == glossary_url and section.anchor:
                continue  # 术语在下面一个一个地收
            entries.append((number, section.anchor, section.heading, section.excerpt, section.bags))
    if glossary_url in numbers:
        for term in glossary:
            said = bag([term.term, term.english, term.abbr or "", *term.avoid], terms, short=True)
            name = f"{term.term}（{term.abbr or term.english}）"
            bags = [[], said, bag([term.definition], terms), []]
            entries.append((numbers[glossary_url], anchor(term.term), name, term.definition, bags))
    common = Counter(word for entry in entries for one in entry[-1] for word in one)
    vocabulary = [word for word, _ in sorted(common.items(), key=lambda item: (-item[1], item[0]))]
    ids = {word: number for number, word in enumerate(vocabulary)}
    rows = [[*entry[:-1], *(_differences([ids[word] for word in one]) for one in entry[-1])] for entry in entries]
    found = {"words": " ".join(vocabulary), "stop": " ".join(sorted(STOP)), "pages": pages, "entries": rows}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Packed:
    """一节切好的词：标题的、正文的、代码的。"""

    anchor: str
    heading: str
    excerpt: str
    bags: list[list[str]]


@lru_cache(maxsize=4096)
def packed(html: str, terms: tuple[str, ...]) -> list[Packed]:
    """一页的各节，词都切好；空的一节不要。预览时，没有改的页面不再切。"""
    found = []
    for section in sections(html):
        text = bag(section.text, terms)
        code = sorted(named(section.code, terms) - set(text))
        heading = bag([section.heading], terms, short=True)
        if text or code or heading:
            found.append(Packed(section.anchor, section.heading, excerpt(section.text), [[], heading, text, code]))
    return found


def _differences(numbers: list[int]) -> list[int]:
    ordered = sorted(numbers)
    return [after - before for before, after in pairwise([0, *ordered])]


def front(page: Page) -> list[str]:
    """front matter 里让人找到这一页的话：最要紧。"""
    meta = page.meta
    said = [page.title, *meta.tags, *meta.seoKeywords, page.name.replace("-", " ")]
    if isinstance(meta, LessonPage):
        said.append(meta.goal)
    elif isinstance(meta, StagePage):
        said += meta.goals
    return [*said, meta.excerpt or ""]


def promise(page: Page) -> str:
    """搜索结果里页面下面的一句话。"""
    meta = page.meta
    if isinstance(meta, LessonPage):
        return meta.goal
    return "；".join(meta.goals[:2]) if isinstance(meta, StagePage) else meta.excerpt or ""


def place(page: Page, course: Curriculum) -> str:
    """这一页在哪里：第 3 阶段 · 第 3.2 课。"""
    if isinstance(page.meta, LessonPage):
        kind = "项目" if page.meta.kind == "project" else "课"
        return f"第 {page.meta.stage} 阶段 · {kind} {page.number}"
    return f"第 {page.number} 阶段" if isinstance(page.meta, StagePage) else ""


def weight(page: Page) -> float:
    """同样相关时谁在前：课最先，写给贡献者的最后。"""
    if isinstance(page.meta, LessonPage):
        return 1.3
    return 0.6 if page.folder in ("contributing", "reference") else 1


def excerpt(texts: Iterable[str]) -> str:
    """一节开头的几十个字。"""
    text = re.sub(r"\s+", " ", "".join(texts)).strip()
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
