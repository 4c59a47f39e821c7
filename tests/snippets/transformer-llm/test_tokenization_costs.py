"""语料决定价钱：谁的语料里多，谁就便宜；没见过的退回字节；词表再大收益递减。"""

import itertools


def rate(run, kind, vocabulary):
    names = list(run.namespace["CORPORA"])
    return run.namespace["rates"][kind][names.index(vocabulary)]


def test_each_corpus_is_cheapest_for_its_own_text(run):
    """中文词表读中文最省，代码词表读英文与代码最省，各半的居中。"""
    assert rate(run, "中文", "中文") < rate(run, "中文", "各半") < rate(run, "中文", "代码")
    for kind in ["英文", "代码"]:
        assert rate(run, kind, "代码") < rate(run, kind, "各半") < rate(run, kind, "中文")


def test_unseen_characters_cost_their_bytes(run):
    """代码词表没见过汉字，三份词表都没见过表情：价钱就是字节数。"""
    samples = run.namespace["SAMPLES"]
    assert rate(run, "中文", "代码") == len(samples["中文"].encode()) / len(samples["中文"]) == 3
    for name in run.namespace["CORPORA"]:
        assert rate(run, "表情", name) == len(samples["表情"].encode()) / len(samples["表情"])


def test_corpora_are_comparable(run):
    """三份语料一样大，词表一样大；代码语料里没有汉字，测试的句子不在语料里。"""
    ns = run.namespace
    sizes = [ns["n_bytes"](corpus) for corpus in ns["CORPORA"].values()]
    assert max(sizes) < 1.05 * min(sizes)
    assert {tokenizer.get_vocab_size() for tokenizer in ns["tokenizers"].values()} == {2000}
    assert "".join(ns["code"]).isascii()
    everything = "".join(ns["chinese"] + ns["code"])
    assert not any(text in everything for text in ns["SAMPLES"].values())


def test_round_trip_in_every_vocabulary(run):
    """贵归贵，三份词表都原样还原每一种文字。"""
    for tokenizer in [*run.namespace["tokenizers"].values(), run.namespace["split_digits"]]:
        for text in run.namespace["SAMPLES"].values():
            assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_digits_one_by_one(run):
    """一位一个时，n 位数恰好 n 个词元；普通的词表做不到同样长就同样切。"""
    ns = run.namespace
    for n in range(1, 12):
        assert len(ns["split_digits"].encode("1234567890123"[:n]).ids) == n
    entries = {ns["split_digits"].decode([i]).strip() for i in range(2000)}
    assert not any(entry.isdigit() and len(entry) > 1 for entry in entries)
    years = {len(ns["tokenizers"]["中文"].encode(year).ids) for year in ["2024", "2025", "2026"]}
    assert len(years) > 1


def test_indentation_is_one_token_for_code(run):
    """代码词表里缩进再深也不多要词元，中文词表里每深一层都更贵。"""
    ns = run.namespace
    for name, grows in [("代码", False), ("中文", True)]:
        lengths = [len(ns["tokenizers"][name].encode("\n" + " " * n + "return x").ids) for n in (4, 8, 12, 16)]
        assert all((b > a) is grows for a, b in itertools.pairwise(lengths)), name


def test_bigger_vocabulary_has_diminishing_returns(run):
    """词表越大越省，但一次比一次少；没见过的文字比训练过的省得少。"""
    for name, values in run.namespace["curves"].items():
        saved = [a - b for a, b in itertools.pairwise(values)]
        assert all(s > 0 for s in saved), name
    unseen = run.namespace["curves"]["没见过的"]
    seen = run.namespace["curves"]["训练过的"]
    saved = [a - b for a, b in itertools.pairwise(unseen)]
    assert saved[-1] < 0.1 * saved[0]
    assert unseen[-1] - seen[-1] > 0.2 and abs(unseen[2] - seen[2]) < 0.05
    assert not set(run.namespace["kept_out"]) & set(run.namespace["seen"])


def test_unused_tokens_really_never_appear(run):
    """“没用到”的编号，在代码的编码里一次也不出现；用到的都出现过。"""
    ns = run.namespace
    used = {i for line in ns["code"] for i in ns["tokenizers"]["中文"].encode(line).ids}
    assert used == ns["used"] and not used & set(ns["unused"])
    assert f"没用到 {2000 - len(used)} 个" in run.text("从没用上的词元")
    single = len(set(range(256)) - used)
    assert f"单个字节 {single} 个，学来的 {2000 - len(used) - single} 个" in run.text("从没用上的词元")


def test_bill_is_rate_times_length(run):
    """一万字的词元数、窗口与注意力的倍数，都由每字几个词元算出。"""
    lines = run.text("一万个汉字").splitlines()
    for name, line in zip(run.namespace["CORPORA"], lines, strict=True):
        r = rate(run, "中文", name)
        assert f"{10_000 * r:.0f} 个词元" in line and f"{8192 / r:.0f} 字" in line
        assert f"{(r / rate(run, '中文', '中文')) ** 2:.1f} 倍" in line
        assert f"{10_000 * r * 2 / 1e6:.3f} 元" in line


def test_mixed_corpus_is_spread_over_both(run):
    """各半的语料取自两份的全文，每份一半，不是只取开头。"""
    ns = run.namespace
    mixed = ns["CORPORA"]["各半"]
    for corpus in [ns["chinese"], ns["code"]]:
        tail = corpus[-len(corpus) // 4 :]
        assert sum(line in set(mixed) for line in tail) / len(tail) > 0.4


def test_bars_are_the_rates(run):
    """柱子与虚线就是那张表里的数。"""
    ns = run.namespace
    assert ns["heights"] == [rate(run, kind, "各半") for kind in ns["SAMPLES"]]
    assert ns["byte_rates"] == [len(text.encode()) / len(text) for text in ns["SAMPLES"].values()]


def test_embedding_grows_with_the_vocabulary(run):
    """嵌入参数是词表大小乘维数，单位百万。"""
    rows = run.text("词表多大合适").splitlines()[1:]
    assert [int(row.split()[0]) for row in rows] == run.namespace["sizes"]
    for size, row in zip(run.namespace["sizes"], rows, strict=True):
        assert row.endswith(f"{size * 512 / 1e6:.2f} M")
