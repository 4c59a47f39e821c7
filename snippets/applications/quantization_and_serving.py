"""模型量化与推理优化：每一步都量出代价

先从零写出绝对值最大量化（absmax），看清误差从哪里来，再把读者自己训练的
小模型换成 int8 权重，量出体积与损失的变化；然后逐项验证推理优化：KV 缓存、
左补齐的批处理、半精度、连续批处理，并估算真实模型要多少显存。

来源：LLM.int8()，Dettmers 等 2022（arXiv:2208.07339，第 2 节）；
连续批处理，Orca，Yu 等 2022（OSDI）；KV 缓存分页，vLLM，Kwon 等 2023
"""

# %% 准备
import heapq
import io
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
)
from transformers.pytorch_utils import Conv1D

MODEL = "models/mini-gpt"  # 换成 "Qwen/Qwen2.5-0.5B-Instruct" 即可
torch.manual_seed(0)


# %% 绝对值最大量化
def quantize(w, bits=8, dim=None):
    """把浮点数变成整数乘比例：w ≈ q · scale。

    dim 是 None 时全体共用一个比例，是 1 时每行（每个输出通道）一个
    返回 (q, scale)：q 与 w 同形状，int8；scale 是 () 或 (行数, 1)
    """
    top = 2 ** (bits - 1) - 1  # 8 位是 127
    largest = w.abs().max() if dim is None else w.abs().amax(dim, keepdim=True)
    scale = largest.clamp(min=1e-12) / top
    return torch.round(w / scale).to(torch.int8), scale


w = torch.tensor([[0.5, -1.2, 0.3], [0.02, -0.01, 0.03]])
for dim, name in [(None, "整个张量一个比例"), (1, "每行一个比例")]:
    q, scale = quantize(w, dim=dim)
    print(name)
    print("  整数：", q.tolist())
    print("  还原：", [[round(v, 4) for v in row] for row in (q * scale).tolist()])


# %% 粒度与误差
def relative_error(w, bits, group=None):
    """量化再还原的相对误差 ‖w − ŵ‖ / ‖w‖。

    group 是 None 时整个张量一个比例，否则每行里每 group 个数一个比例
    """
    rows = w.reshape(-1, group) if group else w
    q, scale = quantize(rows, bits, dim=1 if group else None)
    return ((rows - q * scale).norm() / rows.norm()).item()


w = torch.randn(64, 96)
w[5] *= 20  # 有一行特别大：真实模型里常见的离群通道
bit_range = [8, 6, 5, 4, 3, 2]
fig, ax = plt.subplots()
for (name, group), marker in zip(
    {"整个张量": None, "每行": 96, "每 32 个": 32}.items(), "os^", strict=True
):
    errors = [relative_error(w, bits, group) for bits in bit_range]
    print(f"{name}一个比例：8 位误差 {errors[0]:.4f}，4 位 {errors[3]:.3f}")
    ax.plot(bit_range, errors, marker=marker, label=f"{name}一个比例")
ax.set(xlabel="位数", ylabel="相对误差", yscale="log", xticks=bit_range)
ax.invert_xaxis()
ax.legend(loc="upper left")
plt.show()


# %% 离群值
q, scale = quantize(w)
ordinary = torch.arange(64) != 5
lost = (w[ordinary] - (q * scale)[ordinary]).norm() / w[ordinary].norm()
print(f"共用一个比例时，普通行的相对误差 {lost:.2f}")
print("普通行只用到这么多个不同的整数：", len(q[ordinary].unique()))
q, scale = quantize(w, dim=1)
lost = (w[ordinary] - (q * scale)[ordinary]).norm() / w[ordinary].norm()
print(f"每行一个比例时，普通行的相对误差 {lost:.4f}")


# %% 换成八位权重
class Int8Linear(nn.Module):
    """只量化权重的线性层：权重存 int8，用时乘回比例，输入输出仍是浮点。"""

    def __init__(self, linear):
        super().__init__()
        q, scale = quantize(linear.weight.detach(), dim=1)
        self.register_buffer("q", q)          # (输出, 输入)，int8
        self.register_buffer("scale", scale)  # (输出, 1)，与原权重同类型
        self.bias = linear.bias

    def forward(self, x):
        """(…, 输入) -> (…, 输出)。"""
        return F.linear(x, self.q.to(x.dtype) * self.scale, self.bias)


def quantize_linears(module, skip=("lm_head",)):
    """就地把 module 里的 nn.Linear 都换掉，返回换了几层。

    跳过 lm_head：它与词嵌入共用一份权重，单独换掉反而多出一份
    """
    changed = 0
    for name, child in module.named_children():
        if isinstance(child, nn.Linear) and name not in skip:
            setattr(module, name, Int8Linear(child))
            changed += 1
        else:
            changed += quantize_linears(child, skip)
    return changed


def kilobytes(module):
    """保存后的大小，单位 KB；共用的权重只算一份。"""
    buffer = io.BytesIO()
    torch.save(module.state_dict(), buffer)
    return len(buffer.getvalue()) / 1024


tokenizer = AutoTokenizer.from_pretrained(MODEL, padding_side="left")
model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
small = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
changed = quantize_linears(small)

print(f"换了 {changed} 层")
print(f"大小：{kilobytes(model):.0f} KB → {kilobytes(small):.0f} KB")


# %% 量化的代价
@torch.inference_mode()
def sample_texts(model, count=64, length=90):
    """从模型自己采样，返回 (count, ≤ length) 的词元；结束之后是补齐。"""
    start = torch.full((count, 1), tokenizer.bos_token_id)
    return model.generate(
        start,
        attention_mask=torch.ones_like(start),
        max_new_tokens=length,
        do_sample=True,
        top_k=0,
    )


@torch.inference_mode()
def mean_loss(model, ids):
    """每个词元的平均负对数似然，单位 nat；补齐的位置不算。ids: (B, T)。"""
    logits = model(ids).logits[:, :-1].float()  # (B, T-1, 词表)
    targets = ids[:, 1:].clone()                # (B, T-1)
    targets[targets == tokenizer.pad_token_id] = -100
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten()).item()


def with_bits(bits):
    """返回一份线性层权重被量化到 bits 位再还原的模型，只为量损失。"""
    copy = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
    for name, layer in copy.named_modules():
        if isinstance(layer, nn.Linear) and name != "lm_head":
            q, scale = quantize(layer.weight.data, bits, dim=1)
            layer.weight.data = q * scale
    return copy


texts = sample_texts(model)
base = mean_loss(model, texts)


def extra_loss(other):
    """other 比原模型多出的损失，近似两者的 KL 散度；保留三位小数。"""
    return round(mean_loss(other, texts) - base, 3) + 0.0  # 加 0：不要 -0.000


extra = {bits: extra_loss(with_bits(bits)) for bits in bit_range}
half = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.bfloat16).eval()

print(f"原模型的损失 {base:.2f}")
print(f"int8 权重：损失多 {extra_loss(small):.3f}")
print(f"bfloat16：损失多 {extra_loss(half):.3f}，{kilobytes(half):.0f} KB")
for bits in (4, 3, 2):
    print(f"{bits} 位权重：损失多 {extra[bits]:.2f}")

fig, ax = plt.subplots()
ax.plot(bit_range, list(extra.values()), marker="o")
ax.set(xlabel="权重的位数", ylabel="损失多了多少", xticks=bit_range)
ax.invert_xaxis()
plt.show()

# %% 现成的动态量化
gpt2 = GPT2LMHeadModel(
    GPT2Config(n_embd=64, n_layer=2, n_head=2, vocab_size=500, n_positions=64)
).eval()
dynamic = torch.ao.quantization.quantize_dynamic(  # 已弃用，后继是 torchao
    gpt2, {nn.Linear}, dtype=torch.qint8
)
kinds = [type(m) for m in gpt2.modules()]
print(f"GPT-2：nn.Linear {kinds.count(nn.Linear)} 层，Conv1D {kinds.count(Conv1D)} 层")
print(f"GPT-2 动态量化：{kilobytes(gpt2):.0f} KB → {kilobytes(dynamic):.0f} KB")

dynamic_llama = torch.ao.quantization.quantize_dynamic(
    model, {nn.Linear}, dtype=torch.qint8
)
kinds = [type(m) for m in model.modules()]
print(f"Llama 结构：nn.Linear {kinds.count(nn.Linear)} 层")
print(f"Llama 动态量化：{kilobytes(model):.0f} KB → {kilobytes(dynamic_llama):.0f} KB")
print(f"损失多 {extra_loss(dynamic_llama):.3f}")

try:  # 存下来的权重换了名字，装不回原来的类
    model.load_state_dict(dynamic_llama.state_dict())
except RuntimeError as error:
    print("RuntimeError:", str(error).splitlines()[0])


# %% KV 缓存
def count_work(model, run):
    """运行 run()，返回 (结果, 经过第一层的词元数)：词元数就是计算量的尺子。"""
    seen = []
    layer = model.model.layers[0]
    hook = layer.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape))
    try:
        result = run()
    finally:
        hook.remove()
    return result, sum(shape[0] * shape[1] for shape in seen)


prompt = texts[:1, :9]  # 一个故事的开头，(1, 9)
options = {
    "attention_mask": torch.ones_like(prompt),
    "max_new_tokens": 60,
    "min_new_tokens": 60,
    "do_sample": False,
}
with torch.inference_mode():
    cached, fast = count_work(model, lambda: model.generate(prompt, **options))
    uncached, slow = count_work(
        model, lambda: model.generate(prompt, use_cache=False, **options)
    )
print("词元完全相同：", torch.equal(cached, uncached))
print(f"经过第一层的词元：有缓存 {fast}，没有缓存 {slow}，差 {slow / fast:.0f} 倍")

# %% 左补齐
starts = [
    tokenizer.decode(row[:n], skip_special_tokens=True)
    for row, n in zip(texts[:4], (4, 8, 12, 16), strict=True)
]


@torch.inference_mode()
def greedy(prompts, side):
    """贪心续写一批提示词，返回新内容的列表；side 是补齐的方向。"""
    batch = tokenizer(prompts, padding=True, padding_side=side, return_tensors="pt")
    out = model.generate(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        max_new_tokens=12,
        do_sample=False,
    )
    new = out[:, batch.input_ids.shape[1] :]
    return tokenizer.batch_decode(new, skip_special_tokens=True)


alone = [greedy([start], "left")[0] for start in starts]
for side in ("left", "right"):
    same = sum(a == b for a, b in zip(alone, greedy(starts, side), strict=True))
    print(f"{side}：{same}/{len(starts)} 条与单独生成的相同")


# %% 优化的推理
class OptimizedInference:
    """推理服务的最小核心：半精度或 int8 权重，按长度分批，左补齐，只返回新内容。"""

    def __init__(self, path, dtype=torch.float32, int8=False):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(path, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(path, dtype=dtype)
        if int8:
            quantize_linears(model)
        self.model = model.to(self.device).eval()  # eval：关掉 Dropout

    @torch.inference_mode()  # 不记录计算图，省内存
    def generate(self, prompts, batch_size=8, **options):
        """续写一组提示词，返回同样顺序的新内容。options 传给 model.generate。"""
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        answers = [""] * len(prompts)
        for start in range(0, len(order), batch_size):  # 长短相近的放一批，少补齐
            rows = order[start : start + batch_size]
            batch = self.tokenizer(
                [prompts[i] for i in rows], padding=True, return_tensors="pt"
            ).to(self.device)
            out = self.model.generate(
                input_ids=batch.input_ids,
                attention_mask=batch.attention_mask,
                **options,
            )  # KV 缓存 generate 默认就用
            new = out[:, batch.input_ids.shape[1] :]
            found = self.tokenizer.batch_decode(new, skip_special_tokens=True)
            for i, text in zip(rows, found, strict=True):
                answers[i] = text
        return answers


# %% 推理的验证
serve = OptimizedInference(MODEL, int8=True)
print(f"int8：{kilobytes(serve.model):.0f} KB")
plain = OptimizedInference(MODEL)
options = {"max_new_tokens": 12, "do_sample": False}
print("fp32 与逐条相同：", plain.generate(starts[::-1], **options) == alone[::-1])
calls = []
hook = plain.model.register_forward_pre_hook(lambda *_: calls.append(1))
plain.generate(starts, batch_size=4, **options)
together = len(calls)
for start in starts:
    plain.generate([start], **options)
hook.remove()
print(f"前向次数：一批 {together}，逐条 {len(calls) - together}")

# %% 续写的样子 tags=["varies"]
ends = serve.generate(starts, max_new_tokens=60, do_sample=False)
for start, end in zip(starts, ends, strict=True):
    print(f"{start}｜{end}")


# %% 连续批处理
def schedule(lengths, slots, continuous):
    """排一遍请求。lengths 是各请求要生成的词元数，slots 是同时能放几条。

    返回 (槽位, 开始, 长度) 的列表。静态：一批里最长的写完才换下一批；
    连续：谁写完谁的位置立刻给下一条
    """
    plan, free = [], [(0, slot) for slot in range(slots)]
    for first in range(0, len(lengths), slots):
        for n in lengths[first : first + slots]:
            start, slot = heapq.heappop(free)
            plan.append((slot, start, n))
            heapq.heappush(free, (start + n, slot))
        if not continuous:
            end = max(t for t, _ in free)
            free = [(end, slot) for slot in range(slots)]
    return plan


def finish(plan):
    """全部写完的时刻（步数）。"""
    return max(start + n for _, start, n in plan)


lengths = np.random.default_rng(0).geometric(0.04, size=16).tolist()
plans = {
    "静态批处理": schedule(lengths, 4, continuous=False),
    "连续批处理": schedule(lengths, 4, continuous=True),
}
print("16 条请求的长度：", lengths)
fig, axes = plt.subplots(2, 1, sharex=True)
for ax, (name, plan) in zip(axes, plans.items(), strict=True):
    busy = sum(lengths) / (4 * finish(plan))
    print(f"{name}：{finish(plan)} 步，槽位利用率 {busy:.0%}")
    for i, (slot, start, n) in enumerate(plan):
        ax.broken_barh([(start, n)], (slot - 0.4, 0.8), color=f"C{i % 6}")
    ax.set(title=name, yticks=[])
axes[1].set_xlabel("步")
plt.show()

# %% 计时 tags=["varies"]
x = torch.randn(8, 96)
layer = nn.Linear(96, 256)
versions = {"fp32": layer, "int8 权重": Int8Linear(layer)}
seconds = {}
with torch.inference_mode():
    for name, version in versions.items():
        began = time.perf_counter()
        for _ in range(2000):
            version(x)
        seconds[name] = time.perf_counter() - began
print(f"int8 权重的用时是 fp32 的 {seconds['int8 权重'] / seconds['fp32']:.1f} 倍")

# %% 要多少显存
MODELS = {  # 参数个数，层数，KV 头数，每头维数：取自各模型公开的配置
    "Llama-2-7B": (6_738_415_616, 32, 32, 128),
    "Llama-3-8B": (8_030_261_248, 32, 8, 128),
}
GIB = 2**30
for name, (parameters, layers, kv_heads, head_dim) in MODELS.items():
    per_token = 2 * layers * kv_heads * head_dim * 2  # K 与 V，每个数 2 字节
    sizes = [f"{bits} 位 {parameters * bits / 8 / GIB:.1f}" for bits in (16, 8, 4)]
    print(f"{name} 权重（GiB）：{'，'.join(sizes)}")
    print(f"  KV 缓存：每词元 {per_token // 1024} KiB，", end="")
    print(f"8,192 词元 {per_token * 8192 / GIB:.1f} GiB")
