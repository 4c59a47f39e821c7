"""构建好的网站：链接、元数据、没有外来的请求、文章的每一点都在。"""

import re
import subprocess
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from lxml import etree

from .conftest import BASE, ROOT, BuiltSite

STAGES = ("foundations/", "deep-learning-nlp/", "transformer-llm/", "applications/", "advanced/")


def test_every_internal_link_and_anchor_resolves(site: BuiltSite) -> None:
    anchors = {url: {tag["id"] for tag in page.soup.select("[id]")} for url, page in site.pages.items()}
    broken = []
    for url, page in site.pages.items():
        for link in page.soup.select("a[href], link[href], img[src], script[src]"):
            target = urlsplit(urljoin(BASE + url, link.get("href") or link.get("src")))
            if target.scheme not in ("http", "https") or not target.geturl().startswith(BASE):
                continue
            path = unquote(target.path).lstrip("/")
            if path in site.pages:
                if target.fragment and unquote(target.fragment) not in anchors[path] | {"__top"}:
                    broken.append(f"{url} → {path}#{unquote(target.fragment)}")
            elif not (site.folder / path).is_file():
                broken.append(f"{url} → {path}")
    assert not broken, "\n".join(sorted(set(broken)))


def test_no_page_requests_anything_from_another_host(site: BuiltSite) -> None:
    foreign = []
    for url, page in site.pages.items():
        for tag in page.soup.select(
            "script[src], link[rel=stylesheet], link[rel=icon], link[rel=preload], link[rel=preconnect], img[src], iframe, source, video, audio, object, embed"
        ):
            address = tag.get("src") or tag.get("href") or tag.get("srcset") or tag.get("data") or ""
            if urlsplit(address).netloc:
                foreign.append(f"{url}: {address}")
    for file in site.folder.rglob("*.css"):
        text = file.read_text(encoding="utf-8")
        foreign += [
            f"{file.name}: {found}"
            for found in re.findall(r"(?:url\(|@import )\s*['\"]?((?:https?:)?//[^)'\"]+)", text)
        ]
    assert not foreign


def test_every_page_has_a_policy_and_no_event_handlers(site: BuiltSite) -> None:
    pages = {**{url: page.text for url, page in site.pages.items()}, "404": site.read("404.html")}
    for url, html in pages.items():
        soup = BeautifulSoup(html, "lxml")
        policy = soup.select_one("meta[http-equiv='Content-Security-Policy']")
        assert policy and "'unsafe-eval'" not in policy["content"], url
        assert "'unsafe-inline'" not in str(policy["content"]).split("script-src")[1].split(";")[0], url
        handlers = [name for tag in soup.find_all() for name in tag.attrs if name.startswith("on")]
        scripts = [tag for tag in soup.select("a[href]") if tag["href"].startswith("javascript:")]
        assert handlers + scripts == [], url


def test_titles_and_descriptions_are_unique_and_of_the_right_length(site: BuiltSite) -> None:
    titles = Counter(page.soup.title.get_text() for page in site.pages.values())
    descriptions = Counter(page.meta("description") for page in site.pages.values())
    assert [text for text, times in (titles + descriptions).items() if times > 1] == []
    lengths = {page.url: len(page.meta("description")) for page in site.pages.values()}
    assert {url: n for url, n in lengths.items() if not 40 <= n <= 120} == {}


def test_metadata_of_every_page(site: BuiltSite) -> None:
    for url, page in site.pages.items():
        assert page.soup.html["lang"] == "zh-CN", url
        assert len(page.soup.select("h1")) == 1, url
        canonical = page.soup.select_one("link[rel=canonical]")["href"]
        assert unquote(canonical) == BASE + url
        assert page.meta("og:url") == canonical
        assert page.meta("og:title") == page.soup.title.get_text()
        card = (site.folder / page.meta("og:image").removeprefix(BASE)).read_bytes()
        assert card[:4] == b"\x89PNG"
        assert (int.from_bytes(card[16:20]), int.from_bytes(card[20:24])) == (1200, 630)
        assert len(card) <= 60_000
        assert page.meta("twitter:card") == "summary_large_image"


def test_structured_data(site: BuiltSite) -> None:
    ids = {node["@id"] for page in site.pages.values() for node in page.graph if "@id" in node}
    kinds: Counter[str] = Counter()
    for url, page in site.pages.items():
        for node in page.graph:
            kinds.update([node["@type"]] if isinstance(node["@type"], str) else node["@type"])
            for part in [node.get("isPartOf"), *node.get("hasPart", [])]:
                if part and set(part) == {"@id"}:
                    assert part["@id"] in ids, url
            if "timeRequired" in node:
                assert re.fullmatch(r"PT\d+M", node["timeRequired"])
            if "dateModified" in node:
                assert node["dateModified"] >= node["datePublished"]
            if node["@type"] == "BreadcrumbList":
                last = node["itemListElement"][-1]
                assert last["name"] == page.soup.h1.get_text()
                assert unquote(last["item"]) == BASE + url
    assert kinds["WebSite"] == 1
    assert kinds["Course"] == 5
    assert kinds["LearningResource"] >= 3


def test_sitemap_is_every_page_and_nothing_else(site: BuiltSite) -> None:
    tree = etree.fromstring(site.read("sitemap.xml").encode())
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    locations = [unquote(node.text) for node in tree.findall("s:url/s:loc", space)]
    assert sorted(locations) == sorted(BASE + url for url in site.pages)
    for changed in tree.findall("s:url/s:lastmod", space):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", changed.text)


def test_every_picture_says_what_it_shows(site: BuiltSite) -> None:
    for url, page in site.pages.items():
        for image in page.soup.select("article img"):
            assert image.get("alt"), f"{url}: {image.get('src')}"
            assert int(image["width"]) > 0, url
            assert int(image["height"]) > 0, url
        for diagram in page.soup.select("figure.diagram"):
            assert diagram["aria-label"] != "示意图", f"{url}: 示意图没有 accTitle"


def test_no_formula_is_left_unrendered(site: BuiltSite) -> None:
    for url, page in site.pages.items():
        assert not page.soup.select(".arithmatex, .katex-error"), url
        soup = BeautifulSoup(page.text, "lxml")  # 自己的一份：page.soup 别的测试还要用
        for code in soup.select("code, pre, script, style, .katex"):
            code.extract()
        left = re.search(r"\$[^$\n]{1,80}\$|\*\*\S", soup.article.get_text())
        assert not left, f"{url}: {left and left[0]}"


# 文章的每一片叶子：在哪一页（阶段连同它的课）、以什么字样出现
LEAVES = {
    "": ["初级，0–3 个月", "中级，3–8 个月", "高级，8–18 个月", "零基础", "会 Python", "懂机器学习", "已在做应用"],
    "foundations/": [
        "向量", "矩阵", "特征值", "特征向量", "SVD", "PCA", "向量空间", "线性变换", "概率分布", "贝叶斯", "最大似然", "信息论",
        "偏导数", "梯度", "链式法则", "优化", "拉格朗日", "Lay", "NumPy", "SciPy", "pandas|Pandas", "Matplotlib|matplotlib", "Seaborn|seaborn", "Plotly|plotly",
        "装饰器", "生成器", "上下文管理器", "Git", "GitHub", "监督学习", "无监督学习", "分类", "回归", "聚类", "降维", "交叉验证",
        "过拟合", "欠拟合", "正则化", "超参数", "情感分析", "协同过滤", "新闻", "Khan|可汗",
    ],
    "deep-learning-nlp/": [
        "感知机", "多层感知机", "卷积", "CNN", "RNN", "LSTM", "GRU", "注意力", "PyTorch", "一个隐藏层", "分词", "词性标注", "命名实体识别",
        "句法分析", "词袋", "TF-IDF", "Word2Vec|word2vec", "GloVe", "FastText|fastText", "词向量", "相似度", "序列标注",
    ],
    "transformer-llm/": [
        "多头注意力", "自注意力", "Query|查询", "位置编码", "绝对位置", "相对位置", "前馈", "层归一化", "GPT-1", "GPT-2", "GPT-3", "GPT-4", "BERT",
        "RoBERTa", "T5", "Hugging Face", "全参数微调|全量微调", "LoRA", "Adapter", "Prefix", "P-Tuning v2", "指令微调",
    ],
    "applications/": ["问答", "检索", "LangChain", "提示", "代码", "解释", "量化", "推理", "部署", "KV"],
    "advanced/": ["多模态", "视觉", "图像描述|看图说话|图说", "视觉问答", "BLIP", "RLHF", "奖励模型", "PPO", "KL"],
    "resources/": [
        "Goodfellow", "Jurafsky", "Attention Is All You Need", "Language Models are Few-Shot Learners", "CS224N", "CS231", "fast.ai|Fast.ai",
        "Hugging Face", "Colab", "Kaggle", "Papers with Code|Papers With Code", "GitHub", "Reddit", "Twitter", "知乎", "CSDN",
    ],
    "career/": [
        "AI 工程师", "算法工程师", "数据科学家", "研究科学家", "技术深度", "工程能力", "研究能力", "沟通能力", "20–40|20-40", "40–80|40-80",
        "80–150|80-150", "150", "2024",
    ],
    "study-advice/": ["理论", "实践", "循序渐进", "项目", "持续", "急于求成", "最新|追新", "纸上谈兵", "孤军奋战|独自", "社区", "规划"],
}  # fmt: skip


@pytest.mark.parametrize("url", LEAVES)
def test_every_leaf_of_the_article_is_there(site: BuiltSite, url: str) -> None:
    pages = [
        page for address, page in site.pages.items() if address == url or (url in STAGES and address.startswith(url))
    ]
    text = " ".join(" ".join(page.soup.article.get_text() for page in pages).split())
    missing = [leaf for leaf in LEAVES[url] if not re.search(leaf, text)]
    assert not missing


def test_stage_pages_have_a_self_check(site: BuiltSite) -> None:
    for url in STAGES:
        questions = site.pages[url].soup.select("details.question")
        assert 8 <= len(questions) <= 12, f"{url}: {len(questions)} 题"


def test_lessons_have_exercises_quizzes_and_figures(site: BuiltSite) -> None:
    lessons = {url: page.soup for url, page in site.pages.items() if page.soup.select_one(".lesson-header")}
    assert len(lessons) >= 18
    for url, page in lessons.items():
        assert len(page.select(".exercise")) >= 2, url
        assert len(page.select("form.quiz")) >= 3, url
        assert len(page.select("article img, article .diagram")) >= 1, url


def test_glossary_has_at_least_eighty_terms(site: BuiltSite) -> None:
    terms = yaml.safe_load((ROOT / "terms.yml").read_text(encoding="utf-8"))
    assert len(terms) >= 80
    assert len(site.pages["reference/glossary/"].soup.select("dl.glossary dt")) == len(terms)


def test_every_lesson_carries_its_code_as_script_and_notebook(site: BuiltSite) -> None:
    for path in Path(ROOT / "snippets").glob("*/*.py"):
        name = path.relative_to(ROOT / "snippets").as_posix()
        assert site.read(f"downloads/{name}") == path.read_text(encoding="utf-8")
        assert (site.folder / f"downloads/{name.removesuffix('py')}ipynb").is_file()


def test_no_tracked_file_names_a_package_registry_or_this_machine() -> None:
    hosts = [
        "pypi" + ".org",
        "files.python" + "hosted.org",
        "registry.npm" + "js.org",
        "pypi.tuna" + ".tsinghua",
        "/work/" + "main",
    ]
    pattern = "|".join(re.escape(host) for host in hosts)
    ran = subprocess.run(["git", "grep", "-nIE", pattern, "--", "."], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == ""


def test_the_404_page_helps_in_chinese(site: BuiltSite) -> None:
    page = BeautifulSoup(site.read("404.html"), "lxml")
    assert page.h1.get_text() == "找不到这一页"
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    for link in page.select("article a"):
        path = urlsplit(urljoin(BASE, link["href"])).path.lstrip("/")
        assert path in site.pages, link["href"]
