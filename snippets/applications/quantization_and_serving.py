"""量化：从四个数到整个模型

从零写出对称与非对称的 int8 量化，看清误差从哪里来、粒度与离群值怎样改变它，
再用整数做矩阵乘法；然后把自己训练的小模型换成 int8 权重，量出体积与困惑度，
与 torchao 逐个整数对照，最后看旧的动态量化写法错在哪里。

来源：整数推理，Jacob 等 2018（arXiv:1712.05877）；
LLM.int8()，Dettmers 等 2022（arXiv:2208.07339）；
SmoothQuant，Xiao 等 2023（arXiv:2211.10438）
"""

# %% 准备
import json
import random
import re
import tempfile
import time
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from safetensors.torch import load_file, save_file
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


# %% 对称量化
def quantize(w, bits=8, dim=None):
    """对称量化，w ≈ scale · q；零永远变成零

    dim 是 None 时全体共用一个比例，是 1 时每行一个
    返回 q（与 w 同形状，int8）与 scale（() 或 (行数, 1)）
    """
    top = 2 ** (bits - 1) - 1  # 8 位是 127
    largest = w.abs().max() if dim is None else w.abs().amax(dim, keepdim=True)
    scale = largest.clamp(min=1e-12) / top  # 全是零时不除以零
    return torch.round(w / scale).to(torch.int8), scale


# %% 四个权重
w = torch.tensor([1.27, -0.5, 0.304, 0.02])
q, scale = quantize(w)
back = scale * q
print(f"比例 {scale:.4f}")
print("整数：", q.tolist())
print("还原：", [round(v, 3) for v in back.tolist()])
print("误差：", [round(v, 3) + 0.0 for v in (back - w).tolist()])


# %% 非对称量化
def quantize_affine(x, bits=8):
    """非对称量化，x ≈ scale · (q − zero_point)，整个张量一组参数

    返回 q（int8）、scale 与 zero_point（−128 到 127 的整数）
    """
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    smallest = x.min().clamp(max=0)  # 区间必须包含 0，零才能准确表示
    largest = x.max().clamp(min=0)
    scale = (largest - smallest).clamp(min=1e-12) / (high - low)
    zero_point = int(low - torch.round(smallest / scale))  # 区间含 0，一定在 low 到 high 之间
    q = torch.round(x / scale) + zero_point
    return q.clamp(low, high).to(torch.int8), scale, zero_point


def dequantize_affine(q, scale, zero_point):
    """还原：先减零点，再乘比例；int8 要先变宽，否则相减会溢出"""
    return scale * (q.float() - zero_point)


# %% 四个激活
x = torch.tensor([-0.55, 0.0, 0.8, 2.0])
q, scale, zero_point = quantize_affine(x)
back = dequantize_affine(q, scale, zero_point)
print(f"非对称：比例 {scale:.4f}，零点 {zero_point}")
print("  整数：", q.tolist())
print("  还原：", [round(v, 3) + 0.0 for v in back.tolist()])
q, scale = quantize(x)
print(f"对称：比例 {scale:.4f}")
print("  整数：", q.tolist())
print("  还原：", [round(v, 3) for v in (scale * q).tolist()])

# %% 误差是一把锯齿
points = torch.linspace(-1.2, 1.2, 2401)
fig, (top_ax, bottom_ax) = plt.subplots(2, 1, figsize=(5.6, 5.2), sharex=True)
for bits, color in [(3, "C1"), (4, "C0")]:
    q, scale = quantize(points, bits)
    top_ax.plot(points, scale * q, color=color, label=f"{bits} 位")
    bottom_ax.plot(points, scale * q - points, color=color, linewidth=1)
    worst = (scale * q - points).abs().max()
    print(f"{bits} 位：比例 {scale:.3f}，最大误差 {worst:.3f}")
top_ax.set_ylabel("还原的值")
top_ax.legend(loc="upper left")
bottom_ax.set(xlabel="原来的值", ylabel="误差")
plt.show()

# %% 每行一个比例
w = torch.tensor([[1.27, -0.5, 0.304], [0.024, -0.013, 0.03]])
for dim, name in [(None, "整个张量一个比例"), (1, "每行一个比例")]:
    q, scale = quantize(w, dim=dim)
    print(name)
    print("  整数：", q.tolist())
    print("  第 2 行还原：", [round(v, 4) for v in (scale * q)[1].tolist()])

# %% 离群的一行
w = torch.randn(64, 128)
w[5] *= 20  # 有一行特别大
ordinary = torch.arange(64) != 5
for dim, name in [(None, "整个张量一个比例"), (1, "每行一个比例")]:
    q, scale = quantize(w, dim=dim)
    lost = (w - scale * q)[ordinary].norm() / w[ordinary].norm()
    values = max(len(row.unique()) for row in q[ordinary])
    print(name)
    print(f"  普通行的误差 {lost:.3f}，一行最多 {values} 个不同的整数")


# %% 粒度与位数
def relative_error(w, bits, group=None):
    """量化再还原的相对误差 ‖w − ŵ‖ / ‖w‖

    group 是 None 时整个张量一个比例，否则每行里每 group 个数一个比例
    """
    rows = w.reshape(-1, group) if group else w
    q, scale = quantize(rows, bits, dim=1 if group else None)
    return ((rows - scale * q).norm() / rows.norm()).item()


w = torch.randn(64, 128) * torch.rand(64, 1).mul(3).exp()  # 各行大小不一
w[torch.rand(w.shape) < 0.002] *= 8  # 零星的大数
bit_range = [8, 6, 5, 4, 3, 2]
fig, ax = plt.subplots()
for (name, group), marker in zip(
    {"整个张量": None, "每行": 128, "每 32 个": 32}.items(), "os^", strict=True
):
    errors = [relative_error(w, bits, group) for bits in bit_range]
    print(f"{name}一个：8 位误差 {errors[0]:.4f}，4 位 {errors[3]:.3f}")
    ax.plot(bit_range, errors, marker=marker, label=f"{name}一个比例")
ax.set(xlabel="位数", ylabel="相对误差", yscale="log", xticks=bit_range)
ax.invert_xaxis()
ax.legend(loc="upper left")
plt.show()


# %% 比例也占地方
def bits_per_weight(bits, group, scale_bits=16, zero_bits=0):
    """平均每个权重占多少位：自己的，加上一组人分摊的比例与零点"""
    return bits + (scale_bits + zero_bits) / group


for group in [4096, 128, 32]:
    plain, with_zero = (bits_per_weight(4, group, zero_bits=z) for z in [0, 4])
    print(f"每 {group} 个一组：{plain:.3f} 位，带零点 {with_zero:.3f} 位")

# %% 用整数做矩阵乘法
x = torch.randn(3, 64) + 0.5  # 3 个词元的激活
w = torch.randn(48, 64)  # (输出, 输入)
q_w, s_w = quantize(w, dim=1)  # s_w：(48, 1)
q_x, s_x, z_x = quantize_affine(x)
integers = q_x.int() @ q_w.int().T  # (3, 64) @ (64, 48)，在 int32 里累加
correction = z_x * q_w.int().sum(dim=1)  # (48,)：零点带来的那一份，可以事先算好
y = s_x * s_w.T * (integers - correction)  # 只在最后乘一次比例
same = dequantize_affine(q_x, s_x, z_x) @ (s_w * q_w).T  # 先还原，再乘
print("整数乘法等于先还原再乘：", torch.allclose(y, same, atol=1e-4))
print(f"与不量化相比，相对误差 {(y - x @ w.T).norm() / (x @ w.T).norm():.3f}")
print(f"最大的累加值：{integers.abs().max().item()}，int16 最大 32767")

# %% 激活里的离群值
x = torch.randn(200, 64)  # 200 个词元
x[:, 7] *= 50  # 有一维特别大：大模型的激活常常这样
w = torch.randn(48, 64)
true = x @ w.T


def dynamic_error(x, w):
    """激活每行一个比例、权重每行一个比例，结果的相对误差"""
    q_x, s_x = quantize(x, dim=1)
    q_w, s_w = quantize(w, dim=1)
    return (((s_x * q_x) @ (s_w * q_w).T - true).norm() / true.norm()).item()


easy = torch.arange(64) != 7
q_x, s_x = quantize(x, dim=1)
lost = (x - s_x * q_x)[:, easy].norm() / x[:, easy].norm()
smooth = (x.abs().amax(dim=0) / w.abs().amax(dim=0)).sqrt()  # (64,)：各分担一半
print(f"其余 63 维的激活，相对误差 {lost:.2f}")
print("乘法结果不变：", torch.allclose((x / smooth) @ (w * smooth).T, true, atol=1e-2))
print(f"结果的误差：直接量化 {dynamic_error(x, w):.3f}")
print(f"  先搬一半难处给权重 {dynamic_error(x / smooth, w * smooth):.3f}")


# %% 只量化权重的线性层
class Int8Linear(nn.Module):
    """权重存 int8，用时乘回比例；输入与输出仍是浮点"""

    def __init__(self, linear):
        super().__init__()
        q, scale = quantize(linear.weight.detach(), dim=1)
        self.register_buffer("q", q)  # (输出, 输入)，int8
        self.register_buffer("scale", scale)  # (输出, 1)，与原权重同类型
        self.bias = linear.bias

    def forward(self, x):
        """(…, 输入) -> (…, 输出)"""
        return F.linear(x, self.q.to(x.dtype) * self.scale, self.bias)


def quantize_linears(module, skip=("lm_head",)):
    """就地把 module 里的 nn.Linear 都换掉，返回换了几层

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


# %% 换掉小模型的十四层
def load(dtype=torch.float32):
    """新读一份小模型；eager 是照公式写的注意力，半精度在老一些的 CPU 上也能跑"""
    return AutoModelForCausalLM.from_pretrained(
        MODEL, dtype=dtype, attn_implementation="eager"
    ).eval()


def kilobytes(model):
    """参数与缓冲区占的内存，单位 KB；共用的权重只算一份"""
    state = {t.data_ptr(): t for t in [*model.parameters(), *model.buffers()]}
    return sum(t.numel() * t.element_size() for t in state.values()) / 1024


tokenizer = AutoTokenizer.from_pretrained(MODEL)
model, small = load(), load()
changed = quantize_linears(small)
embedding = model.model.embed_tokens.weight
print(f"换了 {changed} 层，{kilobytes(model):.0f} KB → {kilobytes(small):.0f} KB")
print(f"其中没有量化的词嵌入：{embedding.numel() * 4 / 1024:.0f} KB")

# %% 量一量困惑度
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))


def tell(rng):
    """按文法讲一个故事：选一个模板，每个槽填一个没用过的词"""
    template, filled = rng.choice(GRAMMAR["stories"])["text"], {}
    for slot in dict.fromkeys(re.findall(r"{(.+?)}", template)):
        free = [w for w in GRAMMAR["words"][slot[0]] if w not in filled.values()]
        filled[slot] = rng.choice(free)
    return template.format(**filled)


rng = random.Random(20261128)
stories = tokenizer([tell(rng) for _ in range(120)], padding=True, return_tensors="pt")


@torch.inference_mode()
def mean_loss(model, batch):
    """每个词元的平均负对数似然，单位奈特；补齐的位置不算"""
    ids, real = batch.input_ids, batch.attention_mask  # (B, T)
    logits = model(ids).logits.float()  # (B, T, 词表)：补在右边，前面的字看不见它
    targets = ids.masked_fill(real == 0, -100)[:, 1:]  # (B, T-1)
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), targets.flatten()).item()


def perplexity(model):
    """平均每个字在几个候选里犹豫：e 的损失次方"""
    return float(torch.tensor(mean_loss(model, stories)).exp())


half = load(torch.bfloat16)
print(f"float32：{kilobytes(model):.0f} KB，困惑度 {perplexity(model):.3f}")
print(f"bfloat16：{kilobytes(half):.0f} KB，困惑度 {perplexity(half):.3f}")
print(f"int8 权重：{kilobytes(small):.0f} KB，困惑度 {perplexity(small):.3f}")


# %% 降到哪一位会出事
def with_bits(bits, group=None):
    """线性层的权重量化到 bits 位再还原，只为量损失；group 的意思同上"""
    copy = load()
    for name, layer in copy.named_modules():
        if isinstance(layer, nn.Linear) and name != "lm_head":
            w = layer.weight.data
            q, scale = quantize(w.reshape(-1, group or w.shape[1]), bits, dim=1)
            layer.weight.data = (scale * q).reshape(w.shape)
    return copy


fig, ax = plt.subplots()
curves = {}
for (name, group), marker in zip({"每行": None, "每 16 个": 16}.items(), "os", strict=True):
    curves[name] = [perplexity(with_bits(bits, group)) for bits in bit_range]
    ax.plot(bit_range, curves[name], marker=marker, label=f"{name}一个比例")
    shown = dict(zip(bit_range, curves[name], strict=True))
    print(f"{name}一个比例")
    print("  " + "，".join(f"{bits} 位 {shown[bits]:.2f}" for bits in [8, 4, 3]), end="")
    print(f"，2 位 {shown[2]:.1f}")
ax.set(xlabel="权重的位数", ylabel="困惑度", yscale="log", xticks=bit_range)
ax.invert_xaxis()
ax.legend(loc="upper left")
plt.show()

# %% 交给 torchao
from torchao.quantization import (
    Int8DynamicActivationInt8WeightConfig,
    Int8WeightOnlyConfig,
    quantize_,
)


def only_linears(module, name):
    """quantize_ 用它挑选要换的层：同样跳过 lm_head"""
    return isinstance(module, nn.Linear) and name != "lm_head"


weight_only, dynamic = load(), load()
quantize_(weight_only, Int8WeightOnlyConfig(), filter_fn=only_linears)
quantize_(dynamic, Int8DynamicActivationInt8WeightConfig(), filter_fn=only_linears)
layer = weight_only.model.layers[0].mlp.up_proj.weight  # 类型换了，仍是一个参数
original = model.model.layers[0].mlp.up_proj.weight.detach()
q, scale = quantize(original, dim=1)
apart = (layer.qdata.int() - q.int()).abs().max().item()
ours = ((scale * q - original).norm() / original.norm()).item()
theirs = ((layer.dequantize() - original).norm() / original.norm()).item()
print("类型：", type(layer).__name__, layer.qdata.dtype, list(layer.scale.shape))
print(f"比例之比 {(layer.scale / scale).mean():.4f}，整数最多差 {apart}")
print(f"相对误差：我们 {ours:.4f}，torchao {theirs:.4f}")
print(f"只量化权重：困惑度 {perplexity(weight_only):.3f}")
print(f"权重与激活：困惑度 {perplexity(dynamic):.3f}")

# %% 旧写法：GPT-2 越量化越大
gpt2 = GPT2LMHeadModel(
    GPT2Config(n_embd=64, n_layer=2, n_head=2, vocab_size=500, n_positions=64)
).eval()


def saved_kilobytes(model):
    """torch.save 存下 state_dict 之后的文件大小"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt"
        torch.save(model.state_dict(), path)
        return path.stat().st_size / 1024


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # 它们说的就是“将被删除”，下面会读
    old = torch.ao.quantization.quantize_dynamic(gpt2, {nn.Linear}, dtype=torch.qint8)
    old_llama = torch.ao.quantization.quantize_dynamic(
        load(), {nn.Linear}, dtype=torch.qint8
    )
kinds = [type(m) for m in gpt2.modules()]
print(f"GPT-2：nn.Linear {kinds.count(nn.Linear)} 层，Conv1D {kinds.count(Conv1D)} 层")
print(f"  文件 {saved_kilobytes(gpt2):.0f} KB → {saved_kilobytes(old):.0f} KB")
kinds = [type(m) for m in model.modules()]
print(f"Llama 结构：nn.Linear {kinds.count(nn.Linear)} 层")
print(f"  文件 {saved_kilobytes(model):.0f} KB → {saved_kilobytes(old_llama):.0f} KB")
print(f"  困惑度 {perplexity(old_llama):.3f}")

# %% 旧写法：入口要被删了
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4)))
for category in dict.fromkeys(w.category.__name__ for w in caught):
    first = next(w for w in caught if w.category.__name__ == category)
    print(f"{category}：{str(first.message).splitlines()[0][:73]}…")
print("现在是 PyTorch", torch.__version__.split("+")[0])

# %% 旧写法：存下的权重读不回来
try:
    load().load_state_dict(old_llama.state_dict())
except RuntimeError as error:
    for line in str(error).splitlines():
        print(line.strip()[:76])  # 后面还有几千个字，都是参数的名字

# %% 存下来再读回去
ids = stories.input_ids[:4]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "int8.safetensors"
    state = small.state_dict()
    del state["lm_head.weight"]  # 与词嵌入是同一份，不存两次
    save_file(state, path)
    again = AutoModelForCausalLM.from_config(small.config).eval()  # 权重是随机的
    quantize_linears(again)  # 先建出同样的结构，再装数
    with torch.inference_mode():
        before = torch.equal(again(ids).logits, small(ids).logits)
    missing, unexpected = again.load_state_dict(load_file(path), strict=False)
    print(f"文件 {path.stat().st_size / 1024:.0f} KB，缺 {missing}，多 {unexpected}")
with torch.inference_mode():
    after = torch.equal(again(ids).logits, small(ids).logits)
print(f"logits 相同：装之前 {before}，装之后 {after}")

# %% 计时 tags=["varies"]
BIG = 2048  # 一层 2048 × 2048：float32 占 16 MB，比这台电脑的高速缓存大
wide = nn.Linear(BIG, BIG, bias=False)


def torchao_layer(config):
    """同样的权重，换成 torchao 的一种格式"""
    copy = nn.Sequential(nn.Linear(BIG, BIG, bias=False))
    copy[0].weight.data = wide.weight.data.clone()
    quantize_(copy, config)
    return copy


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    old_layer = torch.ao.quantization.quantize_dynamic(
        nn.Sequential(wide), {nn.Linear}, dtype=torch.qint8
    )
versions = {
    "float32": wide,
    "手写 int8 权重": Int8Linear(wide),
    "torchao 只量化权重": torchao_layer(Int8WeightOnlyConfig()),
    "torchao 权重与激活": torchao_layer(Int8DynamicActivationInt8WeightConfig()),
    "旧的动态量化": old_layer,
}


@torch.inference_mode()
def best_time(layer, x, rounds=4):
    """跑几次，取最快的一次"""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        layer(x)
        times.append(time.perf_counter() - began)
    return min(times)


times = {}
for batch in [1, 32]:
    x = torch.randn(batch, BIG)
    times[batch] = {name: best_time(layer, x) for name, layer in versions.items()}
for name in versions:  # 不到 1 倍就是更慢
    ratios = [times[b]["float32"] / times[b][name] for b in times]
    print(f"{name}：1 行 {ratios[0]:.1f} 倍，32 行 {ratios[1]:.1f} 倍")
