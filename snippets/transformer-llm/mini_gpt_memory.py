"""学会了，还是背下来了

同样大小的两个模型：成品见过的故事几乎不重样；另一个只给 64 个故事，反复读。
后一个在训练用的故事上，平均损失明显低过文法的熵：这是背诵的样子。
再看成品对留出的那一对词：它从没见过小明去海边，照样讲得对。
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
FLOOR = 0.2861  # 每个字的熵，mini_gpt.py 里算出的


def tell(rng):
    """讲一个故事，与 mini_gpt.py 里的相同。"""
    template = rng.choice(TEMPLATES)
    filled = {}
    for slot in dict.fromkeys(re.findall(r"{(.+?)}", template)):
        free = [word for word in WORDS[slot[0]] if word not in filled.values()]
        filled[slot] = rng.choice(free)
    return template.format(**filled)


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
rng = random.Random(0)
few = [tell(rng) for _ in range(64)]  # 只有这 64 个
# 成品听过的故事：种子是 1，照训练时再讲一遍，共 64,000 个
heard, told = random.Random(1), []
while len(told) < 64_000:
    story = tell(heard)
    if not all(word in story for word in HELD_OUT):
        told.append(story)
told = set(told)
fresh = [story for story in (tell(rng) for _ in range(500)) if story not in told]
new = [story for story in fresh if story not in few][:64]  # 两个模型都没见过
print(f"成品听过 {len(told):,} 个不同的故事")
print("只给 64 个，其中成品碰巧听过", sum(story in told for story in few), "个")
print("没见过的 64 个，成品听过", sum(story in told for story in new), "个")

# %% 反复读 64 个故事
torch.manual_seed(0)
reciter = LlamaForCausalLM(good.config)
with torch.no_grad():
    for weight in reciter.parameters():
        if weight.ndim == 2:
            weight.normal_(std=0.06)
optimizer = torch.optim.AdamW(reciter.parameters(), lr=0.005, weight_decay=0)
for _ in range(180):
    ids, labels = batch(rng.sample(few, 16))
    loss = reciter(ids, labels=labels).loss
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(reciter.parameters(), 1.0)
    optimizer.step()
reciter.eval()

# %% 两个模型，两种故事
letters = sum(len(story) + 1 for story in few) / 64
print(f"文法的下限 {FLOOR:.2f}，背熟的下限 {math.log(64) / letters:.2f}")
losses = {}
for name, model in [("背诵的", reciter), ("成品", good)]:
    losses[name] = loss_of(model, few), loss_of(model, new)
    print(f"{name}：那 64 个 {losses[name][0]:.1f}，没见过的 {losses[name][1]:.1f}")

# %% 写出来的有几成是背的 tags=["varies"]
recited = {}
for name, model in [("背诵的", reciter), ("成品", good)]:
    stories = write(model, 100)
    recited[name] = sum(story in few for story in stories) / 100
    print(f"{name}：100 个里有 {recited[name] * 100:.0f} 个原样出自那 64 个")


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
