"""学会了，还是背下来了

先拿成品没听过的故事考它，损失与照文法该付的比。再造一个同样大小的模型，
只给 32 个故事反复读：它在读过的故事上，平均损失明显低过文法的熵，这是背诵的样子。
最后看成品对留出的那一对词：它从没见过小明去海边，照样讲得对。
"""

# %% 准备
import json
import math
import random
import re
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

MODEL = "models/mini-gpt"
HELD_OUT = ("小明", "海边")  # 训练成品时，含这两个词的故事都没有用
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))
WORDS = GRAMMAR["words"]
TEMPLATES = [story["text"] for story in GRAMMAR["stories"]]
SLOTS = {text: list(dict.fromkeys(re.findall(r"{(.+?)}", text))) for text in TEMPLATES}
FLOOR = 0.2861  # 每个字的熵，mini_gpt.py 里算出的


def tell(rng):
    """讲一个故事，与 mini_gpt.py 里的相同；一并返回照文法该付多少（−ln 概率）。"""
    template = rng.choice(TEMPLATES)
    filled, bill = {}, math.log(len(TEMPLATES))
    for slot in SLOTS[template]:
        free = [word for word in WORDS[slot[0]] if word not in filled.values()]
        filled[slot] = rng.choice(free)
        bill += math.log(len(free))
    return template.format(**filled), bill


def fresh(rng, size):
    """讲 size 个故事与各自的账，同时含有 HELD_OUT 那一对词的不要。"""
    stories = []
    while len(stories) < size:
        story, bill = tell(rng)
        if not all(word in story for word in HELD_OUT):
            stories.append((story, bill))
    return stories


tokenizer = AutoTokenizer.from_pretrained(MODEL)
PAD, EOS = 0, 2


def batch(stories):
    """故事的列表 -> 编号 (B, T) 与标签 (B, T)，补齐的位置标签是 −100。"""
    rows = [torch.tensor([*tokenizer(story).input_ids, EOS]) for story in stories]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)
    return ids, ids.where(ids != PAD, -100)


@torch.no_grad()
def loss_of(model, stories):
    """这些故事上每个字的平均损失（奈特）。"""
    ids, labels = batch(stories)
    return model(ids, labels=labels).loss.item()


@torch.no_grad()
def write(model, size, start=""):
    """从 start 写起，采样 size 个故事，返回文字的列表。"""
    torch.manual_seed(0)
    first = torch.tensor([tokenizer(start).input_ids] * size)
    ids = model.generate(
        first,
        do_sample=True,
        top_k=0,
        max_new_tokens=72,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )
    return tokenizer.batch_decode(ids, skip_special_tokens=True)


good = AutoModelForCausalLM.from_pretrained(MODEL).eval()

# %% 考没听过的
# 成品训练时的种子是 1，照样再讲一遍，就知道它听过哪些
told = {story for story, _ in fresh(random.Random(1), 64_000)}
again = fresh(random.Random(2026), 1000)  # 换一个种子，另讲一千个
unheard = [(story, bill) for story, bill in again if story not in told]
print(f"另讲 1000 个，碰巧听过的有 {1000 - len(unheard)} 个")
for name, group in [("全部", again), ("没听过的", unheard)]:
    stories, bills = zip(*group, strict=True)
    bill = sum(bills) / sum(len(story) + 1 for story in stories)
    print(f"{name}：损失 {loss_of(good, stories):.4f}，照文法该付 {bill:.4f}")

# %% 反复读 32 个故事
rng = random.Random(0)
few = [tell(rng)[0] for _ in range(32)]  # 只有这 32 个
new = [story for story, _ in unheard if story not in few][:64]  # 两个模型都没见过
print("32 个里，成品碰巧听过", sum(story in told for story in few), "个")

torch.manual_seed(0)
reciter = LlamaForCausalLM(good.config)
with torch.no_grad():
    for weight in reciter.parameters():
        if weight.ndim == 2:
            weight.normal_(std=0.06)
optimizer = torch.optim.AdamW(reciter.parameters(), lr=0.005, weight_decay=0)
for _ in range(150):
    ids, labels = batch(rng.sample(few, 8))
    loss = reciter(ids, labels=labels).loss
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(reciter.parameters(), 1.0)
    optimizer.step()
reciter.eval()

# %% 两个模型，两种故事
letters = sum(len(story) + 1 for story in few) / len(few)
print(f"文法的下限 {FLOOR:.2f}，背熟的下限 {math.log(len(few)) / letters:.2f}")
losses = {}
for name, model in [("背诵的", reciter), ("成品", good)]:
    losses[name] = loss_of(model, few), loss_of(model, new)
    print(f"{name}：那 32 个 {losses[name][0]:.1f}，没见过的 {losses[name][1]:.1f}")

# %% 写出来的有几成是背的 tags=["varies"]
recited = {}
for name, model in [("背诵的", reciter), ("成品", good)]:
    stories = write(model, 100)
    recited[name] = sum(story in few for story in stories) / 100
    print(f"{name}：100 个里有 {recited[name] * 100:.0f} 个原样出自那 32 个")


# %% 留出的那一对词
def probability(model, name, place):
    """写到“某某在”之后，模型给 place 的概率。"""
    text = f"小丽养了一只灰兔。早上，灰兔不见了。{name}在"
    ids = torch.tensor([tokenizer(text).input_ids + tokenizer(place).input_ids[1:]])
    with torch.no_grad():
        log_probs = model(ids).logits[0, -3:-1].log_softmax(-1)  # 预测最后两个字
    return log_probs.gather(1, ids[0, -2:, None]).sum().exp().item()


places = {place: probability(good, "小明", place) for place in WORDS["地"]}
control = {place: probability(good, "小红", place) for place in WORDS["地"]}
for place in WORDS["地"]:
    print(f"{place}：小明 {places[place]:.2f}，小红 {control[place]:.2f}")

# %% 写出那一对词 tags=["varies"]
PATTERNS = []
for template in TEMPLATES:
    text = template
    for slot in dict.fromkeys(re.findall(r"{(.+?)}", template)):
        text = text.replace(f"{{{slot}}}", f"(?P<{slot}>{'|'.join(WORDS[slot[0]])})", 1)
    PATTERNS.append(re.compile(re.sub(r"{(.+?)}", r"(?P=\1)", text)))


def is_story(text):
    """文法讲得出来吗：照应要对，同一个故事里的词不重复。"""
    matches = filter(None, (p.fullmatch(text) for p in PATTERNS))
    return any(len(set(m.groups())) == len(m.groups()) for m in matches)


pair = [s for s in write(good, 400, "早上，小明在") if "海边" in s]
right = sum(map(is_story, pair))
print(f"400 个里写到海边的 {len(pair)} 个，合格 {right} 个")

# %% 照应是不是靠背
text = "早上，小明打电话问小红：“你在哪里？”小红说：“我在海边看书。”小明马上来到"
ids = tokenizer(text, return_tensors="pt").input_ids
with torch.no_grad():
    top = good(ids).logits[0, -1].softmax(-1).max(-1)
print("小明马上来到 →", tokenizer.decode(top.indices), f"{top.values:.2f}")
