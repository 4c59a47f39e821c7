"""续写：按词元切总是对，停得住，取得出。"""

import ast

import pytest


def test_token_slice_is_right_for_every_way(run):
    """四种写法的提示词，按词元切出来的就是写对的函数体；按字数切只有普通的对。"""
    ns = run.namespace
    assert list(ns["WAYS"]) == ["普通", "圈号", "换行", "特殊词元"]
    assert len(set(ns["WAYS"].values())) == 4
    for name in ["普通", "圈号", "换行"]:
        by_character, by_token = ns["cut_both"](ns["WAYS"][name])
        assert by_token == "    return sum(x * 15 for x in xs if x < 12)\n"
        assert (by_character == by_token) is (name == "普通")
    by_character, by_token = ns["cut_both"](ns["WAYS"]["特殊词元"])
    assert by_token.startswith("    return sum(") and by_token.endswith(")\n")
    assert by_character == by_token[len("<eos>") :], "少掉的正好是特殊词元的字数"


def test_lengths_changed_for_the_stated_reason(run):
    """圈号各多一字；换行各少一字；特殊词元整个不见。"""
    ns = run.namespace

    def change(name):
        ids = ns["tokenizer"](ns["WAYS"][name]).input_ids
        back = ns["tokenizer"].decode(ids, skip_special_tokens=True)
        return len(back) - len(ns["WAYS"][name])

    assert change("普通") == 0
    assert change("圈号") == 2
    assert change("换行") == -2
    assert change("特殊词元") == -len("<eos>")


def test_three_ways_to_stop(run):
    """结束符停得住；词元用完时恰好 12 个；不许停就写满 60 个，开头仍是同一个函数体。"""
    ns = run.namespace
    start, ids = ns["generate"](ns["PROMPT"])
    assert ids[-1] == ns["tokenizer"].eos_token_id and len(ids) - start < 60
    assert len(ns["short"]) - start == 12
    assert len(ns["long"]) - start == 60
    body = ns["tokenizer"].decode(ids[start:], skip_special_tokens=True)
    assert ns["cut_body"](ns["rambling"]) == body


def test_cutting(run):
    """停止字符串取最早的；找不到就原样；顶格的一行结束函数。"""
    cut_at, cut_body = run.namespace["cut_at"], run.namespace["cut_body"]
    assert cut_at("ab#cd|", ["|", "#"]) == "ab"
    assert cut_at("abcd", ["#"]) == "abcd"
    assert cut_at("#", ["#"]) == ""
    assert cut_body("    return 1\n\n    return 2\n") == "    return 1\n"
    assert cut_body("    y = 1\n    return y\ndef g():\n    pass\n") == "    y = 1\n    return y\n"
    assert cut_body("return 1\n") == ""


def test_max_length_counts_the_prompt(run):
    """max_length 含提示词，太小就报错，消息里建议用 max_new_tokens。"""
    text = run.text("总长与新增长度")
    assert text.startswith("ValueError") and "max_new_tokens" in text


@pytest.mark.parametrize("name", ["一个围栏", "先安装", "没关上", "只有代码"])
def test_extraction_finds_the_function(run, name):
    """取出来的恰好是那个函数。"""
    ns = run.namespace
    assert ns["extract"](ns["REPLIES"][name]) == ns["CODE"]


def test_extraction_gives_nothing_rather_than_garbage(run):
    """解析不了、没有这个函数，都返回空字符串；多段里取有函数的那一段。"""
    ns = run.namespace
    extract, fence = ns["extract"], ns["FENCE"]
    assert extract(ns["REPLIES"]["写到一半"]) == ""
    assert extract(ns["REPLIES"]["没有围栏"]) == ""
    assert extract(f"{fence}python\ndef g(xs):\n    return 1\n{fence}") == ""
    both = f"{fence}\ndef g(xs):\n    return 1\n{fence}\n{fence}py\n{ns['CODE']}{fence}"
    assert extract(both) == ns["CODE"]
    assert extract(both, "g").startswith("def g")
    ast.parse(extract(both))
