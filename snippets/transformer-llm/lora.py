"""从零写 LoRA：只学两个瘦矩阵

把一个线性层冻住，旁边加一条低秩的支路：手算一个 2×3 的例子，看 B 为什么从 0
开始、α/r 是什么、怎样合并，再与 peft 逐元素对齐；然后看 target_modules 该写
什么，各种配置训练百分之几的参数，最后算 7B 的显存账

来源：Hu et al. 2021《LoRA: Low-Rank Adaptation of Large Language Models》
（arXiv:2106.09685，4.1 节）；
Kalajdzievski 2023《A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA》
（arXiv:2312.03732）；Dettmers et al. 2023《QLoRA》（arXiv:2305.14314）
"""

# %% 准备
import copy
from statistics import NormalDist

import matplotlib.pyplot as plt
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

MODEL = "models/mini-gpt"  # 换成 "Qwen/Qwen3-0.6B-Base" 等真实模型即可
torch.manual_seed(0)

# %% 两行三列，旁边一条秩一的支路
W = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]])  # 冻结，(2, 3)
A = torch.tensor([[1.0, 0.0, 2.0]])  # (1, 3)
B = torch.tensor([[0.5], [-1.0]])  # (2, 1)
x = torch.tensor([2.0, 1.0, 1.0])
scaling = 2  # α = 2，r = 1

low = A @ x  # (1, 3) @ (3,) -> (1,)
print("W x        =", (W @ x).tolist())
print("A x        =", low.tolist())
print("2 · B (A x) =", (scaling * (B @ low)).tolist())  # (2, 1) @ (1,) -> (2,)
print("两路相加    =", (W @ x + scaling * (B @ low)).tolist())
print("合并后的 W  =", (W + scaling * B @ A).tolist())
print("合并后乘 x  =", ((W + scaling * B @ A) @ x).tolist())

# %% 两条路的图
fig, ax = plt.subplots(figsize=(5.2, 4.2))
ax.set(xlim=(0, 10), ylim=(0, 8.6))
ax.axis("off")


def block(x, y, width, height, color, text):
    """在 (x, y) 处画一个矩形，中间写字。"""
    ax.add_patch(plt.Rectangle((x, y), width, height, color=color, ec="none"))
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=15)


def arrow(start, end):
    """从 start 到 end 画一个箭头。"""
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.6})


ax.text(5, 0.1, "输入 x", ha="center", fontsize=15)
ax.text(5, 8.1, "输出", ha="center", fontsize=15)
block(0.3, 2.4, 3.6, 3.6, "#dddddd", "W\n4096×4096\n冻结")
block(5.6, 2.0, 3.6, 0.8, "#9ec9e8", "A　8×4096")
block(6.9, 3.2, 1.0, 2.8, "#f6c28b", "B")
ax.text(8.2, 4.6, "4096×8", va="center", fontsize=14)
arrow((4.7, 0.8), (2.1, 2.3))
arrow((5.3, 0.8), (7.4, 1.9))
arrow((7.4, 2.85), (7.4, 3.2))
arrow((2.1, 6.1), (4.6, 7.2))
arrow((7.4, 6.1), (5.4, 7.2))
ax.text(7.0, 6.8, "× α/r", fontsize=14)
ax.text(5, 7.3, "+", ha="center", fontsize=20)
plt.show()


# %% 从零写 LoRA
class LoRALinear(nn.Module):
    """在冻结的线性层旁边加一条低秩的支路：y = W x + (alpha / r) B A x

    A (r, 输入) 随机，B (输出, r) 从 0 开始，所以一开始与原来的层完全相同
    """

    def __init__(self, linear, r=8, alpha=16):
        """linear 是要改造的 nn.Linear，r 是秩，alpha / r 是支路的缩放"""
        super().__init__()
        self.linear = linear.requires_grad_(False)  # 原来的权重不再更新
        self.A = nn.Parameter(torch.empty(r, linear.in_features))
        self.B = nn.Parameter(torch.zeros(linear.out_features, r))
        nn.init.kaiming_uniform_(self.A, a=5**0.5)  # 与 nn.Linear 的初始化相同
        self.scaling = alpha / r

    def forward(self, x):
        """(…, 输入) -> (…, 输出)"""
        low = x @ self.A.T  # (…, 输入) @ (输入, r) -> (…, r)
        return self.linear(x) + self.scaling * (low @ self.B.T)  # (…, r) @ (r, 输出)

    def merge(self):
        """返回一个普通的 nn.Linear，权重是 W + (alpha / r) B A"""
        merged = copy.deepcopy(self.linear)
        merged.weight.data += self.scaling * (self.B @ self.A)  # (输出, r) @ (r, 输入)
        return merged


# %% 刚加上的时候
linear = nn.Linear(64, 64, bias=False)
ours = LoRALinear(linear, r=4, alpha=8)
x = torch.randn(10, 64)
print("刚加上时，输出不变：", torch.equal(ours(x), linear(x)))
trained = sum(p.numel() for p in ours.parameters() if p.requires_grad)
print(f"要训练的参数：{trained}，原来的矩阵：{linear.weight.numel()}")


# %% 谁有梯度
def gradients(layer):
    """一次反向之后，A、B、W 的梯度里最大的绝对值；没有梯度就是 None"""
    layer.zero_grad()
    layer(x).square().mean().backward()
    grads = [layer.A.grad, layer.B.grad, layer.linear.weight.grad]
    return [None if g is None else round(g.abs().max().item(), 3) for g in grads]


def show(label, values):
    """印出 A、B、W 三个梯度"""
    print(f"{label}\n ", "　".join(f"{n} {v}" for n, v in zip("ABW", values, strict=True)))


fresh = LoRALinear(linear, r=4, alpha=8)
show("A 随机、B 为 0，第一步：", gradients(fresh))
torch.optim.SGD([fresh.A, fresh.B], lr=0.1).step()
show("走了一步之后：", gradients(fresh))

dead = LoRALinear(linear, r=4, alpha=8)
dead.A.data.zero_()
optimizer = torch.optim.SGD([dead.A, dead.B], lr=0.1)
for _ in range(100):
    gradients(dead)
    optimizer.step()
show("A、B 都为 0，走了 100 步：", gradients(dead))

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
theirs.lora_A["default"].weight.data = ours.A.data.clone()
theirs.lora_B["default"].weight.data = ours.B.data.clone()
print("输出相同：", torch.allclose(ours(x), theirs(x), atol=1e-6))
theirs.merge()
print("合并后的权重相同：", torch.allclose(merged.weight, theirs.weight, atol=1e-6))

# %% 合并两次
again = LoRALinear(merged, r=4, alpha=8)  # 把合并过的层当成基座，又装上同一对 A、B
again.A.data, again.B.data = ours.A.data, ours.B.data
twice = again.merge().weight - linear.weight
print(f"改动成了原来的 {(twice.norm() / change.norm()).item():.1f} 倍")


# %% 秩变大时支路有多强
def branch_size(r, scaling):
    """B 的每个数都在 0.01 上下时，缩放之后的支路输出的标准差"""
    torch.manual_seed(r)
    layer = LoRALinear(nn.Linear(256, 256), r)
    layer.B.data.normal_(std=0.01)
    inputs = torch.randn(500, 256)
    return scaling * (inputs @ layer.A.T @ layer.B.T).std().item()


print("倍数　16/r　 2　　16/√r")
for r in [4, 16, 64]:
    sizes = [branch_size(r, rule) for rule in (16 / r, 2, 16 / r**0.5)]
    print(f"r={r:2d}", *(f"{size:.3f}" for size in sizes))

# %% 有哪些线性层
llama = AutoModelForCausalLM.from_pretrained(MODEL)
gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=100, n_embd=16, n_layer=1, n_head=2))
for name, where in [("mini-gpt", llama.model.layers[0]), ("GPT-2", gpt2.transformer.h[0])]:
    print(name)
    for path, module in where.named_modules():
        if not list(module.children()) and getattr(module, "weight", torch.ones(1)).dim() == 2:
            print(f"  {path:18} {type(module).__name__:7} {list(module.weight.shape)}")


# %% 训练百分之几
def share(config, r, target_modules):
    """按 config 的形状搭一个 Llama，返回 (LoRA 的参数个数, 基座的参数个数)

    模型建在 meta 设备上：只有形状，没有数，不占内存
    """
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
        base = sum(p.numel() for p in model.parameters())
        lora = LoraConfig(task_type="CAUSAL_LM", r=r, target_modules=target_modules)
        return get_peft_model(model, lora).get_nb_trainable_parameters()[0], base


LLAMA_7B = LlamaConfig(
    vocab_size=32000,
    hidden_size=4096,
    intermediate_size=11008,
    num_hidden_layers=32,
    num_attention_heads=32,
)
for model_name, config in [("mini-gpt", llama.config), ("7B", LLAMA_7B)]:
    for label, target in [("q、v", ["q_proj", "v_proj"]), ("全部", "all-linear")]:
        count, base = share(config, 8, target)
        print(f"{model_name} {label}：{count:,} 个，{count / base:.2%}")
    print(f"  基座 {base:,} 个")

# %% 七十亿参数的显存账
lora_count, base_count = share(LLAMA_7B, 8, "all-linear")
adam = 2 + 2 + 4 + 8  # 权重、梯度各 16 位，32 位的主权重，两份 32 位的 Adam 状态
double = 8 / 64 + 32 / (64 * 256)  # 双重量化：每 64 个数一个 8 位比例，它们又 256 个一组
kept = 2 * 32000 * 4096  # 词表与输出层照旧用 16 位，只量化中间的层
packed = (base_count - kept) * (4 + double) / 8 + kept * 2
bytes_of = {
    "全参数": base_count * adam,
    "LoRA": base_count * 2 + lora_count * adam,
    "QLoRA": packed + lora_count * adam,
}
for name, size in bytes_of.items():
    print(f"{name:6} {size / 1e9:6.1f} GB（还没算激活）")

# %% 十六个格子怎样摆
normal = NormalDist()
TOP = 1 - (1 / 32 + 1 / 30) / 2  # 最外一格的分位；取到 1 就是无穷大了
negative = [normal.inv_cdf(1 - TOP + (TOP - 0.5) * i / 7) for i in range(7)]
positive = [normal.inv_cdf(0.5 + (TOP - 0.5) * i / 8) for i in range(1, 9)]
NF4 = torch.tensor(negative + [0.0] + positive) / positive[-1]  # 7 负、一个 0、8 正
EVEN = torch.linspace(-1, 1, 16)  # 同样十六格，等距
for i in range(0, 16, 4):
    print("".join(f"{v:7.2f}" for v in NF4.tolist()[i : i + 4]))


# %% 量化与还原
def quantize(weight, levels, block=64):
    """每 block 个数共用一个比例，各存最近的一格；返回编号与比例"""
    groups = weight.reshape(-1, block)
    scale = groups.abs().amax(dim=1, keepdim=True)  # (组数, 1)
    codes = ((groups / scale)[..., None] - levels).abs().argmin(dim=-1)  # (组数, block)
    return codes.to(torch.uint8), scale


def dequantize(codes, scale, levels, shape):
    """编号与比例 -> 近似的权重"""
    return (levels[codes.int()] * scale).reshape(shape)


def relative_error(weight, levels):
    """量化再还原，差出去的占原来多少"""
    back = dequantize(*quantize(weight, levels), levels, weight.shape)
    return ((weight - back).norm() / weight.norm()).item()


matrices = [m.weight.detach() for m in llama.model.modules() if isinstance(m, nn.Linear)]
errors = [(relative_error(m, EVEN), relative_error(m, NF4)) for m in matrices]
for name, values in zip(["等距", "NF4"], zip(*errors, strict=True), strict=True):
    print(f"{name}：相对误差 {min(values):.3f} 到 {max(values):.3f}")
print(f"{len(matrices)} 个矩阵，NF4 都更小：", all(nf4 < even for even, nf4 in errors))

# %% 双重量化
print(f"一个 32 位的比例管 64 个数：每个数 {32 / 64:.3f} 位")
print(f"比例也量化：{8 / 64:.3f} + {32 / (64 * 256):.3f} = {double:.3f} 位")


# %% 四位的基座
class QLoRALinear(nn.Module):
    """基座只存 4 位的编号与比例，用的时候还原；能训练的只有 A 与 B"""

    def __init__(self, linear, r=8, alpha=16):
        """linear 是没有偏置的 nn.Linear；量化之后原来的权重不再保留"""
        super().__init__()
        codes, scale = quantize(linear.weight.data, NF4)
        self.register_buffer("codes", codes)  # 真的库把两个 4 位的数装进一个字节
        self.register_buffer("scale", scale)
        self.shape = linear.weight.shape
        self.A = nn.Parameter(torch.empty(r, linear.in_features))
        self.B = nn.Parameter(torch.zeros(linear.out_features, r))
        nn.init.kaiming_uniform_(self.A, a=5**0.5)
        self.scaling = alpha / r

    def forward(self, x):
        """(…, 输入) -> (…, 输出)"""
        weight = dequantize(self.codes, self.scale, NF4, self.shape)  # 用完就扔
        return x @ weight.T + self.scaling * (x @ self.A.T @ self.B.T)


layer = QLoRALinear(llama.model.layers[0].mlp.up_proj)
nn.init.normal_(layer.B, std=0.1)
x = torch.randn(10, 64, requires_grad=True)
layer(x).square().mean().backward()
print("有梯度的参数：", [n for n, p in layer.named_parameters() if p.grad is not None])
print("梯度穿过基座传到输入：", bool(x.grad.abs().max() > 0))

# %% 照抄 q_proj 与 v_proj tags=["raises-exception"]
gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=100, n_embd=16, n_layer=1, n_head=2))
# 写成字符串时按正则表达式匹配整个层名，写成列表时匹配名字的末尾
config = LoraConfig(task_type="CAUSAL_LM", target_modules=r".*\.(q_proj|v_proj)")
get_peft_model(gpt2, config)
