"""同一道题，全参数微调与 LoRA：同样的步数各答对多少，忘了多少，要多少内存

先算不训练也能得多少分（瞎猜、从故事里随手挑），再看训练途中的曲线

来源：Hu et al. 2021（arXiv:2106.09685）；Biderman et al. 2024（arXiv:2405.09673）
"""

# %% 准备
import copy
import json
import random
import re
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"
STEPS, SIZE = 200, 8  # 每种办法练同样多：200 步，每步 8 道题
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))
WORDS = GRAMMAR["words"]
STORIES = [GRAMMAR["stories"][i] for i in (2, 6, 8)]  # 遇见、过生日、打电话
tokenizer = AutoTokenizer.from_pretrained(MODEL)
base = AutoModelForCausalLM.from_pretrained(MODEL)


def ask(rng, exam=False):
    """讲一个故事，再问一个问题，返回 (故事, 问题, 回答)；考试的组合训练里没有"""
    while True:
        story, filled = rng.choice(STORIES), {}
        for slot in dict.fromkeys(re.findall(r"{(.+?)}", story["text"])):
            free = [w for w in WORDS[slot[0]] if w not in filled.values()]
            filled[slot] = rng.choice(free)
        pair = [WORDS[s[0]].index(w) for s, w in filled.items() if s[0] != "时"][:2]
        if (sum(pair) % 5 == 0) == exam:
            question, answer = rng.choice(story["questions"])
            texts = (story["text"], question, answer)
            return tuple(text.format(**filled) for text in texts)


def encode(text):
    """文字 -> 编号的列表"""
    return tokenizer(text, add_special_tokens=False).input_ids


def collate(items, stories=()):
    """题目（只算回答）与整篇故事（每个字都算）拼成一批，返回 ids、labels，各 (B, T)"""
    rows = []
    for story, question, answer in items:
        prompt = encode(f"<bos><|user|>{story}{question}<|end|><|assistant|>")
        reply = encode(f"{answer}<eos>")
        rows.append((prompt + reply, [-100] * len(prompt) + reply))
    for story in stories:
        whole = encode(f"<bos>{story}<eos>")
        rows.append((whole, whole))
    length = max(len(ids) for ids, _ in rows)
    ids = [ids + [0] * (length - len(ids)) for ids, _ in rows]  # 在右边补齐
    labels = [labels + [-100] * (length - len(labels)) for _, labels in rows]
    return torch.tensor(ids), torch.tensor(labels)


EXAM = [ask(random.Random(f"考题 {i}"), exam=True) for i in range(300)]


# %% 不训练能得多少分
KINDS = [WORDS["人"] + WORDS["长"], WORDS["地"] + WORDS["家"], WORDS["礼"], WORDS["做"]]


def floors(story, answer):
    """(从同类的词表里瞎猜, 从故事里随手挑一个同类的, 挑最先出现的) 各有多大机会答对"""
    kind = next(words for words in KINDS if any(word in answer for word in words))
    seen = sorted((word for word in kind if word in story), key=story.index)
    return 1 / len(kind), 1 / len(seen), float(seen[0] in answer)


scored = [floors(story, answer) for story, _, answer in EXAM]
GUESS, PICK, FIRST = (sum(column) / len(EXAM) for column in zip(*scored, strict=True))
print(f"从同类的词里瞎猜：{GUESS:.0%}")
print(f"从故事里随手挑一个同类的词：{PICK:.0%}")
print(f"总挑故事里最先出现的那个：{FIRST:.0%}")


# %% 两种改法
class LoRALinear(nn.Module):
    """冻结的线性层旁边加一条低秩的支路，与 lora.py 里的相同"""

    def __init__(self, linear, r, alpha):
        """linear 是 nn.Linear，r 是秩"""
        super().__init__()
        self.linear = linear
        self.A = nn.Parameter(torch.empty(r, linear.in_features))
        self.B = nn.Parameter(torch.zeros(linear.out_features, r))
        nn.init.kaiming_uniform_(self.A, a=5**0.5)
        self.scaling = alpha / r

    def forward(self, x):
        """(…, 输入) -> (…, 输出)"""
        return self.linear(x) + self.scaling * (x @ self.A.T @ self.B.T)


class Tuned(nn.Module):
    """一个 Llama；names 是要加 LoRA 的层，None 就是全参数"""

    def __init__(self, names=None, seed=0):
        """从 base 复制一份，再改"""
        super().__init__()
        torch.manual_seed(seed)
        self.llama = copy.deepcopy(base).model.requires_grad_(names is None)
        if names is None:
            return
        for layer in self.llama.layers:
            for part in (layer.self_attn, layer.mlp):
                for name in names:
                    if hasattr(part, name):
                        setattr(part, name, LoRALinear(getattr(part, name), r=8, alpha=16))

    def forward(self, ids):
        """(B, T) 的编号 -> (B, T, 64) 的隐藏向量"""
        return self.llama(ids, use_cache=False).last_hidden_state


QV = ["q_proj", "v_proj"]
ALL = [*QV, "k_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
base.requires_grad_(False)


# %% 同样的训练与考试
def scores(model, ids, labels):
    """只在要算损失的 n 个位置打分，返回 (n, V) 的打分、(n,) 的答案与所在的行"""
    keep = labels[:, 1:] != -100
    hidden = model(ids)[:, :-1][keep]  # (n, 64)，第 t 个位置预测第 t+1 个词元
    logits = hidden @ model.llama.embed_tokens.weight.T  # 输入与输出共用一张嵌入表
    return logits, labels[:, 1:][keep], keep.nonzero()[:, 0]


def train(model, learning_rate, seed=0):
    """训练 STEPS 步，每步 SIZE 道题；返回每 40 步量一次的 (步数, 前 100 道考题答对的比例)"""
    rng = random.Random(seed)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=STEPS, pct_start=0.1)
    curve = [(0, accuracy(model, EXAM[:100]))]
    for step in range(1, STEPS + 1):
        logits, target, _ = scores(model, *collate([ask(rng) for _ in range(SIZE)]))
        loss = F.cross_entropy(logits, target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        if step % 40 == 0:
            curve.append((step, accuracy(model, EXAM[:100])))
    return curve


@torch.inference_mode()
def accuracy(model, exam):
    """每个字都猜对的题才算对，与贪心作答一字不差是一回事"""
    logits, target, row = scores(model, *collate(exam))
    wrong = set(row[logits.argmax(dim=-1) != target].tolist())
    return 1 - len(wrong) / len(exam)


@torch.inference_mode()
def story_loss(model):
    """100 篇故事每个字的平均损失，基座约 0.28"""
    logits, target, _ = scores(model, *collate([], [s for s, _, _ in EXAM[:100]]))
    return F.cross_entropy(logits, target).item()


def training_bytes(model):
    """一步训练多占的字节：(梯度与 Adam 状态, 反向要留的激活)"""
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    own = {p.untyped_storage().data_ptr() for p in [*model.parameters(), *base.parameters()]}
    held = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            held[storage.data_ptr()] = storage.nbytes()
        return tensor

    rng = random.Random(0)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = scores(model, *collate([ask(rng) for _ in range(SIZE)]))[0].sum()
    del loss
    return count * (4 + 8), sum(held.values())  # 32 位：梯度 4，两份状态 8


# %% 要多少内存
for name, model in {"全参数": Tuned(), "LoRA q、v": Tuned(QV), "LoRA 全部": Tuned(ALL)}.items():
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    state, activation = training_bytes(model)
    print(f"{name}：训练 {count:,} 个")
    print(f"  梯度与状态 {state / 1e3:.0f} KB，激活 {activation / 1e6:.0f} MB")

# %% 同样的步数
RUNS = {"全参数": (Tuned(), 3e-3), "LoRA": (Tuned(ALL), 5e-3)}  # 名字: (模型, 学习率)
CURVE, RESULT = {}, {}
for name, (model, learning_rate) in RUNS.items():
    CURVE[name] = train(model, learning_rate)
    RESULT[name] = accuracy(model, EXAM), story_loss(model)
full, lora = RESULT.values()
OLD = story_loss(Tuned())
floor = max(GUESS, PICK, FIRST)
print("全参数、LoRA 超过三条底线：", full[0] > floor, lora[0] > floor)
print(f"故事的损失：基座 {OLD:.2f}")
print("两种都忘了一些，LoRA 忘得少：", OLD + 0.1 < lora[1] < full[1])

# %% 各得多少分 tags=["varies"]
for name, (right, story) in RESULT.items():
    print(f"{name}：答对 {right:.0%}，故事的损失 {story:.2f}")
fig, ax = plt.subplots(figsize=(5.4, 4.2))
for name, points in CURVE.items():
    ax.plot(*zip(*points, strict=True), marker="o", label=name)
for value, side, words in [(GUESS, "right", "瞎猜"), (PICK, "left", "随手挑同类的"), (FIRST, "left", "挑最先出现的")]:
    ax.axhline(value, color="gray", ls="--", lw=1)
    ax.text(STEPS if side == "right" else -5, value + 0.012, words, ha=side, color="dimgray", fontsize=13)
ax.set(xlabel="步", ylabel="答对的比例", ylim=(-0.03, 1.03))
ax.legend(loc="center right", fontsize=13)
plt.show()
