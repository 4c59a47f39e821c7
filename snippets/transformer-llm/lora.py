"""用 LoRA 微调：从零写一个，再用 peft 教小模型回答问题

先从零写出 LoRA 的线性层：冻结原来的权重，只学两个瘦长的矩阵 A 与 B。
证明它与 peft 的实现逐元素相同、合并之后输出不变。再用 peft 让只会讲故事的
models/mini-gpt 学会回答关于故事的问题，训练循环完整可跑，最后算一算
同样的设置在 7B 模型上只训练多少参数。

来源：LoRA，Hu 等 2021（arXiv:2106.09685，第 4.1 节）
"""

# %% 准备
import copy
import json
import random
import re
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

MODEL = "models/mini-gpt"  # 换成 "Qwen/Qwen3-0.6B-Base" 等真实模型即可
STEPS = 300
torch.manual_seed(0)


# %% 从零写 LoRA
class LoRALinear(nn.Module):
    """在冻结的线性层旁边加一条低秩的支路：y = W x + (alpha / r) B A x。

    A (r, 输入) 随机，B (输出, r) 从 0 开始，所以一开始与原来的层完全相同
    （arXiv:2106.09685，式 3）
    """

    def __init__(self, linear, r=8, alpha=16):
        """Linear 是要改造的 nn.Linear，r 是秩，alpha / r 是支路的缩放。"""
        super().__init__()
        self.linear = linear.requires_grad_(False)  # 原来的权重不再更新
        self.A = nn.Parameter(torch.empty(r, linear.in_features))
        self.B = nn.Parameter(torch.zeros(linear.out_features, r))
        nn.init.kaiming_uniform_(self.A, a=5**0.5)
        self.scaling = alpha / r

    def forward(self, x):
        """(…, 输入) -> (…, 输出)。"""
        low = x @ self.A.T  # (…, 输入) @ (输入, r) -> (…, r)
        return self.linear(x) + self.scaling * (low @ self.B.T)  # (…, r) @ (r, 输出)

    def merge(self):
        """返回一个普通的 nn.Linear，权重是 W + (alpha / r) B A。"""
        merged = copy.deepcopy(self.linear)
        merged.weight.data += self.scaling * (self.B @ self.A)
        return merged


linear = nn.Linear(64, 64, bias=False)
ours = LoRALinear(linear, r=4, alpha=8)
x = torch.randn(10, 64)
print("刚加上时，输出不变：", torch.equal(ours(x), linear(x)))
trained = sum(p.numel() for p in ours.parameters() if p.requires_grad)
print(f"要训练的参数：{trained}，原来的矩阵：{linear.weight.numel()}")

# %% 合并之后
nn.init.normal_(ours.B, std=0.1)  # 假装训练过
merged = ours.merge()
print("支路改变了输出：", not torch.allclose(ours(x), linear(x), atol=1e-2))
print("合并前后输出相同：", torch.allclose(ours(x), merged(x), atol=1e-5))
change = merged.weight - linear.weight
print("改动的秩：", torch.linalg.matrix_rank(change, atol=1e-4).item())

# %% 与 peft 对照
wrapped = get_peft_model(
    nn.ModuleDict({"proj": copy.deepcopy(linear)}),
    LoraConfig(r=4, lora_alpha=8, target_modules=["proj"]),
)
theirs = wrapped.base_model.model["proj"]
theirs.lora_A["default"].weight.data = ours.A.data
theirs.lora_B["default"].weight.data = ours.B.data
print("与 peft 的输出相同：", torch.allclose(ours(x), theirs(x), atol=1e-6))

# %% 任务：回答关于故事的问题
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))


def ask(rng):
    """讲一个故事，再问一个关于它的问题，返回 (故事, 问题, 回答)。"""
    story = rng.choice(GRAMMAR["stories"])
    question, answer = rng.choice(story["questions"])
    filled = {}
    for slot in dict.fromkeys(re.findall(r"{(.+?)}", story["text"])):
        words = GRAMMAR["words"][slot[0]]
        filled[slot] = rng.choice([w for w in words if w not in filled.values()])
    return tuple(part.format(**filled) for part in (story["text"], question, answer))


HELD_OUT = [ask(random.Random(f"考题 {i}")) for i in range(100)]
for story, question, answer in HELD_OUT[:3]:
    print(f"{story}\n  问：{question} 答：{answer}")

# %% 变成词元与标签
tokenizer = AutoTokenizer.from_pretrained(MODEL, padding_side="left")
tokens = tokenizer.convert_tokens_to_ids
USER, ASSISTANT, EOS = tokens("<|user|>"), tokens("<|assistant|>"), tokens("<eos>")


def prompt_of(story, question):
    """故事与问题 -> 编号的列表：`<bos>` 故事 `<|user|>` 问题 `<|assistant|>`。"""
    return tokenizer(f"{story}<|user|>{question}<|assistant|>").input_ids


def training_batch(rng, size):
    """现出 size 道题，返回 input_ids、attention_mask、labels，各 (B, T)。"""
    rows = []
    while len(rows) < size:
        story, question, answer = item = ask(rng)
        if item not in HELD_OUT:
            prompt = prompt_of(story, question)
            reply = tokenizer(answer, add_special_tokens=False).input_ids + [EOS]
            rows.append((prompt + reply, [-100] * len(prompt) + reply))
    length = max(len(ids) for ids, _ in rows)

    def pad(values, filler):
        return torch.tensor([[filler] * (length - len(v)) + v for v in values])

    return {
        "input_ids": pad([ids for ids, _ in rows], tokenizer.pad_token_id),
        "attention_mask": pad([[1] * len(ids) for ids, _ in rows], 0),
        "labels": pad([labels for _, labels in rows], -100),  # 只在回答上算损失
    }


one = training_batch(random.Random(0), 1)
print(tokenizer.decode(one["input_ids"][0]))
learned = one["labels"][0] != -100
print("算损失的只有：", tokenizer.decode(one["input_ids"][0][learned]))


# %% 微调之前
@torch.inference_mode()
def answers(model):
    """对 HELD_OUT 的每一题贪心作答，返回文字的列表。"""
    prompts = [prompt_of(story, question) for story, question, _ in HELD_OUT]
    batch = tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
    out = model.generate(**batch, max_new_tokens=10, do_sample=False)
    return tokenizer.batch_decode(out[:, batch.input_ids.shape[1] :], True)


def accuracy(model):
    """回答与标准答案一字不差的比例。"""
    right = [a == item[2] for a, item in zip(answers(model), HELD_OUT, strict=True)]
    return sum(right) / len(right)


base = AutoModelForCausalLM.from_pretrained(MODEL)
BEFORE = accuracy(base)
print(f"基座答对：{BEFORE:.2f}")

# %% 给模型加上 LoRA
model = get_peft_model(
    copy.deepcopy(base),
    LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules="all-linear"),
)
trainable, total = model.get_nb_trainable_parameters()
print(f"要训练 {trainable:,} 个参数，占 {trainable / total:.1%}")
for name, parameter in model.named_parameters():
    if "layers.0.self_attn.q_proj" in name:
        state = "训练" if parameter.requires_grad else "冻结"
        print(state, tuple(parameter.shape), name.split("self_attn.")[1])


# %% 训练
def train(model, steps, learning_rate, size=16):
    """训练 model 里还能更新的参数，返回每一步的损失。"""
    rng = random.Random(0)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=learning_rate, total_steps=steps, pct_start=0.1
    )
    model.train()
    losses = []
    for step in range(1, steps + 1):
        loss = model(**training_batch(rng, size)).loss
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 100 == 0:
            print(f"第 {step} 步，最近 50 步的平均损失 {sum(losses[-50:]) / 50:.1f}")
    model.eval()
    return losses


losses = train(model, STEPS, learning_rate=5e-3)

# %% 损失曲线
fig, ax = plt.subplots()
ax.plot(range(1, STEPS + 1), losses, color="C0", alpha=0.3, label="每一步")
smooth = [sum(losses[i - 25 : i]) / 25 for i in range(25, STEPS + 1)]
ax.plot(range(25, STEPS + 1), smooth, color="C0", label="最近 25 步的平均")
ax.set(xlabel="步", ylabel="回答的损失（奈特每字）", ylim=(0, None))
ax.legend()
plt.show()

# %% 微调之后
AFTER = accuracy(model)
print("答对的比基座多出七成以上：", AFTER - BEFORE > 0.7)

# %% 看几道题 tags=["varies"]
said_before, said_after = answers(base), answers(model)
for (_, question, answer), said in zip(HELD_OUT[:6], said_after[:6], strict=True):
    print("✓" if said == answer else "✗", f"问：{question} 答：{said}（应为 {answer}）")
print("同一题，基座只会接着讲：", said_before[0])
print(f"100 道没见过的题，答对的从 {BEFORE:.0%} 到 {AFTER:.0%}")

# %% 改了什么
before, after = base.state_dict(), model.base_model.model.state_dict()
frozen = {
    name.replace(".base_layer", ""): value
    for name, value in after.items()
    if "lora" not in name
}
same = [torch.equal(value, before[name]) for name, value in frozen.items()]
print(
    f"基座的 {len(before)} 个张量都在，全都没变：", len(same) == len(before), all(same)
)
with model.disable_adapter(), torch.inference_mode():
    ids = torch.tensor([prompt_of(*HELD_OUT[0][:2])])
    print("关掉适配器就是基座：", torch.equal(model(ids).logits, base(ids).logits))

# %% 保存与合并
with tempfile.TemporaryDirectory() as folder:
    model.save_pretrained(folder)
    for path in sorted(Path(folder).glob("adapter*")):
        print(f"{path.name}：{path.stat().st_size / 1000:.0f} KB")
    loaded = PeftModel.from_pretrained(copy.deepcopy(base), folder)
with torch.inference_mode():
    tuned = model(ids).logits
    print("读回来的适配器，输出相同：", torch.equal(loaded(ids).logits, tuned))
    merged = loaded.merge_and_unload()
    print("合并成", type(merged).__name__, end="，")
    print("输出相同：", torch.allclose(merged(ids).logits, tuned, atol=1e-4))

# %% 换了架构，先看有哪些层
gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=100, n_embd=16, n_layer=1, n_head=2))
for name, module in gpt2.named_modules():
    if list(module.children()) == [] and hasattr(module, "weight"):
        print(f"{name:24} {type(module).__name__:10} {tuple(module.weight.shape)}")
adapted = get_peft_model(
    gpt2,
    LoraConfig(task_type="CAUSAL_LM", target_modules=["c_attn"], fan_in_fan_out=True),
)
trainable, total = adapted.get_nb_trainable_parameters()
print(f"GPT-2 的 q、k、v 合在 c_attn 里：要训练 {trainable} 个")


# %% 在 7B 上是多少
def share(r, target_modules):
    """在 Llama 2 7B 的形状上，返回 (LoRA 的参数个数, 全部参数个数)。

    模型建在 meta 设备上：只有形状，没有数，不占内存
    """
    config = LlamaConfig(
        vocab_size=32000,
        hidden_size=4096,
        intermediate_size=11008,
        num_hidden_layers=32,
        num_attention_heads=32,
    )
    with torch.device("meta"):
        big = LlamaForCausalLM(config)
        lora = LoraConfig(task_type="CAUSAL_LM", r=r, target_modules=target_modules)
        return get_peft_model(big, lora).get_nb_trainable_parameters()


for name, modules in [("q、v", ["q_proj", "v_proj"]), ("全部线性层", "all-linear")]:
    trainable, total = share(8, modules)
    print(f"{name}，秩 8：{trainable:,} / {total:,}，占 {trainable / total:.3%}")

# %% 照抄 q_proj 与 v_proj tags=["raises-exception"]
gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=100, n_embd=16, n_layer=1, n_head=2))
# 写成一个字符串时按正则表达式匹配整个层名，写成列表时匹配名字的末尾
config = LoraConfig(task_type="CAUSAL_LM", target_modules=r".*\.(q_proj|v_proj)")
get_peft_model(gpt2, config)
