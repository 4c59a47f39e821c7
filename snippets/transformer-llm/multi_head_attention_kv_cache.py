"""键和值可以共用：MHA、GQA、MQA 与 MLA 的 KV 缓存

用真实模型的配置算出每个词元要记住多少字节，再看官方函数怎样给查询头分组

来源：Shazeer 2019（MQA，arXiv 1911.02150）；Ainslie et al. 2023（GQA，2305.13245）；
DeepSeek-AI 2024（MLA，2405.04434）；Dao et al. 2022（FlashAttention，2205.14135）；
各模型公开的 config.json
"""

# %% 每个词元要记住多少
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

BYTES = 2  # bf16，每个数 2 字节


def cache_bytes(n_layer, n_kv_head, d_k):
    """一个词元的 KV 缓存，单位字节：每一层、每个键值头，各存一个键和一个值"""
    return 2 * n_layer * n_kv_head * d_k * BYTES


models = [  # 名称，层数，查询头，键值头，d_k
    ("Llama-2-7B", 32, 32, 32, 128),
    ("Llama-3-8B", 32, 32, 8, 128),
    ("Qwen2.5-7B", 28, 28, 4, 128),
    ("Falcon-7B", 32, 71, 1, 64),
]
sizes = {}
for name, n_layer, n_head, n_kv_head, d_k in models:
    sizes[name] = cache_bytes(n_layer, n_kv_head, d_k) / 1024
    full = cache_bytes(n_layer, n_head, d_k) / 1024  # 每个查询头都有自己的键和值
    heads = f"{n_head} 个查询头，{n_kv_head:2d} 个键值头"
    print(f"{name}：{heads}，{sizes[name]:5.1f} KiB，占 MHA 的 {sizes[name] / full:.1%}")

# %% 八千个词元的对话
T = 8192
print(f"Llama-3-8B 的 KV 缓存：{sizes['Llama-3-8B'] * T / 1024**2:.0f} GiB")
print(f"如果用 MHA：{4 * sizes['Llama-3-8B'] * T / 1024**2:.0f} GiB")
print(f"一层的注意力权重：{32 * T**2 * BYTES / 1024**3:.0f} GiB")

# %% 官方函数怎样分组
torch.manual_seed(0)
q = torch.randn(1, 8, 5, 16)  # (B, H, T, d_k)：8 个查询头
k, v = torch.randn(2, 1, 2, 5, 16)  # 各 (B, H_kv, T, d_k)：2 个键值头
before = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
print("输出：", list(before.shape))
for number in range(2):
    changed = v.clone()
    changed[:, number] += 1
    after = F.scaled_dot_product_attention(q, k, changed, enable_gqa=True)
    moved = (after - before).abs().amax(dim=(0, 2, 3)) > 1e-6
    print(f"改动键值头 {number}，变了的查询头：", moved.nonzero().flatten().tolist())

# %% 潜在向量只存一份
latent = 61 * (512 + 64) * BYTES / 1024  # 61 层，潜在向量 512 维，位置部分 64 维
unpacked = 61 * 128 * (192 + 128) * BYTES / 1024  # 128 个头，键 192 维，值 128 维
sizes["DeepSeek-V3"] = latent
print(f"DeepSeek-V3：{latent:.1f} KiB；每个头都存要 {unpacked:.0f} KiB")


# %% 画图的函数
def draw_sizes(kinds):
    """每个模型一条横杠，长度是每个词元的缓存；kinds 与 sizes 的次序相同"""
    _, ax = plt.subplots(figsize=(5.6, 3.2))
    bars = ax.barh(list(sizes), list(sizes.values()))
    for bar, kind in zip(bars, kinds):
        label = f" {kind}，{bar.get_width():.0f}"
        middle = bar.get_y() + bar.get_height() / 2
        ax.text(bar.get_width(), middle, label, va="center", fontsize=13)
    ax.invert_yaxis()  # 第一个模型在最上面
    ax.set_xlim(0, 720)
    ax.set_xlabel("每个词元的 KV 缓存（KiB）", fontsize=13)
    ax.tick_params(labelsize=13)
    ax.grid(axis="y", visible=False)


# %% 五个模型放在一起
draw_sizes(["MHA", "GQA", "GQA", "MQA", "MLA"])
plt.show()

# %% 换一种内核，结果不变
from torch.nn.attention import SDPBackend, sdpa_kernel

long = torch.randn(3, 1, 4, 512, 32)  # q、k、v 各 (B, H, T, d_k)
results = []
for backend in [SDPBackend.MATH, SDPBackend.FLASH_ATTENTION]:
    with sdpa_kernel(backend):  # 指定用哪一种实现
        results.append(F.scaled_dot_product_attention(*long, is_causal=True))
print("两种内核相等：", torch.allclose(*results, atol=1e-5))
