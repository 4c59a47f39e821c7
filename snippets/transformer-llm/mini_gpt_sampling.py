"""怎样挑下一个字：温度、top-k、top-p 从零写起

三种办法都只改打分，改完再做 softmax、再抽。先用四个字手算一遍，
再与 transformers 的实现逐个对齐，最后让文法的解析器说它们各把合格率改成多少。

来源：top-k 采样，Fan 等 2018（arXiv:1805.04833）；
top-p（核采样），Holtzman 等 2019（arXiv:1904.09751）
"""

# %% 准备
import json
import math
import re
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DynamicCache,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

MODEL = "models/mini-gpt"  # 上一个脚本训练出的成品

# %% 解析器
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))


def pattern(template):
    """小故事的模板 -> 正则表达式，与 mini_gpt.py 里的相同。"""
    seen = []

    def group(match):
        slot = match[1]
        if slot in seen:
            return f"(?P={slot})"
        used = "".join(f"(?!(?P={other}))" for other in seen if other[0] == slot[0])
        seen.append(slot)
        return f"(?P<{slot}>{used}(?:{'|'.join(GRAMMAR['words'][slot[0]])}))"

    return re.compile(re.sub(r"{(.+?)}", group, template))


PATTERNS = [pattern(story["text"]) for story in GRAMMAR["stories"]]


def is_story(text):
    """这段文字是不是文法能讲出来的故事。"""
    return any(p.fullmatch(text) for p in PATTERNS)


# %% 温度
def heat(logits, temperature):
    """打分除以温度：(…, V) -> (…, V)。"""
    return logits / temperature


four = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()  # 四个字的打分，softmax 之后就是它
for temperature in [0.5, 1.0, 2.0]:
    print(f"温度 {temperature}：", heat(four, temperature).softmax(-1).numpy().round(2))


# %% 只留最大的 k 个
def top_k(logits, k):
    """除了最大的 k 个，打分都改成 −∞：(…, V) -> (…, V)。"""
    smallest = logits.topk(k).values[..., -1:]  # 第 k 大的打分 (…, 1)
    return logits.masked_fill(logits < smallest, -math.inf)


print("只留 2 个：", top_k(four, 2).softmax(-1).numpy().round(3))


# %% 只留刚够 p 的几个
def top_p(logits, p):
    """从大到小累加，刚够 p 就停，其余改成 −∞：(…, V) -> (…, V)。"""
    sorted_logits, order = logits.sort(descending=True)  # (…, V)
    probs = sorted_logits.softmax(-1)
    before = probs.cumsum(-1) - probs  # 排在它前面的一共有多少
    drop = torch.zeros_like(logits, dtype=torch.bool)
    drop = drop.scatter(-1, order, before >= p)  # 变回原来的次序
    return logits.masked_fill(drop, -math.inf)


print("刚够 0.9：", top_p(four, 0.9).softmax(-1).numpy().round(3))

# %% 与 transformers 对齐
torch.manual_seed(0)
logits = torch.randn(500, 615) * 3
pairs = {
    "温度 0.7": (heat(logits, 0.7), TemperatureLogitsWarper(0.7)),
    "top-k 5": (top_k(logits, 5), TopKLogitsWarper(5)),
    "top-p 0.9": (top_p(logits, 0.9), TopPLogitsWarper(0.9)),
}
for name, (ours, official) in pairs.items():
    same = torch.allclose(ours.softmax(-1), official(None, logits).softmax(-1))
    print(f"{name}：500 行都相同 {same}")

# %% 同一把尺，两处不同
model = AutoModelForCausalLM.from_pretrained(MODEL).eval()
tokenizer = AutoTokenizer.from_pretrained(MODEL)


@torch.no_grad()
def next_logits(text):
    """读完 text 之后，对下一个字的打分 (V,)。"""
    return model(tokenizer(text, return_tensors="pt").input_ids).logits[0, -1]


story = "小红家在桥头。早上，小红遇见了小明。小明问：“你家在哪里？”小红说：“我家在"
for text in ["早上，小", story]:
    logits = next_logits(text)
    for name, kept in [
        ("top-k 5", top_k(logits, 5)),
        ("top-p 0.95", top_p(logits, 0.95)),
    ]:
        count = int(kept.isfinite().sum())
        covered = logits.softmax(-1)[kept.isfinite()].sum()
        print(f"…{text[-4:]} {name}：留 {count} 个，共 {covered:.2f}")


# %% 从头写的采样循环
@torch.no_grad()
def sample(size, change=lambda logits: logits, seed=0):
    """采样 size 个故事；change 在抽之前改打分。有缓存，每步只送进去一个字。"""
    generator = torch.Generator().manual_seed(seed)
    cache = DynamicCache()
    last = torch.full((size, 1), tokenizer.bos_token_id)  # (B, 1)
    rows, done = [], torch.zeros(size, dtype=torch.bool)
    while len(rows) < 72 and not done.all():
        logits = model(last, past_key_values=cache).logits[:, -1]  # (B, V)
        probs = change(logits).softmax(-1)
        last = torch.multinomial(probs, 1, generator=generator)  # (B, 1)
        last[done] = tokenizer.eos_token_id  # 写完了的只补结束符
        done |= last[:, 0] == tokenizer.eos_token_id
        rows.append(last)
    return tokenizer.batch_decode(torch.cat(rows, 1), skip_special_tokens=True)


# %% 合格率与花样 tags=["varies"]
SETTINGS = {
    "温度 0.1": lambda x: heat(x, 0.1),
    "温度 1": lambda x: x,
    "温度 1.5": lambda x: heat(x, 1.5),
    "温度 2": lambda x: heat(x, 2.0),
    "温度 2，top-k 5": lambda x: top_k(heat(x, 2.0), 5),
    "温度 2，top-p 0.9": lambda x: top_p(heat(x, 2.0), 0.9),
}
results, different = {}, {}
for name, change in SETTINGS.items():
    stories = sample(200, change)
    results[name] = sum(map(is_story, stories)) / 200
    different[name] = len(set(stories))
    print(f"{name}：合格 {results[name]:.0%}，{different[name]} 个不同")
print("温度 2 写的")
for story in sample(3, SETTINGS["温度 2"]):
    print(" ", "\n  ".join(story[i : i + 20] for i in range(0, len(story), 20)))

# %% 合格率随温度 tags=["varies"]
fig, ax = plt.subplots()
names = list(SETTINGS)
bars = ax.barh(names, [results[name] for name in names])
ax.bar_label(bars, [f"{results[name]:.0%}" for name in names], padding=3)
ax.set(xlim=(0, 1.15), xticks=[], title="200 个故事里合格的份额")
ax.invert_yaxis()
plt.show()

# %% 每次都挑最大的
greedy = sample(3, lambda x: top_k(x, 1))  # 三行各自去抽，却没有别的可抽
print("三个是否相同：", len(set(greedy)) == 1)
print(greedy[0][:20])
print(greedy[0][20:])
