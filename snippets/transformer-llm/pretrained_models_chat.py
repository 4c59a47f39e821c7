"""对话模板：谁在说话，用什么隔开

用几行 Jinja 写一个对话模板，看 apply_chat_template 拼出什么文字；再用它把 mini-gpt
微调成会答题的模型，然后故意用错的模板去问，量出错一个记号要付多少代价。

来源：transformers 文档 “Chat templates”；故事与问题出自 data/stories.json
"""

# %% 准备
import json
import random
import re
import textwrap
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"  # 它没有模板；对话模型多半自带一个，不用自己写
tokenizer = AutoTokenizer.from_pretrained(MODEL, padding_side="left")
model = AutoModelForCausalLM.from_pretrained(MODEL)
print("mini-gpt 自带模板：", tokenizer.chat_template is not None)


def pretty(text):
    """印得窄一点：每个 `<|end|>` 之后换行，长的再折行；换行不是文字里的。"""
    lines = text.replace("<|end|>", "<|end|>\n").splitlines()
    return "\n".join(textwrap.fill(line, 20 if len(line) > 35 else 35) for line in lines)


# %% 写一个模板
tokenizer.chat_template = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "<|{{ message.role }}|>{{ message.content }}<|end|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

messages = [
    {"role": "system", "content": "回答要短。"},
    {"role": "user", "content": "小红家在桥头。小红家在哪里？"},
]
asked = tokenizer.apply_chat_template(messages, tokenize=False)
ready = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
print(pretty(asked))
print("不加，末尾是", asked[-7:])
print("加上，末尾是", ready[-20:])

# %% 整段对话
messages += [
    {"role": "assistant", "content": "桥头。"},
    {"role": "user", "content": "谁家在桥头？"},
]
whole = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
print(pretty(whole))
print("前一轮的文字是它的开头：", whole.startswith(ready))

# %% 两个开头
batch = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)
direct = batch["input_ids"]
again = tokenizer(whole).input_ids  # 分词器又加了一次 <bos>
right = tokenizer(whole, add_special_tokens=False).input_ids
for name, found in {"直接给编号": direct, "拼好再分词": again, "关掉特殊词元": right}.items():
    print(f"{name}：", *tokenizer.convert_ids_to_tokens(found[:2]))

# %% 教它答题
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))


def ask(rng):
    """现编一个故事，返回 (故事加问题, 回答)。"""
    story = rng.choice(GRAMMAR["stories"])
    filled = {}
    for slot in dict.fromkeys(re.findall(r"{(.+?)}", story["text"])):
        free = [w for w in GRAMMAR["words"][slot[0]] if w not in filled.values()]
        filled[slot] = rng.choice(free)
    question, answer = rng.choice(story["questions"])
    return (story["text"] + question).format(**filled), answer.format(**filled)


def training_batch(rng, size):
    """现出 size 道题：input_ids 与 labels (B, T)；标签只留回答与它后面的 `<|end|>`。"""
    rows, targets = [], []
    for _ in range(size):
        question, answer = ask(rng)
        turns = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        turns.append({"role": "assistant", "content": answer})
        full = tokenizer.apply_chat_template(turns, tokenize=False)
        skip = len(tokenizer(prompt, add_special_tokens=False).input_ids)
        ids = tokenizer(full, add_special_tokens=False).input_ids
        rows.append(torch.tensor(ids))
        targets.append(torch.tensor([-100] * skip + ids[skip:]))
    pad = nn.utils.rnn.pad_sequence
    return pad(rows, True, tokenizer.pad_token_id), pad(targets, True, -100)


ids, labels = training_batch(random.Random(0), 1)
print(pretty(tokenizer.decode(ids[0])))
print("算损失的：", tokenizer.decode(ids[0][labels[0] != -100]))


# %% 微调
def train(model, steps, rate=3e-3):
    """全参数微调 steps 步，每一步 16 道新题。"""
    rng = random.Random(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.1)
    model.train()
    for _ in range(steps):
        ids, labels = training_batch(rng, 16)
        loss = model(input_ids=ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval()


train(model, steps=170)


# %% 六种问法 tags=["varies"]
END = tokenizer.convert_tokens_to_ids("<|end|>")


def templated(question, **settings):
    """用模板拼好一个问题，返回文字。"""
    turns = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(turns, tokenize=False, **settings)


ASKING = {
    "照模板": lambda q: templated(q, add_generation_prompt=True),
    "多一个 <bos>": lambda q: "<bos>" + templated(q, add_generation_prompt=True),
    "少了 <|assistant|>": lambda q: templated(q),
    "别家的记号": lambda q: f"<bos><|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n",
    "手写的中文记号": lambda q: f"<bos>用户：{q}助手：",
    "什么也不加": lambda q: "<bos>" + q,
}


@torch.inference_mode()
def replies(prompts):
    """贪心回答一批问题，返回新写的文字（到 `<|end|>` 为止）。"""
    batch = tokenizer(prompts, padding=True, return_tensors="pt", add_special_tokens=False)
    out = model.generate(**batch, max_new_tokens=12, do_sample=False, eos_token_id=END)
    new = tokenizer.batch_decode(out[:, batch.input_ids.shape[1] :])
    return [text.partition("<|end|>")[0] for text in new]


exam_rng = random.Random(2)
exam = [ask(exam_rng) for _ in range(60)]
RIGHT = {}
print(textwrap.fill(exam[0][0], 22))
print("答案：", exam[0][1])
for name, wrap in ASKING.items():
    answers = replies([wrap(question) for question, _ in exam])
    RIGHT[name] = sum(a == right for a, (_, right) in zip(answers, exam)) / len(exam)
    print(f"{RIGHT[name]:4.0%}  {name}，例如 {answers[0]}")

# %% 不认得的记号
for mark in ["<|user|>", "<|im_start|>", "用户："]:
    pieces = tokenizer.tokenize(mark)
    print(f"{mark}：{len(pieces)} 个词元")
    print("  ", *pieces)

# %% 在哪里停 tags=["varies"]
prompt = templated(exam[0][0], add_generation_prompt=True)
inputs = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
for stop in [model.generation_config.eos_token_id, END]:
    out = model.generate(**inputs, max_new_tokens=30, do_sample=False, eos_token_id=stop)
    new = out[0, inputs.input_ids.shape[1] :]
    print(f"停在 {tokenizer.decode(stop)}：写了 {len(new)} 个词元")
    print(pretty(tokenizer.decode(new)))
