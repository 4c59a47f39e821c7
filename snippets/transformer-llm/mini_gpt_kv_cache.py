"""KV 缓存：写下一个字，不必把前面的重算一遍

把成品 models/mini-gpt 的权重读出来，用四十来行写一个带缓存的前向：
每一步只送进去一个字，前面的键与值从缓存里取。证明打分与整段重算相同，
也与 transformers 的缓存相同；数一数省下多少次乘法，再量一量快了几倍。

来源：Shazeer 2019（arXiv:1911.02150）讲逐步生成时反复读键与值的代价
"""

# %% 准备
import time

import matplotlib.pyplot as plt
import torch
from safetensors.torch import load_file
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM

MODEL = "models/mini-gpt"
WEIGHTS = load_file(f"{MODEL}/model.safetensors")  # 名字 -> 张量
N_LAYER, N_HEAD, D_HEAD = 2, 4, 16
print(len(WEIGHTS), "个张量，例如")
print("model.layers.0.self_attn.k_proj.weight")


# %% 带缓存的前向
def rms(x, weight):
    """均方根归一化，(…, C) -> (…, C)。"""
    return weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)


def rotate(x, start):
    """从第 start 个位置起旋转 x (B, H, T, d_head)。"""
    speed = 10000.0 ** (-torch.arange(0, D_HEAD, 2) / D_HEAD)
    angle = torch.outer(torch.arange(start, start + x.shape[2]), speed)
    angle = torch.cat([angle, angle], dim=-1)  # (T, d_head)
    first, second = x.chunk(2, dim=-1)
    return x * angle.cos() + torch.cat([-second, first], dim=-1) * angle.sin()


def attention(x, layer, cache):
    """X (B, T, C) 是新来的字；cache[layer] 是以前的键与值，算完接上新的。"""
    w = {name: WEIGHTS[f"model.layers.{layer}.self_attn.{name}_proj.weight"] for name in "qkvo"}
    q, k, v = ((x @ w[n].T).unflatten(-1, (N_HEAD, -1)).transpose(1, 2) for n in "qkv")
    start = cache[layer][0].shape[2] if layer in cache else 0  # 已经写了几个字
    q, k = rotate(q, start), rotate(k, start)  # 新字的位置从 start 数起
    if layer in cache:
        k = torch.cat([cache[layer][0], k], dim=2)  # (B, H, start + T, d_head)
        v = torch.cat([cache[layer][1], v], dim=2)
    cache[layer] = k, v
    # 新字看得见以前的全部，以及新字里排在前面的
    see = torch.ones(x.shape[1], k.shape[2], dtype=torch.bool).tril(start)
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=see)
    return out.transpose(1, 2).flatten(-2) @ w["o"].T


def forward(ids, cache):
    """新来的编号 (B, T) -> 它们的打分 (B, T, V)；cache 是字典，就地更新。"""
    x = WEIGHTS["model.embed_tokens.weight"][ids]
    for i in range(N_LAYER):
        w = {n.split(f"layers.{i}.")[-1]: p for n, p in WEIGHTS.items() if f"layers.{i}." in n}
        x = x + attention(rms(x, w["input_layernorm.weight"]), i, cache)
        h = rms(x, w["post_attention_layernorm.weight"])
        gate, up = h @ w["mlp.gate_proj.weight"].T, h @ w["mlp.up_proj.weight"].T
        x = x + (F.silu(gate) * up) @ w["mlp.down_proj.weight"].T
    return rms(x, WEIGHTS["model.norm.weight"]) @ WEIGHTS["model.embed_tokens.weight"].T


# %% 打分相同
model = AutoModelForCausalLM.from_pretrained(MODEL).eval()
torch.manual_seed(0)
ids = torch.randint(10, 615, (3, 40))
whole = forward(ids, {})  # 一次送进 40 个字
cache = {}
steps = [forward(ids[:, :5], cache)]  # 先送 5 个，余下的一个一个送
steps += [forward(ids[:, t : t + 1], cache) for t in range(5, 40)]
with torch.no_grad():
    official = model(ids).logits
print("逐步的与整段的相同：", torch.allclose(torch.cat(steps, 1), whole, atol=1e-4))
print("与 LlamaForCausalLM 相同：", torch.allclose(whole, official, atol=1e-4))
print("缓存里第 0 层的键：", list(cache[0][0].shape))


# %% 贪心写同样的字
def write(first, n, use_cache):
    """从编号 first (B, T) 起贪心写 n 个字，返回 (B, T + n)。"""
    ids, cache = first, {}
    logits = forward(ids, cache)
    for _ in range(n):
        ids = torch.cat([ids, logits[:, -1:].argmax(-1)], dim=1)
        # 有缓存只送最后一个字，没有就整段重送
        logits = forward(ids[:, -1:], cache) if use_cache else forward(ids, {})
    return ids


start = torch.full((1, 1), 1)  # <bos>
slow, fast = (write(start, 60, use_cache) for use_cache in (False, True))
print("两种写法逐字相同：", torch.equal(slow, fast))
theirs = model.generate(start, do_sample=False, max_new_tokens=60, eos_token_id=-1)
print("与 generate 逐字相同：", torch.equal(fast, theirs))


# %% 数一数运算
def flops(n, use_cache):
    """写 n 个字要多少次浮点运算，由 PyTorch 的计数器数。"""
    with FlopCounterMode(display=False) as counter:
        write(start, n, use_cache)
    return counter.get_total_flops()


lengths = [16, 32, 64, 128]
work = {n: [flops(n, use_cache) for use_cache in (False, True)] for n in lengths}
for n, (slow, fast) in work.items():
    print(f"{n:3} 字：{slow / 1e6:6.0f} 与 {fast / 1e6:2.0f} 百万次，{slow / fast:.0f} 倍")

# %% 两条曲线
fig, ax = plt.subplots()
ax.plot(lengths, [work[n][0] / 1e6 for n in lengths], "o-", label="每步整段重算")
ax.plot(lengths, [work[n][1] / 1e6 for n in lengths], "s-", label="用缓存")
ax.set(xlabel="写了几个字", ylabel="浮点运算（百万次）", xscale="log", yscale="log")
ax.set_xticks(lengths, lengths)
ax.set_yticks([10, 100, 1000], ["10", "100", "1000"])
ax.minorticks_off()
ax.legend()
plt.show()


# %% 量一量时间 tags=["varies"]
def seconds(n, use_cache):
    """写 n 个字要几秒。"""
    begin = time.perf_counter()
    write(start, n, use_cache)
    return time.perf_counter() - begin


ratios = {n: seconds(n, False) / seconds(n, True) for n in (32, 200)}
for n, ratio in ratios.items():
    print(f"写 {n:3} 个字，缓存快 {ratio:.1f} 倍")

# %% 缓存有多大
size = sum(k.nbytes + v.nbytes for k, v in cache.values())
print(f"3 句话、40 个字、2 层：{size:,} 字节")
print("照公式：", 2 * N_LAYER * N_HEAD * D_HEAD * 4 * 3 * 40)

# %% 忘了挪位置
cache = {}
forward(ids[:, :39], cache)
real_rotate = rotate
rotate = lambda x, start: real_rotate(x, 0)  # noqa: E731  新字总当成第 0 个位置
wrong = forward(ids[:, 39:], cache)[:, -1]
rotate = real_rotate
right = whole[:, -1]
print(f"打分最多差 {(wrong - right).abs().max():.0f}")
