"""检索：切块不丢字，BM25、FAISS、融合与尺子都等于参考，评测没有偷看。"""

import itertools
import json
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from guide.runner import Run

COMPANY = Path(__file__).parents[3] / "snippets" / "data" / "company"


def test_hand_computed_bm25(run: Run) -> None:
    """页面里手算的三个得分。"""
    idf_rare, idf_common = math.log(1 + 2.5 / 1.5), math.log(1 + 0.5 / 3.5)
    expected = [
        (idf_rare + idf_common) * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 3 / 4)),
        idf_common * 2 * 2.5 / (2 + 1.5),
        idf_common * 2.5 / (1 + 1.5 * (0.25 + 0.75 * 5 / 4)),
    ]
    np.testing.assert_allclose(run.namespace["small"].scores("年假 申请"), expected, rtol=1e-12)
    assert run.text("三份小文档").splitlines()[-1] == "得分： [1.256 0.191 0.12 ]"


def test_bm25_equals_a_second_implementation(run: Run) -> None:
    """全部块、全部问题、两种切词、几组常数：与照公式逐词计算的相等。"""
    ns = run.namespace
    for cut, (k1, b) in itertools.product([ns["bigrams"], ns["words"]], [(1.5, 0.75), (0.6, 0.2), (2.0, 1.0)]):
        texts = ns["texts"][::5]
        bm25 = ns["BM25"](texts, cut, k1, b)
        split = [cut(t) for t in texts]
        mean = sum(map(len, split)) / len(split)
        for q in ns["questions"]["test"][:8]:
            for row, document in enumerate(split):
                expected = 0.0
                for term in cut(q["question"]):
                    n = sum(term in d for d in split)
                    idf = math.log(1 + (len(split) - n + 0.5) / (n + 0.5)) if n else 0
                    tf = document.count(term)
                    expected += idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * len(document) / mean))
                assert bm25.scores(q["question"])[row] == pytest.approx(expected, abs=1e-9)


def test_heading_split_keeps_everything(run: Run) -> None:
    """每份文件的每个小标题都成一块，正文一字不少；只收公司自己写的。"""
    chunks = {(c["doc"], c["heading"]): c for c in run.namespace["chunks"]}
    total = 0
    for path in COMPANY.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        sections = dict(re.findall(r"^## ([^\n]+)\n(.*?)\s*(?=^## |\Z)", text, re.M | re.S))
        if "来源：外部邮件" in text:
            assert not any(doc == path.stem for doc, _ in chunks), "外部来信进了索引"
            continue
        for heading, body in sections.items():
            chunk = chunks[path.stem, heading]
            assert chunk["text"] == body
            assert f"# {chunk['title']}\n" in text and f"生效：{chunk['date']}\n" in text
            total += 1
    assert total == len(chunks) == 134


def test_fixed_length_split_covers_the_text(run: Run) -> None:
    """固定长度的块首尾相接就是原文，除了最后一块都正好 size 个字。"""
    ns = run.namespace
    for size in (10, 48, 96):
        pieces = ns["split_by_length"](ns["parking"], size)
        whole = "\n".join(f"{h}\n{t}" for h, t in ns["parking"][0]["sections"].items())
        assert "".join(p["text"] for p in pieces) == whole
        assert all(len(p["text"]) == size for p in pieces[:-1])


def test_faiss_equals_brute_force(run: Run) -> None:
    """60 个问题：FAISS 精确索引的名次与分数，等于 NumPy 逐个比较。"""
    ns = run.namespace
    queries = ns["embed"]([q["question"] for part in ns["questions"].values() for q in part])
    scores, rows = ns["index"].search(queries, 10)
    brute = queries @ ns["vectors"].T
    np.testing.assert_allclose(scores, -np.sort(-brute, axis=1)[:, :10], atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(brute, rows, axis=1), scores, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(ns["vectors"], axis=1), 1, atol=1e-5)


def test_vectors_carry_the_title(run: Run) -> None:
    """索引里的向量编码的是带标题的文字。"""
    ns = run.namespace
    chunk = ns["chunks"][7]
    expected = ns["embed"]([f"{chunk['title']}·{chunk['heading']}：{chunk['text']}"])[0]
    np.testing.assert_allclose(ns["vectors"][7], expected, atol=1e-5)


def test_fusion_equals_its_formula(run: Run) -> None:
    """第 r 名得 1/(k + r)，缺席得 0，两路相加；随机名次上与另一种写法相等。"""
    fuse = run.namespace["reciprocal_rank_fusion"]
    rng = np.random.default_rng(0)
    for k in (1, 10, 60):
        for _ in range(50):
            rankings = [list(map(int, rng.permutation(12)[: rng.integers(0, 9)])) for _ in range(3)]
            rows = {row for ranking in rankings for row in ranking}
            score = {x: math.fsum(1 / (k + r.index(x) + 1) for r in rankings if x in r) for x in rows}
            got = fuse(rankings, k)
            assert set(got) == rows and len(got) == len(rows)
            assert all(score[a] >= score[b] - 1e-12 for a, b in itertools.pairwise(got))


def test_both_ways_enter_the_fusion(run: Run) -> None:
    """by_both 恰好是两路各前 10 名的融合。"""
    ns = run.namespace
    for q in ns["questions"]["tune"][:10]:
        ways = [list(ns["by_keyword"](q["question"])[:10]), list(ns["by_vector"](q["question"])[:10])]
        assert ns["by_both"](q["question"]) == ns["reciprocal_rank_fusion"](ways)


def test_keyword_ranking_lists_only_matches(run: Run) -> None:
    """一个词也没对上的块不参加融合。"""
    ns = run.namespace
    for q in ns["questions"]["test"]:
        ranking = ns["by_keyword"](q["question"])
        scores = ns["bm25"].scores(q["question"])
        assert len(ranking) == (scores > 0).sum()
        assert (np.diff(scores[ranking]) <= 0).all()


def test_measures_on_known_ranks(run: Run) -> None:
    """名次 1、2、4、找不到：召回率@1、@3、@5 是 1/4、2/4、3/4，MRR 是 1.75/4。"""
    ns = run.namespace
    places = [1, 2, 4, math.inf]
    assert [ns["recall_at"](places, k) for k in (1, 3, 5)] == [0.25, 0.5, 0.75]
    assert ns["mrr"](places) == pytest.approx(1.75 / 4)


def test_first_hit_needs_document_and_answer(run: Run) -> None:
    """文档对而没有答案、有答案而文档不对，都不算。"""
    ns = run.namespace
    chunks = [{"doc": "a", "text": "没有"}, {"doc": "b", "text": "15 元"}, {"doc": "a", "text": "共 15 元"}]
    q = {"doc": "a", "key": "15 元"}
    assert ns["first_hit"]([0, 1, 2], chunks, q) == 3
    assert ns["first_hit"]([0, 1], chunks, q) == math.inf


def test_questions_are_consistent() -> None:
    """60 题对半分、不重复；答案真的写在标注的小标题下；没答案的题不带标注。"""
    questions = json.loads((COMPANY / "questions.json").read_text(encoding="utf-8"))
    assert {part: len(qs) for part, qs in questions.items()} == {"tune": 30, "test": 30}
    texts = [q["question"] for qs in questions.values() for q in qs]
    assert len(set(texts)) == 60
    for qs in questions.values():
        assert sum(q["doc"] is None for q in qs) == 6
        for q in qs:
            if q["doc"]:
                text = (COMPANY / f"{q['doc']}.md").read_text(encoding="utf-8")
                section = text.split(f"\n## {q['heading']}\n")[1].split("\n## ")[0]
                assert q["key"] in section, q
            else:
                assert q["heading"] is q["key"] is None and q["kind"] == "无"
    assert len(list(COMPANY.glob("*.md"))) == 40
    assert sum(f.stat().st_size for f in COMPANY.iterdir()) < 80_000


def test_threshold_is_the_best_cut_on_the_tuning_half(run: Run) -> None:
    """阈值在调参题上最好，只用调参题；换任何一刀都不更好。"""
    ns = run.namespace
    known, unknown = ns["top_similarity"]("tune")
    assert (len(known), len(unknown)) == (24, 6)

    def balanced(cut: float) -> float:
        return float(np.mean(np.array(known) >= cut) + np.mean(np.array(unknown) < cut))

    assert balanced(ns["THRESHOLD"]) == pytest.approx(max(balanced(c) for c in np.linspace(0, 1, 2001)))
    assert ns["choose_threshold"](known, unknown) == ns["THRESHOLD"]
    assert ns["choose_threshold"]([0.5, 0.6, 0.7, 0.8], [0.1, 0.55]) == pytest.approx(0.575)


def test_top_similarity_is_the_maximum(run: Run) -> None:
    """每题的分数是最相似一块的余弦。"""
    ns = run.namespace
    cosine = ns["embed"]([q["question"] for q in ns["questions"]["test"]]) @ ns["vectors"].T
    known, unknown = ns["top_similarity"]("test")
    np.testing.assert_allclose(sorted(known + unknown), np.sort(cosine.max(axis=1)), atol=1e-5)


def test_retrieval_is_good_enough(run: Run) -> None:
    """页面读出来的几条结论。"""
    ns = run.namespace
    places, recall, mrr = ns["places"], ns["recall_at"], ns["mrr"]
    for part in ("tune", "test"):
        for name in ("句向量", "两路融合"):
            assert recall(places[part][name], 3) >= 0.9
    tune, test = places["tune"], places["test"]
    assert mrr(tune["句向量"]) > mrr(tune["两路融合"]), "调参题上融合不赢句向量"
    assert mrr(test["两路融合"]) > max(mrr(test["句向量"]), mrr(test["BM25"])), "评测题上融合赢"


def test_gap_is_within_luck(run: Run) -> None:
    """两半合起来，融合与句向量之差的 95% 区间含着 0。"""
    low, high = re.findall(r"[+-]\d\.\d+", run.text("差距是不是运气").splitlines()[1])[1:]
    assert float(low) < 0 < float(high)


def test_titles_help_the_vectors(run: Run) -> None:
    """块前面加上标题，前三块的召回率明显提高。"""
    ns = run.namespace
    with_title = ns["vector_places"](ns["chunks"], ns["full_text"])
    without = ns["vector_places"](ns["chunks"], lambda c: c["text"])
    assert ns["recall_at"](with_title, 3) >= ns["recall_at"](without, 3) + 0.1
    assert with_title == ns["places"]["tune"]["句向量"]


def test_cutting_words(run: Run) -> None:
    """字二元组与 jieba 的切法，标点去掉，大小写不分。"""
    ns = run.namespace
    assert ns["bigrams"]("QT-31，年假。") == ["qt", "t3", "31", "1年", "年假"]
    assert ns["words"]("VPN 报 691？") == ["vpn", "报", "691"]
    assert Counter(ns["words"]("“小桐”，")).total() == 1
