"""字节级 BPE：合并与编号同 tokenizers，任意 Unicode 原样还原，特殊词元只在准许时生效。"""

import itertools
import json
import random
from collections import Counter

import pytest
import tiktoken
import tokenizers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import decoders, models, pre_tokenizers, trainers

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
"""任意 Unicode 字符串；单独的代理项不是文字，UTF-8 也装不下。"""
SHORT = st.text(alphabet="aab b猫狗1\n😀é'", max_size=60)
QUICK = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def library(texts, vocab_size, **options):
    """不经过片段，直接用 tokenizers 训练的参考。"""
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False, **options)
    made.train_from_iterator(texts, trainer)
    return made


def merges_of(made):
    model = json.loads(made.to_str())["model"]
    number = model["vocab"]
    return [((number[a], number[b]), number[a + b]) for a, b in model["merges"]]


def test_bytes_have_the_ids_of_the_library(run):
    """256 个字节的编号与库的字母表逐个相同，GPT-2 的空格是 220。"""
    ids, order = run.namespace["ID_OF_BYTE"], run.namespace["BYTES"]
    assert sorted(order) == list(range(256)) and all(order[i] == byte for byte, i in ids.items())
    assert ids[ord(" ")] == 220
    bare = library([], 256)
    for text in ["猫", "é", "😀", "\x00\x7f", "A !"]:
        assert [ids[byte] for byte in text.encode()] == bare.encode(text).ids


def test_chunks_are_those_of_the_library(run):
    """切块与库的 ByteLevel 相同：块数与每块的长度。"""
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for text in [
        "don't we've I'm they'll he'd she's",
        "我家有 12 只猫，they're  here!\n\n  x=3.14\t",
        "  ",
        "a\u3000b",
        "don'T ½ ² 五",
    ]:
        found = run.namespace["PATTERN"].findall(text)
        assert "".join(found) == text
        assert [len(chunk.encode()) for chunk in found] == [len(piece) for piece, _ in split.pre_tokenize_str(text)]


@given(st.lists(SHORT, max_size=6), st.integers(256, 320))
@QUICK
def test_same_merges_as_the_library_on_any_corpus(run, texts, vocab_size):
    """任意语料：合并、次序、编号都与库相同，并列时也一样。"""
    assert list(run.namespace["train"](texts, vocab_size).items()) == merges_of(library(texts, vocab_size))


@given(st.lists(st.text(alphabet="ab  :\n猫", max_size=40), max_size=6), st.text(alphabet="ab  :\n猫", max_size=40))
@QUICK
def test_same_ids_as_the_library_on_any_corpus(run, texts, sample):
    """任意语料学出的合并，编码任意文字，编号与库相同：编码前也要切块。"""
    ns = run.namespace
    ours = ns["Tokenizer"](ns["train"](texts, 290))
    assert ours.encode(sample) == library(texts, 290).encode(sample).ids


def test_encoding_respects_chunk_borders(run):
    """学过两个空格连成的词元，“  b”的第二个空格仍归 b 那一块。"""
    ns = run.namespace
    texts = ["   a", "   a", " b"]
    ours = ns["Tokenizer"](ns["train"](texts, 300))
    assert b"  " in ours.vocab
    assert ours.encode("  b") == library(texts, 300).encode("  b").ids
    assert [ours.vocab[i] for i in ours.encode("  b")] == [b" ", b" b"]


def test_same_merges_and_ids_on_the_handbook(run):
    """手册语料：344 次合并与每一份文字的编号都与库相同。"""
    ns = run.namespace
    made = library(ns["texts"], 600)
    assert len(ns["merges"]) == 344
    assert list(ns["merges"].items()) == merges_of(made)
    for text in ns["texts"]:
        assert ns["tokenizer"].encode(text) == made.encode(text).ids


@given(TEXT)
@QUICK
def test_any_unicode_survives_the_round_trip(run, text):
    """任意 Unicode 编码再解码，一个字符不差；编号与库、与 tiktoken 相同。"""
    tokenizer = run.namespace["tokenizer"]
    for allow in (False, True):
        assert tokenizer.decode(tokenizer.encode(text, allow_special=allow)) == text
    assert tokenizer.encode(text) == run.namespace["library"].encode(text).ids


def test_ids_equal_tiktoken(run):
    """同样的合并装进 tiktoken，编号也相同。"""
    ns = run.namespace
    tokenizer = ns["tokenizer"]
    ranks = {piece: i for i, piece in enumerate(tokenizer.vocab[:600])}
    other = tiktoken.Encoding(
        "handbook", pat_str=ns["PATTERN"].pattern, mergeable_ranks=ranks, special_tokens=tokenizer.specials
    )
    for text in [*ns["texts"], "饕餮 naïve 😀\n\n    x = 3.14", "借<|结束|>用"]:
        assert tokenizer.encode(text) == other.encode_ordinary(text)
        assert tokenizer.encode(text, allow_special=True) == other.encode(text, allowed_special="all")


@given(st.lists(st.integers(0, 600), max_size=12))
@QUICK
def test_any_ids_decode_without_an_error(run, ids):
    """任意编号都解得开，结果就是字节接起来再解码。"""
    tokenizer = run.namespace["tokenizer"]
    data = b"".join(tokenizer.vocab[i] for i in ids)
    assert tokenizer.decode(ids) == data.decode("utf-8", errors="replace")


@given(TEXT, st.integers(0, 3))
@QUICK
def test_streaming_never_shows_half_a_character(run, text, cut):
    """逐个交出的拼起来等于一次解码；还没到末尾时不会冒出替换符。"""
    tokenizer, stream = run.namespace["tokenizer"], run.namespace["stream"]
    ids = tokenizer.encode(text)
    ids = ids[: max(0, len(ids) - cut)]
    parts = list(stream(tokenizer, ids))
    assert "".join(parts) == tokenizer.decode(ids)
    if "\ufffd" not in text:
        assert not any("\ufffd" in part for part in parts[:-1])
    done = b""
    for i, part in zip(ids, parts, strict=False):  # 凑齐了就马上交出
        done += tokenizer.vocab[i]
        assert done.decode("utf-8", errors="ignore").endswith(part)


def test_worked_example(run):
    """手算的四次合并，以及没见过的词怎么切。"""
    ns = run.namespace
    assert ns["rules"] == [("学", "生"), ("大", "学"), ("学", "校"), ("大", "学生")]
    first = ns["count_pairs"]({tuple(word): n for word, n in ns["counts"].items()})
    assert first == {("学", "生"): 11, ("大", "学"): 8, ("学", "校"): 4, ("中", "学"): 2}
    cut = ns["apply_in_order"]
    assert cut("大学校", ns["rules"]) == ("大学", "校")
    assert cut("大学生", ns["rules"][:3]) == ("大", "学生"), "先学的先合，不是最长匹配"


def test_merge_goes_left_to_right_without_reuse(run):
    """aaaaa 成 aa、aa、a；没有的对子不动；编号与字符串都能合。"""
    merge = run.namespace["merge"]
    assert merge(tuple("aaaaa"), ("a", "a"), "aa") == ("aa", "aa", "a")
    assert merge((1, 2, 3, 1, 2), (1, 2), 9) == (9, 3, 9)
    assert merge((), (1, 2), 9) == () and merge((1,), (1, 2), 9) == (1,)


def test_counts_are_weighted_by_word_frequency(run):
    """邻居的次数按词的次数加权。"""
    pairs = run.namespace["count_pairs"]({("a", "b", "a", "b"): 3, ("a", "b"): 2, ("c",): 9})
    assert pairs == Counter({("a", "b"): 8, ("b", "a"): 3})


def test_lowest_rank_first_equals_rules_in_order(run):
    """encode_chunk 每次挑最早的一对，等于把全部规则依次过一遍。"""
    ns = run.namespace
    rng = random.Random(0)
    pool = "".join(ns["texts"]).replace("\n", "")
    for _ in range(20):
        start = rng.randrange(len(pool) - 12)
        chunk = pool[start : start + 12]
        ids = tuple(ns["ID_OF_BYTE"][byte] for byte in chunk.encode())
        for pair, new in ns["merges"].items():
            ids = ns["merge"](ids, pair, new)
        assert ns["tokenizer"].encode_chunk(chunk) == list(ids)


def test_each_merge_shortens_by_its_count(run):
    """没有重叠时，一次合并恰好短掉那一对的次数；全程从字节数降到 1890。"""
    ns = run.namespace
    assert ns["length"] == sum(len(ns["tokenizer"].encode(text)) for text in ns["texts"]) == 1890
    assert run.text("每次合并短了多少").splitlines()[0] == f"合并 0 次： {ns['total']} 个词元"
    assert ns["same_words"] == 3


def test_only_changed_chunks_need_a_recount(run):
    """含有那一对的块才会变：另外数一遍。"""
    ns = run.namespace
    words = [tuple(ns["ID_OF_BYTE"][b] for b in chunk.encode()) for chunk in ns["chunks"]]
    touched = 0
    for pair, new in ns["merges"].items():
        touched += sum(pair in itertools.pairwise(word) for word in words)
        words = [ns["merge"](word, pair, new) for word in words]
    assert ns["touched"] == touched and ns["counted"] == len(words) * len(ns["merges"])


def test_special_tokens_need_permission(run):
    """默认是普通文字；准许时是一个编号；长的先认；不跨越特殊词元合并。"""
    ns = run.namespace
    tokenizer = ns["tokenizer"]
    end = tokenizer.specials["<|结束|>"]
    assert end == 600 and end not in tokenizer.encode("借<|结束|>用")
    assert tokenizer.encode("借<|结束|>用", allow_special=True) == [
        *tokenizer.encode("借"),
        end,
        *tokenizer.encode("用"),
    ]
    for plain in ["<|结束|>", "好！<|结束|>！", "<|结束|><|结束|>"]:  # 不准许时，与不知道有特殊词元的库相同
        assert tokenizer.encode(plain) == ns["library"].encode(plain).ids
    joined = ns["Tokenizer"](ns["train"](["!<|"], 300), specials=["<|"])  # “!<|”整块是一个词元
    assert len(joined.encode("!<|")) == 1 and len(joined.encode("!<|", allow_special=True)) == 2
    nested = ns["Tokenizer"](ns["merges"], specials=["<a>", "<a><b>"])
    assert nested.encode("<a><b>", allow_special=True) == [601]
    assert nested.decode([600, 601]) == "<a><a><b>"


def test_training_stops_when_nothing_is_left(run):
    """没有邻居可合就提前结束；空语料没有合并。"""
    train = run.namespace["train"]
    assert len(train(["ab"], 1000)) == 1
    assert train([], 300) == {} and train(["a b"], 256) == {}


def test_lone_surrogates_are_rejected(run):
    """单独的代理项不是文字，编码时报错，不会悄悄变成别的。"""
    with pytest.raises(UnicodeEncodeError):
        run.namespace["tokenizer"].encode("\ud800")


def test_figure_counts_tokens(run):
    """图里每一行写着真正的词元数。"""
    ns = run.namespace
    (labels,) = (c.figures[0].labels for c in run.cells if c.cell.title == "从字节到词元")
    for n in [0, 30, 100, 344]:
        part = ns["Tokenizer"](dict(list(ns["merges"].items())[:n]))
        assert f"{len(part.encode(ns['sentence']))} 个" in labels
    assert ns["whole"] and ns["color"] == "C0", "最后画的“工具”是完整的词，应当是蓝的"


def test_comparison_cells_say_what_was_compared(run):
    """“编号相同”数的是编号真正相同的份数，不是别的。"""
    ns = run.namespace
    for text, same in zip(ns["samples"], ns["same"], strict=True):
        assert (ns["tokenizer"].encode(text) == ns["library"].encode(text).ids) is same
    broken = ns["Tokenizer"](dict(list(ns["merges"].items())[:100]))
    ids = [broken.encode(text) == ns["library"].encode(text).ids for text in ns["samples"]]
    assert not all(ids), "少学了 244 次，编号应当不同：比较有区分力"
    assert run.text("与 tokenizers 逐个比较").splitlines()[1] == "编号相同： 21 / 21"


def test_bits_of_one_character(run):
    """码点切成 4、6、6 三段，加上记号就是三个字节。"""
    first, second, third = run.text("拆开一个汉字").splitlines()
    parts = first.split("：")[1].split()
    made = [int(mark + part, 2) for mark, part in zip(["1110", "10", "10"], parts, strict=True)]
    assert bytes(made).decode() == "猫" and int("".join(parts), 2) == ord("猫")
    assert second.split("：")[1].split() == [f"{byte:08b}" for byte in made]
    assert third.endswith(bytes(made).hex(" "))
