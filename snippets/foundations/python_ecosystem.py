"""五个库做一件小事

同样长的一句话，哪一类文字最费词元？24 句自己写的话，从读文件、训练分词器、
分组统计、画图，一直做到用梯度下降学出词元的频率；NumPy、pandas、matplotlib、
PyTorch、transformers 各做一段，装饰器、生成器、上下文管理器用在要用的地方。
在 snippets/ 文件夹里运行：python foundations/python_ecosystem.py

来源：Python 文档的 functools.wraps、contextlib 两节；tokenizers 与 transformers 文档；
Sennrich 等 2016（字节对编码）。句子是本站写的。
"""

# %% 一批句子
import json
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

SENTENCES = {
    "日常": [
        "今天下班早，我去菜市场买了两斤土豆。",
        "妈妈说周末要包饺子，让我早点回家。",
        "外面下雨了，记得把阳台的衣服收进来。",
        "地铁上人太多，我等了三趟才挤上去。",
        "楼下新开的面馆，味道比我做的好。",
        "他今天感冒了，向公司请假休息。",
    ],
    "新闻": [
        "本市今天起调整公交线路，方便市民换乘。",
        "气象台预计明天白天有小雨，气温下降。",
        "新建的图书馆今天开放，市民可免费借书。",
        "这条铁路通车以后，两地之间只要一小时。",
        "本市今年新建公园十二个，市民出门就见绿。",
        "今天上午，市民代表参观了新建的水厂。",
    ],
    "技术": [
        "用 PyTorch 训练模型时，先把 batch size 调小。",
        "先 pip install torch，再 import torch。",
        "训练时 loss 变成 NaN，多半是学习率太大。",
        "把 token 的编号放进 tensor，再送进模型。",
        "用 GPU 训练模型前，先看显存还剩几个 GB。",
        "训练完调用 model.eval()，再测模型的准确率。",
    ],
    "诗句": [
        "晚风吹过小桥东，一树桃花映水红。",
        "山前细雨湿青苔，溪畔无人燕自来。",
        "月落江村灯未灭，渔舟归去唱秋风。",
        "孤鸿飞尽千峰雪，老树犹存半壁霜。",
        "柳絮轻沾游子袖，笛声暗度故园楼。",
        "竹影扫阶尘不起，荷香入梦夜微凉。",
    ],
}
print({kind: len(texts) for kind, texts in SENTENCES.items()})

# %% 装饰器：给函数计时
SECONDS = {}


def timed(function):
    """装饰器：把每次运行的秒数累加进 SECONDS，函数出错时也照记。"""

    @wraps(function)  # 保住原来的名字与说明
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            elapsed = time.perf_counter() - start
            name = function.__name__
            SECONDS[name] = SECONDS.get(name, 0.0) + elapsed

    return wrapper


# %% 生成器：一次只读一行
def read_lines(path):
    """逐行读 JSON Lines 文件，每次交出一个字典；没有人要下一行，就不去读。"""
    with open(path, encoding="utf-8") as file:  # 上下文管理器：用完必定关上
        for line in file:
            yield json.loads(line)


def batches(items, size):
    """把任意长的序列切成一批一批，每批是最多 size 个元素的列表。"""
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


# %% 写盘再读回
@timed
def save_and_load(sentences):
    """把句子写成 JSON Lines，再读回字典的列表；临时文件夹用完就删。"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sentences.jsonl"
        with open(path, "w", encoding="utf-8") as file:
            for kind, texts in sentences.items():
                for text in texts:
                    record = {"kind": kind, "text": text}
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return list(read_lines(path))


rows = save_and_load(SENTENCES)
print("读回", len(rows), "句，第一句", rows[0])
print("切成每批 10 句：", [len(batch) for batch in batches(rows, 10)])

# %% 先用纯 Python 数字
characters = Counter(c for row in rows for c in row["text"] if c.strip())
print("一共", characters.total(), "个字符，其中不同的", len(characters), "个")
print("最常见的：", characters.most_common(5))

# %% 训练分词器
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast


@timed
def train_tokenizer(texts, vocab_size):
    """训练字节级 BPE 分词器，词表最多 vocab_size 个；texts 可以是生成器。"""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,  # 只合并出现过两次以上的邻居
        special_tokens=["<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),  # 256 个字节打底
        show_progress=False,
    )
    bpe.train_from_iterator(batches(texts, 8), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=bpe, pad_token="<pad>")


seen = (row["text"] for row in rows if row["kind"] != "诗句")  # 诗句不给它看
tokenizer = train_tokenizer(seen, vocab_size=800)
for text in ["今天市民训练模型。", "笛声"]:
    ids = tokenizer.encode(text)
    pieces = [tokenizer.decode(i) for i in ids]
    print(f"{text} → {len(ids)} 个词元：", "|".join(pieces))
    assert tokenizer.decode(ids) == text  # 切碎了也能原样拼回

# %% pandas：分组统计
import pandas as pd

pd.set_option("display.unicode.east_asian_width", True)  # 汉字占两列，才对得齐
table = pd.DataFrame(rows)
table["字数"] = table["text"].str.len()
table["词元"] = [len(tokenizer.encode(text)) for text in table["text"]]
summary = table.groupby("kind", sort=False)[["字数", "词元"]].sum()
summary["每字词元"] = (summary["词元"] / summary["字数"]).round(2)
print(summary)

# %% matplotlib：画一张比较图
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 2.8))
colors = ["C1" if kind == "诗句" else "C0" for kind in summary.index]
bars = ax.barh(summary.index, summary["每字词元"], color=colors)
ax.bar_label(bars, fmt="%.2f", padding=4)
ax.invert_yaxis()
ax.set(xlabel="平均每个字用几个词元", xlim=(0, 2.8))
ax.grid(visible=False)
plt.show()

# %% NumPy：整块一起算
import numpy as np

V = len(tokenizer)
encoded = [tokenizer.encode(text) for text in table["text"]]
counts = np.stack([np.bincount(i, minlength=V) for i in encoded])  # (24, V)
kinds, labels = np.array(list(SENTENCES)), table["kind"].to_numpy()
member = kinds[:, None] == labels  # (4, 1) 比 (24,) -> (4, 24)
by_kind = member @ counts  # (4, 24) @ (24, V) -> (4, V)：乘一次就分好了组
single_bytes = by_kind[:, 1:257].sum(axis=1)  # 第 1–256 号词元各是一个字节
share = single_bytes / by_kind.sum(axis=1)

print("形状", member.shape, "@", counts.shape, "→", by_kind.shape)
same = (by_kind.sum(axis=1) == summary["词元"]).all()
print("与 pandas 的词元数相同：", same)
for kind, value in zip(kinds, share, strict=True):
    print(f"{kind}：{value:.0%} 的词元只是一个字节")

# %% transformers 与 PyTorch：补齐成张量
import torch
import torch.nn.functional as F

batch = tokenizer(SENTENCES["新闻"][:3], padding=True, return_tensors="pt")
print("编号的形状", tuple(batch["input_ids"].shape))
print("每句真正的长度", batch["attention_mask"].sum(dim=1).tolist())

texts = [row["text"] for row in rows]
everything = tokenizer(texts, padding=True, return_tensors="pt")
real = everything["attention_mask"].bool()  # (B, T)，补齐的位置是 False
ids = everything["input_ids"][real]  # (B, T) -> (N,)
print("去掉补齐，一共", len(ids), "个词元")

# %% 求一次梯度
logits = torch.zeros(V, requires_grad=True)  # 一开始每个词元一样可能
loss = F.cross_entropy(logits.expand(len(ids), V), ids)
loss.backward()
frequency = torch.bincount(ids, minlength=V) / len(ids)
probability = logits.detach().softmax(dim=0)
same = torch.allclose(logits.grad, probability - frequency, atol=1e-6)

print(f"损失 {loss.item():.3f}，ln V = {np.log(V):.3f}")
print("梯度就是 概率 − 频率：", same)


# %% 梯度下降学出频率
@timed
def fit(logits, ids, steps):
    """用 Adam 让平均交叉熵变小，原地更新 logits (V,)，返回每一步的损失。"""
    optimizer = torch.optim.Adam([logits], lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(logits.expand(len(ids), len(logits)), ids)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


losses = fit(logits, ids, steps=200)
positive = frequency[frequency > 0]
entropy = -(positive * positive.log()).sum().item()  # 只看频率时，损失的下限
print(f"损失 {losses[0]:.2f} → {losses[-1]:.2f}，下限 {entropy:.2f}")

fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(losses, label="交叉熵")
ax.axhline(entropy, color="C1", linestyle="--", label="频率分布的熵")
ax.set(xlabel="步数", ylabel="损失（奈特）")
ax.legend()
plt.show()


# %% 上下文管理器：借用随机数
@contextmanager
def seeded(seed):
    """临时换上固定的随机种子，离开时把随机数的状态原样还回去，出错也一样。"""
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(state)


# %% 不看上下文会写出什么
def sample(n):
    """按学到的概率抽 n 个词元，拼成文字；每个词元都不看前后。"""
    with torch.no_grad():  # 只用不学，不必记计算过程
        chosen = torch.multinomial(logits.softmax(dim=0), n, replacement=True)
    return tokenizer.decode(chosen)


with seeded(0):
    first = sample(12)
with seeded(0):
    again = sample(12)
print("抽 12 个词元：", first)
print("同样的种子，同样的结果：", first == again)

# %% 哪一步最慢 tags=["varies"]
for name, seconds in sorted(SECONDS.items(), key=lambda item: -item[1]):
    print(f"{name:<16}{seconds * 1000:8.1f} 毫秒")
