"""LangChain 的写法：与手写的检索、直接调用的回答相同。"""

import re

from guide.code.runner import Run


def test_retrieval_is_the_same(run: Run) -> None:
    """60 题的前三块都与手写的句向量检索相同。"""
    assert run.namespace["same"] == 60 == len(run.namespace["asked"])


def test_only_official_documents_come_back(run: Run) -> None:
    """外来的信在库里，检索器不给。"""
    ns = run.namespace
    assert any(d.metadata["origin"] != "内部" for d in ns["documents"])
    assert all(d.metadata["origin"] == "内部" for d in ns["mine"]) and len(ns["mine"]) == 134


def test_stream_and_invoke_agree(run: Run) -> None:
    """链条的流式输出拼起来就是一次调用的回答，两句各带编号。"""
    answer, stream = run.text("一条链").strip().split("\n")
    assert stream.removeprefix("流式： ").replace("｜", "") == answer
    assert len(re.findall(r"\[\d\]", answer)) == 2


def test_every_chunk_is_one_section(run: Run) -> None:
    """136 个小标题，136 个 Document，正文以标签开头。"""
    documents = run.namespace["documents"]
    assert len(documents) == len({d.metadata["label"] for d in documents}) == 136
    assert all(d.page_content.startswith(d.metadata["label"] + "：") for d in documents)


def test_braces(run: Run) -> None:
    """单个花括号报缺变量，双写才是字面的花括号。"""
    first, second = run.text("花括号是占位符").strip().splitlines()
    assert "missing variables" in first
    assert second == '用 JSON 回答：{"answer": …}'


def test_no_refusal_by_itself(run: Run) -> None:
    """框架不替你定阈值：离题的问题照样有回答。"""
    assert "[1]" in run.text("框架不替你做的")
    assert not run.namespace["thread"].is_alive()
