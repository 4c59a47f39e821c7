"""同一句话要几个词元：语料、文字种类与词表大小

用中文、代码、两者各半训练三份一样大的词表，比较中文、英文、数字、代码、表情各要几个
词元，一万字要花多少，词表又该多大。
在 snippets/ 文件夹里运行：python transformer-llm/tokenization_costs.py

来源：tokenizers 文档；Petrov 等 2023（arXiv:2305.15425）。语料是本站自己写的。
"""

# %% 语料与训练
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

folder = Path("data/tokenization")
chinese = (folder / "chinese.txt").read_text(encoding="utf-8").splitlines(True)
code = (folder / "code.txt").read_text(encoding="utf-8").splitlines(True)


def train_library(texts, vocab_size, split_digits=False):
    """训练字节级 BPE，可以规定数字一位一块；返回 tokenizers.Tokenizer。"""
    library = Tokenizer(models.BPE())
    steps = [pre_tokenizers.ByteLevel(add_prefix_space=False)]
    if split_digits:
        steps.insert(0, pre_tokenizers.Digits(individual_digits=True))
    library.pre_tokenizer = pre_tokenizers.Sequence(steps)
    library.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    library.train_from_iterator(texts, trainer)
    return library


def n_bytes(lines):
    """一份文字有多少个字节。"""
    return sum(len(line.encode("utf-8")) for line in lines)


# %% 三份词表
CORPORA = {
    "中文": chinese,
    "代码": code,
    "各半": chinese[::2] + code[::2],  # 两份各取隔行，总量一样
}
V = 2000
tokenizers = {}
for name, corpus in CORPORA.items():
    tokenizers[name] = train_library(corpus, V)
    # 去掉词元前面的空格再看
    entries = {tokenizers[name].decode([i]).strip() for i in range(V)}
    letters = sorted(entry for entry in entries if entry.isalpha())
    longest = sorted(letters, key=lambda entry: len(entry.encode()))[-3:]
    print(f"{name}：{n_bytes(corpus) // 1000} KB，最长的词元", longest)

# %% 同一句话，三种切法
SENTENCES = ["模型不读字，读的是编号。", "The model reads numbers."]
for text in SENTENCES:
    for name, tokenizer in tokenizers.items():
        ids = tokenizer.encode(text).ids
        pieces = "|".join(tokenizer.decode([i]) for i in ids)
        print(f"{name} {len(ids):>2}", pieces)

# %% 五种文字
SAMPLES = {
    "中文": "昨晚停电，我点着蜡烛把剩下的饺子吃完，顺手给远方的朋友写了一封信。",
    "英文": "Last night the power went out, so I wrote a letter to a friend.",
    "数字": "2026-11-24 08:30 3.1415926 13800000000 99.5% 1,048,576",
    "代码": "for row in rows:\n    if row.size > 0:\n        total += row[0]\n",
    "表情": "😀🎉🐱🍜🚲🌧️👍",
}
rates = {}  # {种类: [每个字符几个词元，按词表的次序]}
print("种类  每字符字节  " + "  ".join(tokenizers))
for kind, text in SAMPLES.items():
    rates[kind] = [
        len(tokenizer.encode(text).ids) / len(text)
        for tokenizer in tokenizers.values()
    ]
    row = "  ".join(f"{rate:.2f}" for rate in rates[kind])
    print(f"{kind}  {len(text.encode()) / len(text):10.2f}  {row}")

# %% 画成柱状图
import matplotlib.pyplot as plt
import numpy as np

fig, ax = plt.subplots(figsize=(5.4, 3.2))
place = np.arange(len(SAMPLES))
for i, name in enumerate(tokenizers):
    heights = [rates[kind][i] for kind in SAMPLES]
    ax.bar(place + (i - 1) * 0.26, heights, width=0.24, label=f"{name}词表")
byte_rates = [len(text.encode()) / len(text) for text in SAMPLES.values()]
ax.hlines(byte_rates, place - 0.42, place + 0.42, color="0.3", linestyle="--")
ax.plot([], [], color="0.3", linestyle="--", label="全是字节")
ax.set_xticks(place, list(SAMPLES))
ax.set(ylabel="每个字符几个词元")
ax.legend(ncols=2)
plt.show()

# %% 数字切得不齐
print("文字     中文词表与代码词表")
for text in ["2024", "2025", "2026", "2027", "12345", "123456", "1234567"]:
    shown = []
    for name in ["中文", "代码"]:
        ids = tokenizers[name].encode(text).ids
        shown.append("|".join(tokenizers[name].decode([i]) for i in ids))
    print(f"{text:<8}", "   ".join(shown))

# %% 一位一个
split_digits = train_library(code, V, split_digits=True)
for text in ["2026", "1234567"]:
    ids = split_digits.encode(text).ids
    print("|".join(split_digits.decode([i]) for i in ids))

# %% 缩进要几个词元
line = "return x"
for depth in range(5):
    text = "\n" + "    " * depth + line
    lengths = {
        name: len(tokenizer.encode(text).ids)
        for name, tokenizer in tokenizers.items()
    }
    print(f"缩进 {4 * depth:>2} 个空格：", lengths)

# %% 一万个汉字
WINDOW = 8192  # 假设模型一次最多读这么多词元
PRICE = 2.0  # 假设每百万词元两元
for i, name in enumerate(tokenizers):
    rate = rates["中文"][i]
    tokens = 10_000 * rate
    attention = (rate / rates["中文"][0]) ** 2
    print(
        f"{name}词表：{tokens:.0f} 个词元，{tokens / 1e6 * PRICE:.3f} 元，"
        f"窗口放得下 {WINDOW / rate:.0f} 字，注意力 {attention:.1f} 倍"
    )

# %% 词表多大合适
kept_out = chinese[9::10]  # 每十行留一行不训练
seen = [line for i, line in enumerate(chinese) if i % 10 != 9]
sizes = [300, 500, 1000, 2000, 4000, 8000]
curves = {"训练过的": [], "没见过的": []}
for size in sizes:
    tokenizer = train_library(seen, size)
    for name, lines in [("训练过的", seen), ("没见过的", kept_out)]:
        n = sum(len(tokenizer.encode(line).ids) for line in lines)
        curves[name].append(n / sum(map(len, lines)))
d = 512
print("词表  训练过的  没见过的  嵌入参数（d 取 512）")
for size, a, b in zip(sizes, *curves.values(), strict=True):
    print(f"{size:>4}  {a:8.2f}  {b:8.2f}  {size * d / 1e6:8.2f} M")

fig, ax = plt.subplots(figsize=(5.4, 2.8))
for (name, values), style in zip(curves.items(), ["o--", "o-"], strict=True):
    ax.plot(sizes, values, style, label=name)
ax.set_xscale("log", base=2)
ax.set_xticks(sizes, [str(size) for size in sizes])
ax.minorticks_off()
ax.set(xlabel="词表大小", ylabel="每个字符几个词元", ylim=(0, None))
ax.legend()
plt.show()

# %% 从没用上的词元
used = set()
for line in code:
    used.update(tokenizers["中文"].encode(line).ids)
print("中文词表编码全部代码，用到", len(used), "个，没用到", V - len(used), "个")
unused = [i for i in range(256, V) if i not in used]
single = sum(i not in used for i in range(256))
print(f"其中单个字节 {single} 个，学来的 {len(unused)} 个")
learned = [tokenizers["中文"].decode([i]) for i in unused]
words = [entry for entry in learned if len(entry) > 1 and entry.isalpha()]
print("例如：", words[:6])
