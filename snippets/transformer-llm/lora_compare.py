"""同一道题，三种微调：全参数、LoRA 加在 q 和 v、LoRA 加在全部线性层

同样的步数与题目，各用试出来的学习率，比可训练参数、内存、没见过的组合上的准确率，
以及讲故事的本事丢了多少；最后在每批里掺一篇旧故事

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
STEPS, SIZE = 170, 8  # 每种方法练同样多：170 步，每步 8 道题
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))
WORDS = GRAMMAR["words"]
tokenizer = AutoTokenizer.from_pretrained(MODEL)
base = AutoModelForCausalLM.from_pretrained(MODEL)


def ask(rng, exam=False):
    """讲一个故事，再问一个问题，返回 (故事, 问题, 回答)；考试的组合训练里没有"""
    while True:
        story, filled = rng.choice(GRAMMAR["stories"]), {}
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
        prompt = encode(f"<bos>{story}<|user|>{question}<|assistant|>")
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


# %% 三种改法
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


def train(model, learning_rate, stories=0, seed=0):
    """训练 STEPS 步，每步 SIZE 道题，再掺 stories 篇整的故事，返回优化器"""
    rng = random.Random(seed)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=learning_rate, total_steps=STEPS, pct_start=0.1)
    for _ in range(STEPS):
        old = [ask(rng)[0] for _ in range(stories)]
        logits, target, _ = scores(model, *collate([ask(rng) for _ in range(SIZE)], old))
        loss = F.cross_entropy(logits, target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
    return optimizer


@torch.inference_mode()
def accuracy(model):
    """每个字都猜对的题才算对，与贪心作答一字不差是一回事"""
    logits, target, row = scores(model, *collate(EXAM))
    wrong = set(row[logits.argmax(dim=-1) != target].tolist())
    return 1 - len(wrong) / len(EXAM)


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


# %% 跑四遍
RUNS = {  # 名字: (模型, 学习率, 每批掺几篇旧故事)
    "全参数": (Tuned(), 3e-3, 0),
    "LoRA q、v": (Tuned(QV), 1e-2, 0),
    "LoRA 全部": (Tuned(ALL), 1e-2, 0),
    "LoRA 全部，掺旧": (Tuned(ALL), 1e-2, 1),
}
RESULT = {}
for name, (model, learning_rate, stories) in RUNS.items():
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    state, activation = training_bytes(model)
    train(model, learning_rate, stories)
    RESULT[name] = accuracy(model), story_loss(model)
    print(f"{name}：训练 {count:,} 个，梯度与状态 {state / 1e3:.0f} KB", end="，")
    print(f"激活 {activation / 1e6:.0f} MB")

# %% 结论
full, qv, every, mixed = RESULT.values()
print("同样的步数，全参数答对最多：", full[0] > max(qv[0], every[0], mixed[0]))
print(f"故事的损失：基座 {story_loss(Tuned()):.2f}")
print("不掺旧故事，三种都涨到 1 以上：", min(full[1], qv[1], every[1]) > 1)
print("每批掺一篇，还在 0.4 以下：", mixed[1] < 0.4)

# %% 两种本事 tags=["varies"]
for name, (right, story) in RESULT.items():
    print(f"{name}：答对 {right:.0%}，故事的损失 {story:.2f}")
fig, ax = plt.subplots(figsize=(5.4, 3.8))
for name, (right, story) in RESULT.items():
    ax.scatter(story, right, s=90)
    ax.annotate(name, (story, right), (8, 6), textcoords="offset points", fontsize=13)
ax.axvline(story_loss(Tuned()), color="gray", ls="--", lw=1)
ax.set(xlabel="故事的损失（越左越没忘）", ylabel="答对的比例", xlim=(0, 2.6), ylim=(0.3, 1))
plt.show()
