"""检索：切块不丢字，BM25、FAISS、融合与尺子都等于参考，评测没有偷看。"""

import itertools
import json
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from guide.code.runner import Run

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
    assert fuse([[4, 2], [2, 4]]) == [4, 2] and fuse([[2, 4], [4, 2]]) == [2, 4], "同分听前面那一路的，不看块号"


def test_both_ways_enter_the_fusion(run: Run) -> None:
    """by_both 恰好是两路各前 10 名的融合，句向量在前，同分时听它的。"""
    ns = run.namespace
    for q in ns["questions"]["tune"][:10]:
        ways = [list(ns["by_vector"](q["question"])[:10]), list(ns["by_keyword"](q["question"])[:10])]
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
    """三组题不重复；钥匙只出现在标注的那一块里，一次；没答案的题不带标注。"""
    questions = json.loads((COMPANY / "questions.json").read_text(encoding="utf-8"))
    assert {part: len(qs) for part, qs in questions.items()} == {"tune": 30, "test": 30, "rephrased": 24}
    texts = [q["question"] for qs in questions.values() for q in qs]
    assert len(set(texts)) == 84
    sections = {
        (path.stem, part.split("\n", 1)[0]): part.split("\n", 1)[1]
        for path in COMPANY.glob("*.md")
        for part in path.read_text(encoding="utf-8").split("\n## ")[1:]
    }
    for qs in questions.values():
        assert sum(q["doc"] is not None for q in qs) == 24
        for q in qs:
            if q["doc"]:
                found = {place: text.count(q["key"]) for place, text in sections.items() if q["key"] in text}
                assert found == {(q["doc"], q["heading"]): 1}, q
            else:
                assert q["heading"] is q["key"] is None and q["kind"] == "无"
    asked = {(q["doc"], q["heading"]) for part in ("tune", "test") for q in questions[part]}
    assert all((q["doc"], q["heading"]) in asked and q["kind"] == "改写" for q in questions["rephrased"])
    for r in json.loads((COMPANY / "restated.json").read_text(encoding="utf-8")):
        assert (r["doc"], r["heading"]) in sections and r["text"].endswith("。")
    assert len(list(COMPANY.glob("*.md"))) == 40
    assert sum(f.stat().st_size for f in COMPANY.iterdir()) < 80_000


def test_examples_come_from_the_tuning_half() -> None:
    """评测题不当例子用：正文的四个脚本里没有抄着它们。"""
    questions = json.loads((COMPANY / "questions.json").read_text(encoding="utf-8"))
    for path in (COMPANY.parents[1] / "applications").glob("rag*.py"):
        source = path.read_text(encoding="utf-8")
        for q in questions["test"] + questions["rephrased"]:
            assert q["question"] not in source, (path.name, q["question"])


def test_handbook_agrees_with_itself() -> None:
    """容易写岔的几处：门在晚班下班以后才锁，食堂开到加班以后，前台在一楼，试用期不延长。"""
    text = {p.stem: p.read_text(encoding="utf-8") for p in COMPANY.glob("*.md")}
    assert "晚班 15:30 到 24:00" in text["attendance"] and "凌晨 0:40 锁大门" in text["dormitory"]
    assert "夜班" not in "".join(text.values())
    assert "晚餐 18:00 到 20:30" in text["canteen"] and "加班到 20:00 以后" in text["canteen"]
    assert "工厂的早餐 6:40" in text["canteen"] and "早班 7:30" in text["attendance"]
    assert "一楼前台" in text["onboarding"] and "三楼前台" not in "".join(text.values())
    assert "一倍半" in text["overtime"] and "试用期不延长" in text["probation"]


def test_threshold_keeps_wrong_refusals_rare(run: Run) -> None:
    """阈值只看调参题：误拒不超过一成的刀里，没有哪一刀拒对得更多。"""
    ns = run.namespace
    known, unknown = (np.array(x) for x in ns["top_similarity"]("tune"))
    assert (len(known), len(unknown)) == (24, 6)
    assert np.mean(known < ns["THRESHOLD"]) <= 0.1
    for cut in np.linspace(0, 1, 2001):
        if np.mean(known < cut) <= 0.1:
            assert (unknown < cut).sum() <= (unknown < ns["THRESHOLD"]).sum()
    choose = ns["choose_threshold"]
    assert choose(list(known), list(unknown)) == ns["THRESHOLD"]
    assert choose([0.5, 0.6, 0.7, 0.8], [0.1, 0.55]) == pytest.approx(0.3), "误拒一个就是四分之一，太多了"
    assert choose([0.5, 0.6, 0.7, 0.8], [0.1, 0.55], most=0.25) == pytest.approx(0.575)
    assert choose([0.4] + [0.9] * 9, [0.1, 0.3]) == pytest.approx(0.35), "拒对一样多时，少误拒"


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
    tune, test, again = places["tune"], places["test"], places["rephrased"]
    assert mrr(tune["句向量"]) > mrr(tune["两路融合"]), "调参题上融合不赢句向量"
    assert mrr(test["两路融合"]) > max(mrr(test["句向量"]), mrr(test["BM25"])), "评测题上融合赢"
    assert mrr(again["句向量"]) > mrr(again["两路融合"]) + 0.1 > mrr(again["BM25"]) + 0.2, "换说法的题上又反过来"


def test_gap_is_within_luck(run: Run) -> None:
    """只用调参题：融合与句向量之差，重抽的 95% 含着 0。"""
    gap, low, high = map(float, re.findall(r"[+-]\d\.\d+", run.text("差距是不是运气")))
    assert low < gap < 0 < high
    assert run.namespace["draws"].shape == (5000, 24)


def test_rephrasing_costs_refusals(run: Run) -> None:
    """换了说法，误拒比评测题多；印出来的正是被误拒的那些。"""
    ns = run.namespace
    cutoff, (known, unknown) = ns["THRESHOLD"], ns["top_similarity"]("rephrased")
    assert len(known) == 24 and unknown == []
    wronged = sum(s < cutoff for s in known)
    assert wronged > sum(s < cutoff for s in ns["top_similarity"]("test")[0])
    lines = run.text("换了说法再问").splitlines()
    assert f"不该拒的拒了 {wronged}/24" in lines and len(lines) == 5 + wronged


def test_kinds_cover_every_answerable_question(run: Run) -> None:
    """按题型的表数到了全部 72 题，每题一次。"""
    counts = map(int, re.findall(r"（(\d+)）", run.text("按题型看")))
    assert sum(counts) == 72 == len(run.namespace["asked"])


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
