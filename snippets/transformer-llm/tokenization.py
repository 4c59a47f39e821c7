"""分词器：从字节到 BPE

从一个汉字的三个字节出发，手算五个词的合并，再写出字节级 BPE 的训练、编码、解码与
特殊词元，最后与 tokenizers 库逐个比较：同样的合并，同样的编号。
在 snippets/ 文件夹里运行：python transformer-llm/tokenization.py

来源：Sennrich 等 2016（arXiv:1508.07909，3.2 节）；Radford 等 2019（GPT-2，2.2 节）；
tokenizers 文档。语料是本站自己写的工坊手册。
"""

# %% 一个字几个字节
for char in ["A", "é", "猫", "😀"]:
    data = char.encode("utf-8")
    print(f"{char}  U+{ord(char):04X}  {data.hex(' ')}  {len(data)} 个字节")

# %% 拆开一个汉字
char = "猫"
bits = f"{ord(char):016b}"
print("码点的 16 位：", bits[:4], bits[4:10], bits[10:])
print("三个字节：    ", " ".join(f"{byte:08b}" for byte in char.encode()))
print("写成十六进制：", f"{ord(char):04X}", "→", char.encode().hex(" "))

# %% 数邻居，合并
from collections import Counter
from itertools import pairwise


def count_pairs(words):
    """数相邻的两段各出现几次。

    words 是 {词: 次数}，词是若干段组成的元组；返回 Counter {(左段, 右段): 次数}。
    """
    pairs = Counter()
    for word, n in words.items():
        for pair in pairwise(word):
            pairs[pair] += n  # 词出现几次，它里面的邻居就各算几次
    return pairs


def merge(word, pair, new):
    """从左到右，把 word 里每一处 pair 换成 new，返回新的元组。"""
    out, i = [], 0
    while i < len(word):
        if word[i : i + 2] == pair:
            out.append(new)
            i += 2  # 这两段已经用掉，不能再和后面的配
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


counts = {"学生": 6, "大学": 5, "学校": 4, "大学生": 3, "中学生": 2}
words = {tuple(word): n for word, n in counts.items()}
for (left, right), n in count_pairs(words).most_common():
    print(f"{left}+{right}：{n}")

# %% 合并四次
rules = []
for step in range(1, 5):
    pair, times = count_pairs(words).most_common(1)[0]
    rules.append(pair)
    new = "".join(pair)
    words = {merge(word, pair, new): n for word, n in words.items()}
    pieces = "  ".join("|".join(word) for word in words)
    print(f"第 {step} 次：{'+'.join(pair)}（{times} 次）→ {pieces}")


# %% 用规则切没见过的词
def apply_in_order(word, rules):
    """把规则按学到的次序各过一遍；word 是字符串，返回段的元组。"""
    pieces = tuple(word)
    for pair in rules:
        pieces = merge(pieces, pair, "".join(pair))
    return pieces


for word in ["大学校", "中学", "小学生"]:
    print(word, "→", "|".join(apply_in_order(word, rules)))
print("只学三条时，大学生 →", "|".join(apply_in_order("大学生", rules[:3])))

# %% 256 个字节怎样编号
# 显示得出来的字节在前，其余的在后，各自从小到大
VISIBLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
HIDDEN = [byte for byte in range(256) if byte not in VISIBLE]
BYTES = VISIBLE + HIDDEN  # 第 i 号词元是字节 BYTES[i]
ID_OF_BYTE = {byte: i for i, byte in enumerate(BYTES)}

for char in ["!", "A", " "]:
    print(repr(char), "字节", ord(char), "→ 编号", ID_OF_BYTE[ord(char)])
print("猫 →", [ID_OF_BYTE[byte] for byte in "猫".encode()])

# %% 先切成块
import regex

# GPT-2 的规则：英文缩写、字母、数字、别的符号、空白；前面的一个空格归后面的块
PATTERN = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d"
    r"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"
    r"|\s+(?!\S)|\s+"
)
print(PATTERN.findall("我家有 12 只猫，they're asleep!"))
print(PATTERN.findall("if x > 3:\n    return x"))


# %% 训练
def train(texts, vocab_size):
    """训练字节级 BPE。

    texts 是字符串的列表。返回 {(左编号, 右编号): 新编号}，按学到的次序，
    新编号从 256 起；没有邻居可合时提前结束。
    """
    chunks = Counter(chunk for text in texts for chunk in PATTERN.findall(text))
    words = {
        tuple(ID_OF_BYTE[byte] for byte in chunk.encode("utf-8")): n
        for chunk, n in chunks.items()
    }
    merges = {}
    while 256 + len(merges) < vocab_size:
        pairs = count_pairs(words)
        if not pairs:
            break
        best = min(pairs, key=lambda p: (-pairs[p], p))  # 并列取编号小的
        merges[best] = 256 + len(merges)
        words = {merge(word, best, merges[best]): n for word, n in words.items()}
    return merges


# %% 在手册上训练
from pathlib import Path

paths = sorted(Path("data/handbook").glob("*.txt"))
texts = [path.read_text(encoding="utf-8") for path in paths]
merges = train(texts, vocab_size=600)

total = sum(len(text.encode()) for text in texts)
print(len(texts), "份文字，", total, "个字节，学到", len(merges), "次合并")

vocab = [bytes([byte]) for byte in BYTES]  # 编号 -> 字节串
for left, right in merges:
    vocab.append(vocab[left] + vocab[right])
for i in [256, 259, 275]:
    print(i, vocab[i].hex(" "), vocab[i].decode("utf-8", errors="replace"))
print("最长的：", [v.decode() for v in sorted(vocab, key=len)[-4:]])

# %% 每次合并短了多少
chunks = Counter(chunk for text in texts for chunk in PATTERN.findall(text))
words = {tuple(ID_OF_BYTE[b] for b in c.encode()): n for c, n in chunks.items()}
length = sum(len(word) * n for word, n in words.items())
print("合并 0 次：", length, "个词元")
for step, (pair, new) in enumerate(merges.items(), start=1):
    count = count_pairs(words)[pair]
    words = {merge(word, pair, new): n for word, n in words.items()}
    before, length = length, sum(len(word) * n for word, n in words.items())
    if step in (1, 2, 100, len(merges)):
        shorter = before - length
        print(f"合并 {step} 次：{length} 个，数到 {count} 对，短了 {shorter}")

# %% 重叠的时候
same_words = count_pairs({tuple("aaaa"): 1})[("a", "a")]
print("aaaa 里数到", same_words, "对")
print("合并得", merge(tuple("aaaa"), ("a", "a"), "aa"))


# %% 白数了多少
words = {tuple(ID_OF_BYTE[b] for b in c.encode()): n for c, n in chunks.items()}
counted = touched = 0
for pair, new in merges.items():
    after = {merge(word, pair, new): n for word, n in words.items()}
    counted += len(words)
    touched += sum(word not in after for word in words)  # 变了的块才要重数
    words = after
print(f"{len(merges)} 次合并，数了 {counted} 块，其中变了的只有 {touched} 块")


# %% 分词器
class Tokenizer:
    """字节级 BPE 分词器。

    merges 是 train 的返回值；specials 是特殊词元的字符串列表，编号排在最后。
    """

    def __init__(self, merges, specials=()):
        self.merges = merges
        self.vocab = [bytes([byte]) for byte in BYTES]
        for left, right in merges:
            self.vocab.append(self.vocab[left] + self.vocab[right])
        self.specials = {s: len(self.vocab) + i for i, s in enumerate(specials)}
        self.vocab += [s.encode("utf-8") for s in specials]

    def encode_chunk(self, chunk):
        """编码一块，返回编号的列表。"""
        ids = tuple(ID_OF_BYTE[byte] for byte in chunk.encode("utf-8"))
        while True:
            known = [pair for pair in pairwise(ids) if pair in self.merges]
            if not known:
                return list(ids)
            pair = min(known, key=self.merges.get)  # 编号小的学得早，先合
            ids = merge(ids, pair, self.merges[pair])

    def encode(self, text, allow_special=False):
        """编码任意字符串，返回编号的列表；默认把特殊词元的写法当普通文字。"""
        if allow_special and self.specials:
            longest_first = sorted(self.specials, key=len, reverse=True)
            pattern = "|".join(regex.escape(s) for s in longest_first)
            parts = regex.split(f"({pattern})", text)  # 括号：分隔的那段也留下
        else:
            parts = [text]
        ids = []
        for part in parts:
            if allow_special and part in self.specials:
                ids.append(self.specials[part])
            else:
                for chunk in PATTERN.findall(part):
                    ids += self.encode_chunk(chunk)
        return ids

    def decode(self, ids):
        """编号的列表变回字符串；不成字的字节显示为 U+FFFD。"""
        data = b"".join(self.vocab[i] for i in ids)
        return data.decode("utf-8", errors="replace")


# %% 编码与解码
tokenizer = Tokenizer(merges, specials=["<|结束|>"])
for text in ["会员可以借工具", "猫会借工具吗😀"]:
    ids = tokenizer.encode(text)
    print(ids)
    pieces = "|".join(tokenizer.decode([i]) for i in ids)
    print(pieces, "→", tokenizer.decode(ids))
    assert tokenizer.decode(ids) == text

# %% 从字节到词元
import matplotlib.pyplot as plt

sentence = "会员可以借工具"
n_bytes = len(sentence.encode())
steps = [0, 30, 100, 344]
fig, ax = plt.subplots(figsize=(5.4, 2.8))
for row, n in enumerate(steps):
    part = Tokenizer(dict(list(merges.items())[:n]))  # 只用前 n 次合并
    ids, x = part.encode(sentence), 0
    for i in ids:
        width = len(part.vocab[i])
        label = part.decode([i])
        whole = "\ufffd" not in label
        color = "C0" if whole else "0.88"
        ax.barh(row, width - 0.12, left=x + 0.06, height=0.62, color=color)
        if whole:
            ax.text(x + width / 2, row, label, ha="center", va="center", color="white")
        x += width
    ax.text(n_bytes + 0.4, row, f"{len(ids)} 个", va="center")
ax.set_yticks(range(len(steps)), [f"合并 {n} 次" for n in steps])
ax.set(xlim=(0, n_bytes + 3), xlabel="字节", xticks=range(0, n_bytes + 1, 3))
ax.invert_yaxis()
ax.grid(visible=False)
plt.show()

# %% 特殊词元
text = "借工具<|结束|>"
print("当作特殊词元：", tokenizer.encode(text, allow_special=True))
print("当作普通文字：", tokenizer.encode(text))
print("词表大小", len(tokenizer.vocab), "特殊词元", tokenizer.specials)

# %% 攒够了再显示
import codecs


def stream(tokenizer, ids):
    """逐个收编号，只交出已经完整的文字；凑不成字的字节先留着。"""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for i in ids:
        yield decoder.decode(tokenizer.vocab[i])
    yield decoder.decode(b"", final=True)  # 结束了还凑不齐，才显示替换符


ids = tokenizer.encode("猫会借😀")
print("逐个解码：", [tokenizer.decode([i]) for i in ids])
print("攒够再出：", list(stream(tokenizer, ids)))

# %% 用库训练
import json

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers


def train_library(texts, vocab_size):
    """用 tokenizers 库训练同样的字节级 BPE，返回 tokenizers.Tokenizer。"""
    library = tokenizers.Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    library.train_from_iterator(texts, trainer)
    return library


def merges_of(library):
    """取出库学到的合并，写成 train 返回的样子。"""
    model = json.loads(library.to_str())["model"]
    number = model["vocab"]
    return {(number[a], number[b]): number[a + b] for a, b in model["merges"]}


# %% 与 tokenizers 逐个比较
library = train_library(texts, vocab_size=600)
same = list(merges.items()) == list(merges_of(library).items())
print("合并与次序都相同：", same)
samples = [*texts, "没见过的：饕餮、naïve café、😀\n\n    x = 3.14"]
same = [tokenizer.encode(t) == library.encode(t).ids for t in samples]
print("编号相同：", sum(same), "/", len(same))

# %% 并列时谁先
tied = ["zy zy ab ab"]  # zy 与 ab 一样多，zy 先出现
for name, found in [
    ("我们", train(tied, 258)),
    ("tokenizers", merges_of(train_library(tied, 258))),
]:
    order = [bytes(BYTES[i] for i in pair).decode() for pair in found]
    print(name, "先合", order[0], "再合", order[1], list(found))
