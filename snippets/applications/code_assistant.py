"""代码生成助手：一族要求，一个现场训练的小模型

造出“中文要求 → 函数”的题，留下一些组合不训练；
训练一个九万参数的模型，再用没见过的组合考它。
训练好的模型存进 models/code-assistant，这一课后面的片段都加载它。

来源：Muon 优化器，Jordan 等 2024；模型的结构是 transformers 的 LlamaForCausalLM
"""

# %% 准备
import itertools
import json
import os
import random
import re
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.trainers import BpeTrainer
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

MODEL = "models/code-assistant"  # 换成 "Qwen/Qwen2.5-Coder-0.5B" 即可续写真的代码
torch.manual_seed(0)

# %% 一族要求
DATA = json.loads(Path("data/code_requests.json").read_text(encoding="utf-8"))
FILTERS, MAPS, REDUCES = DATA["filters"], DATA["maps"], DATA["reduces"]
PHRASES = DATA["phrases"]

for name in ["filters", "maps", "reduces", "phrases"]:
    print(name, DATA[name])

# %% 哪些组合不训练
COMBINATIONS = list(itertools.product(FILTERS, MAPS, REDUCES))
HELD_OUT = [tuple(c) for c in DATA["held_out"]]  # 这些组合训练时一次也不出现
SEEN = [c for c in COMBINATIONS if c not in HELD_OUT]

print(f"组合共 {len(COMBINATIONS)} 种：训练 {len(SEEN)} 种，留出 {len(HELD_OUT)} 种")
print("留出的第一种：", HELD_OUT[0])


# %% 造一道题
def make_example(rng, combinations):
    """随机造一道题。返回 (提示词, 答案)：注释写要求，def 起头，答案是函数体。"""
    f, m, r = rng.choice(combinations)
    n, k = rng.randint(2, 29), rng.randint(2, 29)
    request = rng.choice(PHRASES).format(f=f, m=m, r=r).format(n=n, k=k)
    body = f"{REDUCES[r]}({MAPS[m]} for x in xs if {FILTERS[f]})".format(n=n, k=k)
    return f"# {request}\ndef f(xs):\n", f"    return {body}\n"


rng = random.Random(0)
examples = [make_example(rng, SEEN) for _ in range(8000)]
prompt, body = examples[0]
print(prompt + body, end="")


# %% 训练题里没有考题的组合
def shape(code):
    """把数字换成 #，只看是哪三样凑在一起。"""
    return re.sub(r"\d+", "#", code).strip()


trained = {shape(body) for _, body in examples}
asked = {shape(question["answer"]) for question in DATA["exam"]}
assert not trained & asked, f"漏进训练题的：{trained & asked}"
print(f"训练题有 {len(trained)} 种形状，考题 {len(asked)} 种，重合 {len(trained & asked)} 种")
print("考题的一种：", min(asked))


# %% 分词器
def train_tokenizer(texts):
    """训练一个小的 BPE 分词器。先规范化：统一换行，全角与圈号变半角（NFKC）。"""
    core = Tokenizer(models.BPE(unk_token="<unk>"))
    core.normalizer = normalizers.Sequence(
        [normalizers.Replace("\r\n", "\n"), normalizers.NFKC()]
    )
    # 数字一位一个词元，才可能逐位抄；换行单独成词元，提示词的边界才不会变
    pieces = Regex(r"\d|\n| ?[a-z]+| +|[\u4e00-\u9fff]+|\*\*|==|!=|.")
    core.pre_tokenizer = pre_tokenizers.Split(pieces, "isolated")
    core.decoder = decoders.Fuse()
    special = ["<pad>", "<eos>", "<unk>"]
    trainer = BpeTrainer(vocab_size=160, special_tokens=special, show_progress=False)
    core.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        padding_side="left",  # 生成要从右边接着写，所以补在左边
    )


tokenizer = train_tokenizer([p + b for p, b in examples[:2000]])
print("词表大小：", len(tokenizer))
print("｜".join(tokenizer.tokenize(prompt + body)).replace("\n", "⏎"))


# %% 只在答案上算损失
def to_rows(pairs):
    """返回 (ids, labels)，都是 (题数, T)：提示词与补齐处的标签是 -100，不算损失。"""
    prompts = tokenizer([p for p, _ in pairs]).input_ids
    full = tokenizer([p + b + "<eos>" for p, b in pairs]).input_ids
    T = max(map(len, full))
    ids = torch.full((len(full), T), tokenizer.pad_token_id)
    labels = torch.full((len(full), T), -100)
    for row, (head, tokens) in enumerate(zip(prompts, full, strict=True)):
        start = len(head)
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, start : len(tokens)] = torch.tensor(tokens[start:])
    return ids, labels


ids, labels = to_rows(examples)
first = labels[0] != -100
print("一行的词元：", int((ids[0] != tokenizer.pad_token_id).sum()))
print("算损失的：", repr(tokenizer.decode(ids[0][first])))

# %% 模型
config = LlamaConfig(
    vocab_size=len(tokenizer),
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=256,
    tie_word_embeddings=True,
    pad_token_id=tokenizer.pad_token_id,
    eos_token_id=tokenizer.eos_token_id,
    bos_token_id=None,
)
student = LlamaForCausalLM(config)
print(f"参数 {student.num_parameters():,} 个")


# %% 训练循环
def fit(model, ids, labels, steps, batch=16):
    """矩阵用 Muon，其余用 AdamW；学习率先升后降。返回每一步的损失。"""
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and "proj" in n]
    rest = [p for n, p in model.named_parameters() if p.ndim != 2 or "proj" not in n]
    optimizers = [
        torch.optim.Muon(hidden, lr=0.02, weight_decay=0.0),
        torch.optim.AdamW(rest, lr=5e-3, weight_decay=0.0),
    ]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(
            o, lambda s: min((s + 1) / 25, (steps - s) / (0.7 * steps), 1)
        )
        for o in optimizers
    ]
    losses = []
    for _ in range(steps):
        rows = torch.randint(len(ids), (batch,))
        loss = model(input_ids=ids[rows], labels=labels[rows]).loss
        model.zero_grad()
        loss.backward()
        for o in optimizers:
            o.step()
        for s in schedules:
            s.step()
        losses.append(loss.item())
    return losses


# %% 训练
STEPS = 160
losses = fit(student.train(), ids, labels, STEPS)
student.eval()
for step in [0, 40, 80, STEPS - 20]:
    window = losses[step : step + 20]
    print(f"第 {step}–{step + 19} 步的平均损失：约 {sum(window) / 20:.1f}")

# %% 成品
OUT = "models/code-assistant"  # 刚训练的存在这里；MODEL 换成别的，也不会盖住它
if "LLM_GUIDE_RECORD" in os.environ or not Path(OUT).exists():
    student.save_pretrained(OUT)
    tokenizer.save_pretrained(OUT)

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL, padding_side="left")
print(f"{MODEL}：{model.num_parameters():,} 个参数，词表 {len(tokenizer)}")


# %% 续写
@torch.inference_mode()
def complete(prompts, n=1, temperature=0.0, max_new_tokens=40):
    """为每个提示词续写 n 份。返回列表的列表：外层按提示词，内层 n 个字符串。

    temperature 为 0 是贪心解码（此时 n 只能是 1），否则按温度采样
    """
    batch = tokenizer(prompts, padding=True, return_tensors="pt")
    choice = {"do_sample": False}
    if temperature > 0:
        choice = {"do_sample": True, "temperature": temperature, "top_k": 0}
    outputs = model.generate(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        max_new_tokens=max_new_tokens,
        num_return_sequences=n,
        **choice,
    )  # (提示词数 · n, T + 新词元数)
    new = outputs[:, batch.input_ids.shape[1] :]  # 只要新生成的词元，再解码
    texts = tokenizer.batch_decode(new, skip_special_tokens=True)
    return [texts[i : i + n] for i in range(0, len(texts), n)]


# %% 考没见过的组合 tags=["varies"]
exam = DATA["exam"]
prompts = [f"# {q['request']}\ndef f(xs):\n" for q in exam]
greedy = [written[0] for written in complete(prompts)]
same = [g == q["answer"] for g, q in zip(greedy, exam, strict=True)]
print(f"{len(exam)} 道题，贪心解码与参考答案逐字相同：{sum(same)} 道")
wrong = [i for i, ok in enumerate(same) if not ok]
for i in wrong[:3]:
    print(exam[i]["request"])
    print("    要：", exam[i]["answer"].strip())
    print("    写：", greedy[i].strip())

# %% 换一族要求 tags=["varies"]
for request in ["把 xs 倒过来", "数一数有几个大于 3 的数", "取出小于 7 的数，每个加上 3，再取最大值"]:
    print(request, "→", complete([f"# {request}\ndef f(xs):\n"])[0][0].strip())
