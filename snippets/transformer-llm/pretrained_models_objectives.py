"""同一句话，三种题目

拿一句 15 个字的话，造出三个家族各自的输入、标签与掩码：GPT 续写，BERT 填空，T5 还原。
三种损失各自手算一遍，与 transformers 的模型返回的相同；谁看得见谁，由“改一个字、
看哪些输出变”量出来，画成图。

来源：GPT-1（Radford 等 2018）；BERT，Devlin 等 2018（arXiv:1810.04805，第 3.1 节）；
T5，Raffel 等 2019（arXiv:1910.10683，第 3.1.4 节与图 2）
"""

# %% 一句话
import random

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from transformers import (
    BertConfig,
    BertForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

SENTENCE = "小红在河边看书，小明来找小红。"
SPECIAL = ["<pad>", "<bos>", "<eos>", "[MASK]", "<X>", "<Y>", "<Z>"]
TOKENS = SPECIAL + sorted(set(SENTENCE))
ID = {token: i for i, token in enumerate(TOKENS)}
MASK = ID["[MASK]"]
IGNORE = -100  # 标签是它的位置不算损失


def show(ids, gap=""):
    """编号的列表 -> 文字；不算损失的位置写成 ·。"""
    return gap.join("·" if i == IGNORE else TOKENS[i] for i in ids)


ids = [ID[char] for char in SENTENCE]
print(f"{len(SENTENCE)} 个字，{len(set(SENTENCE))} 个不同，词表 {len(TOKENS)}")
print("编号：", ids[:4], "印成字：", show(ids[:4]))

# %% 续写的题
gpt_input = [ID["<bos>"], *ids, ID["<eos>"]]
gpt_labels = gpt_input  # 标签就是输入；错开一位由模型来做

questions = list(zip(gpt_input[:-1], gpt_labels[1:]))
for t in [0, 1, 13]:
    print(f"猜 {TOKENS[questions[t][1]]} <- {show(gpt_input[: t + 1])}")
print("一共", len(questions), "道题")


# %% 填空的题
def blank(ids, chosen):
    """把 chosen（位置的列表）换成 [MASK]；标签只留这几处，别处是 IGNORE。"""
    inputs = [MASK if t in chosen else i for t, i in enumerate(ids)]
    labels = [i if t in chosen else IGNORE for t, i in enumerate(ids)]
    return inputs, labels


bert_input, bert_labels = blank(ids, chosen=[1, 9])
print("输入：", show(bert_input))
print("标签：", show(bert_labels))


# %% 八成、一成、一成
def corrupt(ids, rng, rate=0.15):
    """BERT 的规则：选中 rate 的字，其中 80% 换成 [MASK]，10% 换成随机的字，10% 不动。"""
    inputs, labels = list(ids), [IGNORE] * len(ids)
    for t, i in enumerate(ids):
        if i < len(SPECIAL) or rng.random() >= rate:
            continue  # 特殊词元不遮；没选中的照原样
        labels[t] = i  # 选中的都要猜，不管下面怎样换
        dice = rng.random()
        if dice < 0.8:
            inputs[t] = MASK
        elif dice < 0.9:
            inputs[t] = rng.randrange(len(SPECIAL), len(TOKENS))
    return inputs, labels


rng = random.Random(4069)  # 挑过的种子：三种换法都出现
for _ in range(3):
    for line in corrupt(ids, rng):  # 一行输入，一行标签
        print(show(line))

many = ids * 20000
inputs, labels = corrupt(many, random.Random(0))
picked = [(a, b) for a, b in zip(inputs, labels) if b != IGNORE]
masked = sum(a == MASK for a, _ in picked) / len(picked)
same = sum(a == b for a, b in picked) / len(picked)
print(f"选中 {len(picked) / len(many):.3f}")
print(f"其中换成 [MASK] 的 {masked:.3f}")
print(f"其中看上去没变的 {same:.3f}")


# %% 还原的题
def cut(ids, spans):
    """挖掉几段：spans 是 (起点, 终点) 的列表，从左到右，互不相连。

    返回编码器的输入与解码器的标签；每一段由一个哨兵顶替，最后一个哨兵收尾。
    """
    sentinels = [ID["<X>"], ID["<Y>"], ID["<Z>"]]
    inputs, labels, last = [], [], 0
    for sentinel, (start, stop) in zip(sentinels, spans):
        inputs += [*ids[last:start], sentinel]
        labels += [sentinel, *ids[start:stop]]
        last = stop
    return inputs + ids[last:], labels + [sentinels[len(spans)]]


t5_input, t5_labels = cut(ids, [(1, 4), (9, 11)])
print("编码器读：", show(t5_input))
print("解码器写：", show(t5_labels))

# %% 三个小模型
torch.manual_seed(0)
size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
gpt = LlamaForCausalLM(LlamaConfig(vocab_size=len(TOKENS), intermediate_size=64, **size))
bert = BertForMaskedLM(BertConfig(vocab_size=len(TOKENS), intermediate_size=64, **size))
t5 = T5ForConditionalGeneration(
    T5Config(
        vocab_size=len(TOKENS),
        d_model=32,
        d_ff=64,
        d_kv=8,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=ID["<pad>"],
    )
)
for model in (gpt, bert, t5):
    model.eval()  # 关掉 Dropout
    print(f"{type(model).__name__}：{model.num_parameters():,} 个参数")

# %% 三个损失
with torch.no_grad():
    g = gpt(torch.tensor([gpt_input]), labels=torch.tensor([gpt_labels]))
    b = bert(torch.tensor([bert_input]), labels=torch.tensor([bert_labels]))
    t = t5(torch.tensor([t5_input]), labels=torch.tensor([t5_labels]))

by_hand = {
    # 第 t 个位置的输出猜第 t + 1 个字，所以两边各去掉一头
    "GPT": F.cross_entropy(g.logits[0, :-1], torch.tensor(gpt_labels[1:])),
    # 每个位置猜自己；IGNORE 的位置自动跳过
    "BERT": F.cross_entropy(b.logits[0], torch.tensor(bert_labels)),
    # 解码器的输入已经右移一位，所以输出与标签对齐
    "T5": F.cross_entropy(t.logits[0], torch.tensor(t5_labels)),
}
for (name, loss), out in zip(by_hand.items(), (g, b, t)):
    same = torch.allclose(loss, out.loss)
    print(f"{same}  {name} 手算的损失与模型返回的相同")
counted = [len(gpt_labels) - 1, sum(i != IGNORE for i in bert_labels), len(t5_labels)]
print("一句话里算损失的位置：GPT {}，BERT {}，T5 {}".format(*counted))

# %% 解码器读到什么
shifted = t5.prepare_decoder_input_ids_from_labels(torch.tensor([t5_labels]))[0].tolist()
print("读", show(shifted, " "))
print("写", show(t5_labels, " "))


# %% 谁的改动影响了谁
@torch.no_grad()
def influence(run, ids):
    """逐个改动输入的字，看哪些输出跟着变。

    run 把编号 (1, T) 变成输出 (1, S, 任意)；返回 (S, T) 的 bool，True 表示第 t 个输入影响了
    第 s 个输出。
    """
    x = torch.tensor([ids])
    before = run(x)
    columns = []
    for t in range(len(ids)):
        changed = x.clone()
        changed[0, t] = ID["书"]  # 下面的半句里没有这个字，换成它一定是改动
        columns.append((run(changed) - before).abs().amax(-1)[0] > 1e-6)
    return torch.stack(columns, dim=1)


half = [ID[char] for char in "小明来找小红。"]
half_input, half_labels = cut(half, [(1, 3)])
source = torch.tensor([half_input])
target = t5.prepare_decoder_input_ids_from_labels(torch.tensor([half_labels]))

see = {
    "GPT": influence(lambda x: gpt(x).logits, half),
    "BERT": influence(lambda x: bert(x).logits, half),
    "编码器看编码器": influence(lambda x: t5.encoder(x).last_hidden_state, half_input),
    "解码器看编码器": influence(lambda x: t5(x, decoder_input_ids=target).logits, half_input),
    "解码器看解码器": influence(lambda x: t5(source, decoder_input_ids=x).logits, target[0].tolist()),
}
for name, table in see.items():
    print(f"{name}：{table.numel()} 对里看得见 {table.sum()} 对")

# %% 三张掩码
nothing = torch.zeros(len(half_input), target.shape[1], dtype=torch.bool)
whole = torch.cat(
    [
        torch.cat([see["编码器看编码器"], nothing], dim=1),
        torch.cat([see["解码器看编码器"], see["解码器看解码器"]], dim=1),
    ]
)
names = [*half_input, *target[0].tolist()]
pictures = {
    "GPT：只看左边": (see["GPT"], half),
    "BERT：两边都看": (see["BERT"], half),
    "T5：上半是编码器，下半是解码器": (whole, names),
}
fig, axes = plt.subplot_mosaic([["a", "b"], ["c", "c"]], figsize=(5, 6.6), height_ratios=[1, 1.9])
for ax, (title, (table, tokens)) in zip(axes.values(), pictures.items()):
    ax.imshow(table.numpy(), vmin=0, vmax=1.3)
    labels = [TOKENS[i].replace("<pad>", "始") for i in tokens]  # 图上写短一点
    ax.set_xticks(range(len(labels)), labels)
    ax.set_yticks(range(len(labels)), labels)
    ax.set(title=title, xlabel="看谁")
    ax.grid(False)
axes["a"].set_ylabel("谁在看")
axes["c"].set_ylabel("谁在看")
for line in (axes["c"].axhline, axes["c"].axvline):
    line(len(half_input) - 0.5, color="C1")
plt.show()
