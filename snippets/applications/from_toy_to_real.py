"""从玩具到真模型：显存、时间与钱的三本账

由公开的配置算出 Qwen3 各个大小的参数量，再算推理与微调各要多少显存、
哪张卡放得下、生成一百万个词元要多久、训练一次要多少卡时。

来源：Qwen3 技术报告（arXiv:2505.09388）与各模型公开的 config.json；
训练的运算量 6ND，Kaplan 等 2020（arXiv:2001.08361，第 2.1 节）
"""

# %% 六份配置
import matplotlib.pyplot as plt

VOCAB = 151_936  # Qwen3 的词表
QWEN3 = {  # 宽度，层数，查询头，键值头，每个头的宽度，前馈的宽度，输入输出共用嵌入表吗
    "0.6B": (1024, 28, 16, 8, 128, 3072, True),
    "1.7B": (2048, 28, 16, 8, 128, 6144, True),
    "4B": (2560, 36, 32, 8, 128, 9728, True),
    "8B": (4096, 36, 32, 8, 128, 12288, False),
    "14B": (5120, 40, 40, 8, 128, 17408, False),
    "32B": (5120, 64, 64, 8, 128, 25600, False),
}


def parameters(config):
    """由一份 Qwen3 的配置算参数量，返回（层里的，嵌入表的）。"""
    width, n_layer, n_head, n_kv_head, d_head, inner, tied = config
    attention = 2 * width * n_head * d_head + 2 * width * n_kv_head * d_head
    mlp = 3 * width * inner  # SwiGLU 的三个矩阵
    norms = 2 * width + 2 * d_head  # 两个归一化，加上查询与键各一个
    layers = n_layer * (attention + mlp + norms) + width
    return layers, VOCAB * width * (1 if tied else 2)


print("型号    参数合计（亿）  其中嵌入表")
for name, config in QWEN3.items():
    layers, embedding = parameters(config)
    total = layers + embedding
    print(f"{name:5} {total / 1e8:10.2f} {embedding / total:12.0%}")


# %% 推理要多少显存
def bytes_per_weight(bits, group=128):
    """平均每个权重的字节数：4 位时每 group 个权重另存一个 16 位的缩放。"""
    return bits / 8 if bits >= 8 else bits / 8 + 2 / group


def weights_gb(config, bits):
    """全部权重的大小，单位 GB；量化时嵌入表仍存 16 位，这是常见的做法。"""
    layers, embedding = parameters(config)
    return (layers * bytes_per_weight(bits) + embedding * 2) / 1e9


def cache_gb(config, tokens):
    """KV 缓存的大小，单位 GB：每层、每个键值头，键与值各一份，16 位。"""
    _, n_layer, _, n_kv_head, d_head, _, _ = config
    return 2 * n_layer * n_kv_head * d_head * 2 * tokens / 1e9


TOKENS = 8192  # 一段对话，提示词加回答
print(f"型号    16 位   8 位   4 位   {TOKENS} 个词元的 KV 缓存（GB）")
for name, config in QWEN3.items():
    sizes = [weights_gb(config, bits) for bits in (16, 8, 4)]
    print(f"{name:5}", *(f"{x:6.1f}" for x in sizes), f"{cache_gb(config, TOKENS):9.2f}")

# %% 哪张卡放得下
CARDS = (6, 8, 12, 16, 24, 48, 80)  # 常见的显存，GB
USABLE = 0.9  # 留一成给运行库与中间结果


def smallest_card(need):
    """放得下 need GB 的最小的卡；都放不下就是 None。"""
    return next((card for card in CARDS if card * USABLE >= need), None)


table = {
    (name, bits): weights_gb(config, bits) + cache_gb(config, TOKENS)
    for name, config in QWEN3.items()
    for bits in (16, 8, 4)
}
for bits in (16, 8, 4):
    cards = [f"{name} → {smallest_card(table[name, bits])}" for name in QWEN3]
    print(f"{bits:2} 位：", "，".join(cards))

# %% 画成图
fig, ax = plt.subplots(figsize=(6.4, 5.2))
for offset, bits in zip((-0.27, 0, 0.27), (16, 8, 4)):
    need = [table[name, bits] for name in QWEN3]
    places = [i + offset for i in range(len(QWEN3))]
    ax.barh(places, need, height=0.25, label=f"{bits} 位")
for card in (8, 16, 24, 48):
    ax.axvline(card * USABLE, color="0.5", linestyle=":", linewidth=1)
    ax.text(card * USABLE, -0.6, str(card), ha="center", color="0.3")
ax.set_yticks(range(len(QWEN3)), QWEN3)
ax.set(xlabel="权重加 8,192 个词元的缓存（GB）；虚线是卡的九成", xlim=(0, 70))
ax.invert_yaxis()
ax.legend(loc="upper right")
plt.show()


# %% 微调要多少显存
def lora_parameters(config, rank):
    """给一层里全部七个线性层加上秩为 rank 的 LoRA，一共训练多少个数。"""
    width, n_layer, n_head, n_kv_head, d_head, inner, _ = config
    q, kv = n_head * d_head, n_kv_head * d_head
    shapes = [(width, q), (width, kv), (width, kv), (q, width)]
    shapes += [(width, inner), (width, inner), (inner, width)]
    return n_layer * rank * sum(a + b for a, b in shapes)


def training_gb(config, method, tokens=2048, rank=16):
    """微调要多少显存（GB），返回（权重，梯度与优化器，激活，打分）。

    激活按“每层只留输入、反向时重算”来估；tokens 是一批里词元的总数
    """
    width, n_layer, *_ = config
    total = sum(parameters(config))
    trained = total if method == "全参数" else lora_parameters(config, rank)
    weights = weights_gb(config, 4 if method == "QLoRA" else 16)
    extra = 0 if method == "全参数" else trained * 2 / 1e9  # 新加的两个小矩阵
    # 每个要训练的数：16 位梯度 2 字节，32 位主权重 4 字节，Adam 的两份状态 8 字节
    states = trained * (2 + 4 + 8) / 1e9
    activations = tokens * width * n_layer * 2 / 1e9
    logits = 2 * tokens * VOCAB * 4 / 1e9  # 打分与它的梯度，32 位
    return weights + extra, states, activations, logits


print("            权重   状态 激活 打分   合计   卡（GB）")
for name in ("0.6B", "4B", "8B"):
    for method, label in [("全参数", "全参数"), ("LoRA", "LoRA  "), ("QLoRA", "QLoRA ")]:
        weights, states, activations, logits = training_gb(QWEN3[name], method)
        need = weights + states + activations + logits
        shown = f"{weights:5.1f} {states:6.1f} {activations:4.1f} {logits:4.1f} {need:6.1f}"
        print(f"{name:4} {label} {shown}   {smallest_card(need) or '没有'}")

# %% 生成最快能有多快
GPUS = {  # 显存 GB，显存带宽 GB/s，16 位的峰值算力 TFLOP/s（都取自厂商公布的规格）
    "T4": (16, 320, 65),
    "RTX 4090": (24, 1008, 165),
    "A100 80GB": (80, 2039, 312),
}


def most_tokens_per_second(config, bits, bandwidth, context=1024):
    """一次只服务一个人时的上限：每个词元要把权重与缓存从显存里读一遍。"""
    layers, embedding = parameters(config)
    _, _, _, _, _, _, tied = config
    # 不共用时，输入的嵌入表只读一行，输出的那张要整张读
    read = layers * bytes_per_weight(bits) / 1e9 + embedding * 2 / 1e9 / (1 if tied else 2)
    return bandwidth / (read + cache_gb(config, context))


for name, bits in [("0.6B", 16), ("8B", 16), ("8B", 4)]:
    for gpu, (memory, bandwidth, _) in GPUS.items():
        fits = memory * USABLE >= weights_gb(QWEN3[name], bits)
        speed = most_tokens_per_second(QWEN3[name], bits, bandwidth)
        print(f"{name:5}{bits:3} 位  {gpu:10}", f"≤ {speed:.0f} 词元/秒" if fits else "放不下")


# %% 训练一次要多少卡时
def gpu_hours(n_parameters, tokens, tflops, per_token=6, utilization=0.3):
    """训练要多少卡时：每个参数、每个词元约 per_token 次运算。

    全参数是 6（前向 2、反向 4）；LoRA 不算冻结权重的梯度，约为 4；
    开着梯度检查点，反向时要把前向重算一遍，再加 2。
    utilization 是实际用上的算力占峰值的比例，三成是保守的假设
    """
    return per_token * n_parameters * tokens / (tflops * 1e12 * utilization) / 3600


PRICE = 2.0  # 每卡时多少元：换成你那天看到的价钱
size = sum(parameters(QWEN3["8B"]))
tokens = 2000 * 500 * 3  # 两千条对话，每条五百个词元，三轮
hours = gpu_hours(size, tokens, GPUS["RTX 4090"][2], per_token=4 + 2)
print(f"8B，LoRA，{tokens:,} 个词元：{hours:.2f} 卡时，按 {PRICE} 元一小时是 {hours * PRICE:.1f} 元")

small = sum(parameters(QWEN3["0.6B"]))
hours = gpu_hours(small, 36e12, GPUS["A100 80GB"][2], utilization=0.4)
print(f"0.6B 从头预训练 36 万亿个词元：{hours:,.0f} 卡时，一张卡要 {hours / 24 / 365:.0f} 年")


# %% 租还是调用接口
def price_per_million(tokens_per_second, price_per_hour):
    """自己租卡，生成一百万个词元要多少元；机器得一直有活干。"""
    return price_per_hour / (tokens_per_second * 3600) * 1e6


speed = most_tokens_per_second(QWEN3["8B"], 16, GPUS["RTX 4090"][1])
for users in (1, 8, 32):  # 同时服务的人多，权重读一遍供所有人用
    together = users * GPUS["RTX 4090"][1] / (
        GPUS["RTX 4090"][1] / speed + (users - 1) * cache_gb(QWEN3["8B"], 1024)
    )
    cost = price_per_million(together, PRICE)
    print(f"同时 {users:2} 人：合计 ≤ {together:5.0f} 词元/秒，每百万词元 ≥ {cost:.2f} 元")


# %% 下载要多久
def download_minutes(gigabytes, megabytes_per_second):
    """下载要多少分钟。"""
    return gigabytes * 1000 / megabytes_per_second / 60


for name in ("0.6B", "8B", "32B"):
    size = weights_gb(QWEN3[name], 16)
    print(f"{name:5}{size:5.1f} GB，每秒 10 MB 要 {download_minutes(size, 10):4.0f} 分钟")
