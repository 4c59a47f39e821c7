"""完整的程序：与分步的片段行为一致，错误说得清。"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from guide.code.runner import Run

from ..conftest import run_once


def fake_client(text: str) -> SimpleNamespace:
    """总是回答 text 的客户端，记下收到的消息。"""
    seen: list = []

    def create(**options: object) -> list:
        seen.append(options)
        delta = [SimpleNamespace(choices=[SimpleNamespace(delta=SimpleNamespace(content=c))]) for c in text]
        return [*delta, SimpleNamespace(choices=[])]  # 有的服务最后一段只有用量

    return SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=create)), seen=seen)


QUESTION = "试用期工资打几折？"


def test_good_answer_passes(run: Run) -> None:
    """引文对得上，原样交出；提示词里有编号资料，问题在最后。"""
    ns = run.namespace
    client = fake_client("试用期的工资是转正后的九成。[1]")
    result = ns["HandbookQA"](ns["qa"].handbook, client, "m").ask(QUESTION)
    assert result["text"] == "试用期的工资是转正后的九成。[1]" and result["problems"] == []
    content = client.seen[0]["messages"][-1]["content"]
    assert "\n[1]（试用期与转正·待遇｜2025-01-01 起）" in content and content.endswith(f"问题：{QUESTION}")


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        ("试用期的工资是转正后的 9 折。[1]", "不支持"),
        ("试用期的工资是转正后的九成。", "没有出处"),
        ("试用期的工资是转正后的九成。[1]找主管商量。", "没有出处"),
        ("找主管商量。试用期的工资是转正后的九成。[1]", "没有出处"),
        ("试用期的工资是转正后的九成[1]，找主管商量。", "没有出处"),
        ("试用期的工资是转正后的九成。[8]", "没有第 8 条资料"),
        ("", "整段没有出处"),
    ],
)
def test_bad_answer_is_withheld(run: Run, draft: str, problem: str) -> None:
    """引文有问题就改答不知道，并记下是什么问题。"""
    ns = run.namespace
    qa = ns["HandbookQA"](ns["qa"].handbook, fake_client(draft), "m")
    result = qa.ask(QUESTION)
    assert result["text"] == ns["UNKNOWN"] and problem in result["problems"][0]
    assert qa.log[0]["refused"] and problem in qa.log[0]["problems"][0]


def test_off_topic_never_reaches_the_model(run: Run) -> None:
    """离题的问题不调用模型。"""
    ns = run.namespace
    client = fake_client("随便")
    result = ns["HandbookQA"](ns["qa"].handbook, client, "m").ask("怎样煮红烧肉好吃？")
    assert result["text"] == ns["UNKNOWN"] and client.seen == []


def test_newest_rule_comes_first(run: Run) -> None:
    """新规定排在旧规定前面，旧的标着已被更新；外来的信不在索引里。"""
    handbook = run.namespace["qa"].handbook
    hits, _ = handbook.search("出差补贴每天多少？")
    assert [h["stale"] for h in hits[:2]] == [False, True] and hits[0]["date"] > hits[1]["date"]
    assert len(handbook.newer) == 2
    assert not any("供应商来信" in c["label"] for c in handbook.chunks)


def test_search_equals_the_service_snippet(run: Run) -> None:
    """84 题检索到的块，与 rag_service.py 的一样。"""
    ns, service = run.namespace, run_once("applications/rag_service.py").namespace
    for q in [q for part in service["questions"].values() for q in part]:
        hits, best = ns["qa"].handbook.search(q["question"])
        expected = service["dated_search"](q["question"])
        assert [h["label"] for h in hits] == [f"{c['title']}·{c['heading']}" for c in expected], q["question"]
        assert [h["stale"] for h in hits] == [bool(c.get("stale")) for c in expected]
        assert (best < ns["THRESHOLD"]) == (not hits)


def test_check_equals_the_service_snippet(run: Run) -> None:
    """核对与 rag_service.py 一致：种下的错，一个通过另一个也通过。"""
    ns, service = run.namespace, run_once("applications/rag_service.py").namespace
    count = 0
    for drafts in service["planted"].values():
        for draft, hits in drafts:
            mine = [{"label": f"{c['title']}·{c['heading']}", "date": c["date"], "text": c["text"]} for c in hits]
            assert (ns["problems"](draft, mine) == []) == service["passes"](draft, hits), draft
            count += 1
    assert count > 100
    assert ns["SYSTEM"].splitlines()[1:] == service["SYSTEM"].splitlines()[2:]
    assert ns["THRESHOLD"] == service["THRESHOLD"]


def test_empty_folder_says_so(run: Run, tmp_path: Path) -> None:
    """没有可信的文档，要得到说得清的错误。"""
    (tmp_path / "a.md").write_text("# 信\n来源：外部邮件\n生效：2025-01-01\n\n## 一\n话。\n", encoding="utf-8")
    with pytest.raises(ValueError, match="没有“来源：内部”的"):
        run.namespace["Handbook"](tmp_path)


def test_log_lines_are_json(run: Run) -> None:
    """五问五行日志，每行能读回，带着资料、相似度与模型名。"""
    ns = run.namespace
    assert len(ns["qa"].log) == 5
    for line in run.text("日志").strip().splitlines():
        entry = json.loads(line)
        assert entry["model"] == "extractive" and entry["refused"] == (not entry["sources"]) == (not entry["draft"])
