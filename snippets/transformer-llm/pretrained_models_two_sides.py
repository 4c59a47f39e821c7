"""只看左边，与两边都看

让一个小 GPT 与一个小 BERT 学同一批句子，再考三个洞：答案只在右边的，哪边都没有的，
只在左边的。句子是我们造的，所以每个洞的损失下限算得出来，模型差多少一目了然。最后
反过来：让两个模型凭空写句子，按句式数有几成写对。

来源：句式与词表是自己写的（data/stories.json）；Muon，Jordan 等 2024
"""

# %% 造句子
import json
import math
import random
import re
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn
from transformers import BertConfig, BertForMaskedLM, LlamaConfig, LlamaForCausalLM

WORDS = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))["words"]
DOING = [word for word in WORDS["做"] if len(word) == 2]  # 都是两个字，句子才一样长
HOLES = {"第一个名字": 1, "第二个名字": 9, "最后的名字": 13}  # 名字的第二个字在哪里


def tell(rng):
    """一个 15 个字的句子；第一个人在句尾再出现一次。"""
    a, b = rng.sample(WORDS["人"], 2)
    return f"{a}在{rng.choice(WORDS['地'])}{rng.choice(DOING)}，{b}来找{a}。"


SPECIAL = ["<pad>", "<bos>", "[MASK]"]
used = "".join(WORDS["人"] + WORDS["地"] + DOING) + "在，来找。"
TOKENS = SPECIAL + sorted(set(used))
ID = {token: i for i, token in enumerate(TOKENS)}
BOS, MASK = ID["<bos>"], ID["[MASK]"]


def batch(rng, size):
    """返回 size 个新句子的编号 (B, 15)。"""
    return torch.tensor([[ID[char] for char in tell(rng)] for _ in range(size)])


rng = random.Random(0)
for _ in range(3):
    print(tell(rng))
print(f"{len(WORDS['人'])} 个名字，词表 {len(TOKENS)}")

# %% 每个洞的下限
n = len(WORDS["人"])
FLOOR = {
    # 只看左边：第一个名字有 n 种可能；第二个与第一个不同，n - 1 种；最后一个前面出现过
    "GPT": [math.log(n), math.log(n - 1), 0.0],
    # 两边都看：第一个与最后一个互相作答；第二个哪边都没有
    "BERT": [0.0, math.log(n - 1), 0.0],
}
for name, floor in FLOOR.items():
    print(f"{name:4}", "  ".join(f"{value:.2f}" for value in floor))


# %% 两个一样大的模型
def make(kind, seed=0):
    """造一个小 GPT（Llama 的样子）或小 BERT：宽 64，1 层，4 头。"""
    torch.manual_seed(seed)
    size = {
        "vocab_size": len(TOKENS),
        "hidden_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "max_position_embeddings": 32,
        "initializer_range": 0.1,
    }
    if kind == "GPT":
        config = LlamaConfig(intermediate_size=176, tie_word_embeddings=True, **size)
        return LlamaForCausalLM(config)
    config = BertConfig(
        intermediate_size=256,
        hidden_dropout_prob=0,
        attention_probs_dropout_prob=0,
        **size,
    )
    return BertForMaskedLM(config)


def inputs_of(kind, ids, generator):
    """把句子 (B, 15) 变成这个家族的题：input_ids 与 labels。"""
    if kind == "GPT":
        x = F.pad(ids, (1, 0), value=BOS)
        return {"input_ids": x, "labels": x}
    chosen = torch.rand(ids.shape, generator=generator) < 0.15
    dice = torch.rand(ids.shape, generator=generator)
    other = torch.randint(len(SPECIAL), len(TOKENS), ids.shape, generator=generator)
    x = ids.where(~chosen | (dice >= 0.8), MASK)  # 选中的八成换成 [MASK]
    x = x.where(~chosen | (dice < 0.9), other)  # 一成换成随机的字，剩下一成不动
    return {"input_ids": x, "labels": ids.where(chosen, -100)}


for kind in FLOOR:
    print(f"{kind}：{make(kind).num_parameters():,} 个参数")


# %% 训练
def train(kind, steps, seed=0):
    """训练一个小模型，每一步 32 个新句子；返回训练好的模型。"""
    net = make(kind, seed)
    rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    matrices = [p for name, p in net.named_parameters() if p.ndim == 2 and ".layer" in name]
    inside = {id(p) for p in matrices}
    others = [p for p in net.parameters() if id(p) not in inside]
    optimizers = [
        torch.optim.Muon(matrices, lr=0.02, momentum=0.9, weight_decay=0),
        torch.optim.AdamW(others, lr=0.005, betas=(0.9, 0.98), weight_decay=0),
    ]

    def factor(step):
        return min((step + 1) / 20, (1 + math.cos(math.pi * step / steps)) / 2)

    schedules = [torch.optim.lr_scheduler.LambdaLR(o, factor) for o in optimizers]
    for _ in range(steps):
        loss = net(**inputs_of(kind, batch(rng, 32), generator)).loss
        net.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for each in [*optimizers, *schedules]:
            each.step()
    return net.eval()


nets = {kind: train(kind, steps=180) for kind in FLOOR}  # 种子相同，读的句子也就相同


# %% 考三个洞
@torch.no_grad()
def hole_losses(kind, net, ids):
    """三个洞各自的平均损失（奈特）：GPT 猜到那里为止，BERT 遮住那一个字。"""
    losses = []
    for t in HOLES.values():
        if kind == "GPT":
            logits = net(F.pad(ids, (1, 0), value=BOS)).logits[:, t]  # 读完前 t 个字
        else:
            x = ids.clone()
            x[:, t] = MASK
            logits = net(x).logits[:, t]
        losses.append(F.cross_entropy(logits, ids[:, t]).item())
    return losses


exam = batch(random.Random(999), 300)
SCORES = {kind: hole_losses(kind, net, exam) for kind, net in nets.items()}
for kind, scores in SCORES.items():
    print(f"{kind:4}", "  ".join(f"{score:.1f}" for score in scores))

# %% 画出来
fig, ax = plt.subplots(figsize=(5, 3.4))
for shift, (kind, scores) in zip((-0.2, 0.2), SCORES.items()):
    place = [i + shift for i in range(3)]
    ax.bar(place, scores, width=0.36, label=kind)
    left, right = [x - 0.18 for x in place], [x + 0.18 for x in place]
    name = "下限" if kind == "BERT" else None  # 图例里只写一次
    ax.hlines(FLOOR[kind], left, right, colors="#24292f", linewidth=3, label=name)
ax.set_ylim(-0.1, None)
ax.set_xticks(range(3), ["第一个名字\n答案在右边", "第二个名字\n哪边都没有", "最后的名字\n答案在左边"])
ax.set_ylabel("损失（奈特）")
handles, labels = ax.get_legend_handles_labels()
order = sorted(range(3), key=lambda i: labels[i] == "下限")
ax.legend(
    [handles[i] for i in order],
    [labels[i] for i in order],
    ncols=3,
    loc="upper center",
    bbox_to_anchor=(0.5, 1.2),
)
ax.grid(axis="x", visible=False)
plt.show()


# %% 让它们写句子 tags=["varies"]
def draw(logits, generator):
    """打分 (B, V) -> 抽出的编号 (B, 1)。"""
    return torch.multinomial(logits.softmax(-1), 1, generator=generator)


@torch.no_grad()
def write(kind, net, size, seed=0):
    """凭空写 size 个句子：GPT 一个字一个字地抽，BERT 十五个 [MASK] 一次填满。"""
    generator = torch.Generator().manual_seed(seed)
    if kind == "BERT":
        logits = net(torch.full((size, 15), MASK)).logits  # (B, 15, V)
        ids = torch.cat([draw(logits[:, t], generator) for t in range(15)], dim=1)
    else:
        ids = torch.full((size, 1), BOS)
        for _ in range(15):
            ids = torch.cat([ids, draw(net(ids).logits[:, -1], generator)], dim=1)
        ids = ids[:, 1:]
    return ["".join(TOKENS[i] for i in row) for row in ids.tolist()]


choice = {kind: "|".join(words) for kind, words in {**WORDS, "做": DOING}.items()}
FORM = re.compile("({人})在({地})({做})，({人})来找({人})。".format(**choice))


def report(kind, texts):
    """印出两句，再数合句式的、句尾名字与句首相同的各占几成。"""
    form = sum(FORM.fullmatch(text) is not None for text in texts) / len(texts)
    agree = sum(text[:2] == text[12:14] for text in texts) / len(texts)
    print(f"{kind}：", *texts[:2], sep="\n")
    print(f"合句式 {form:.0%}，首尾同名 {agree:.0%}")
    return form, agree


WROTE = {kind: report(kind, write(kind, net, 300)) for kind, net in nets.items()}


# %% 一次填一个 tags=["varies"]
@torch.no_grad()
def fill(net, size, seed=0):
    """BERT 从左到右一次填一个，每填一个再看一遍。"""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.full((size, 15), MASK)
    for t in range(15):
        ids[:, t] = draw(net(ids).logits[:, t], generator)[:, 0]
    return ["".join(TOKENS[i] for i in row) for row in ids.tolist()]


WROTE["一次填一个"] = report("一次填一个", fill(nets["BERT"], 300))
