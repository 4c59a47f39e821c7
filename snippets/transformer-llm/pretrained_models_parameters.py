"""预训练模型有多少参数：从配置算，不靠记忆

按每个模型公开的配置，在 meta 设备上搭出结构（只有形状，没有数），数出参数；再给四种结构
各写一个公式，与数出来的逐个对上；最后看流传的数字差在哪里。

配置出处：GPT-1（Radford 等 2018）、GPT-2（Radford 等 2019）、GPT-3（Brown 等 2020，表 2.1）、
BERT（Devlin 等 2018）、RoBERTa（Liu 等 2019）、T5（Raffel 等 2019）、Llama 3（2024）、
Qwen2.5（2024）、Qwen3（2025）的论文与模型配置文件；GPT-2 论文表 2 的四个参数量与后来的
更正，见 openai/gpt-2 的说明与 issue 209
"""

# %% 在 meta 设备上数
import matplotlib.pyplot as plt
import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    BertConfig,
    BertForPreTraining,
    GPT2Config,
    LlamaConfig,
    OpenAIGPTConfig,
    Qwen2Config,
    Qwen3Config,
    RobertaConfig,
    T5Config,
)


def count(config, build=AutoModel.from_config):
    """一个配置有多少参数（int）；绑定的权重只数一次。

    build 决定搭成什么：默认只有主干，没有任务头
    """
    with torch.device("meta"):  # 只有形状，不占内存
        model = build(config)
    return sum(p.numel() for p in model.parameters())


def gpt2(d_model, n_layer):
    """GPT-2 的配置：只有宽度与层数不同，每个头 64 维。"""
    return GPT2Config(n_embd=d_model, n_layer=n_layer, n_head=d_model // 64)


def bert(d_model, n_layer):
    """BERT 的配置：前馈宽 4d，每个头 64 维。"""
    return BertConfig(
        hidden_size=d_model,
        num_hidden_layers=n_layer,
        num_attention_heads=d_model // 64,
        intermediate_size=4 * d_model,
    )


def t5(d_model, d_ff, n_layer, n_head):
    """T5 的配置：编码器与解码器各 n_layer 层，每个头 64 维。"""
    return T5Config(d_model=d_model, d_ff=d_ff, num_layers=n_layer, num_heads=n_head, d_kv=64)


def llama(make, V, d, d_ff, n_layer, n_head, n_kv, tied, **more):
    """Llama 一类的配置：make 是配置的类，n_kv 是键值头数，tied 是输入输出共用词表。"""
    return make(
        vocab_size=V,
        hidden_size=d,
        intermediate_size=d_ff,
        num_hidden_layers=n_layer,
        num_attention_heads=n_head,
        num_key_value_heads=n_kv,
        tie_word_embeddings=tied,
        **more,
    )


CONFIGS = {
    "GPT-1": OpenAIGPTConfig(),
    "GPT-2 small": gpt2(768, 12),
    "GPT-2 medium": gpt2(1024, 24),
    "GPT-2 large": gpt2(1280, 36),
    "GPT-2 XL": gpt2(1600, 48),
    "BERT-Base": bert(768, 12),
    "BERT-Large": bert(1024, 24),
    "RoBERTa-Base": RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1),
    "T5-Small": t5(512, 2048, 6, 8),
    "T5-Base": t5(768, 3072, 12, 12),
    "T5-Large": t5(1024, 4096, 24, 16),
}
DECODERS = {  # 今天的只有解码器的模型，连输出层一起数
    "Qwen2.5-0.5B": llama(Qwen2Config, 151936, 896, 4864, 24, 14, 2, True),
    "Qwen3-0.6B": llama(Qwen3Config, 151936, 1024, 3072, 28, 16, 8, True, head_dim=128),
    "Llama-3-8B": llama(LlamaConfig, 128256, 4096, 14336, 32, 32, 8, False),
}
counted = {name: count(config) for name, config in CONFIGS.items()}
for name, config in DECODERS.items():
    counted[name] = count(config, AutoModelForCausalLM.from_config)

for name, parameters in counted.items():
    print(f"{name:<13}{parameters:>14,}  约 {parameters / 1e6:,.0f}M")


# %% GPT-2 的公式
def gpt_parameters(V, P, d, L):
    """GPT-2 一类：V 词表，P 位置，d 宽度，L 层。

    每层：注意力 4d² + 4d，前馈 8d² + 5d，两个层归一化 4d
    """
    attention = 4 * d * d + 4 * d
    feed_forward = 8 * d * d + 5 * d
    return (V + P) * d + L * (attention + feed_forward + 4 * d) + 2 * d


for name, d, L in [
    ("GPT-2 small", 768, 12),
    ("GPT-2 medium", 1024, 24),
    ("GPT-2 large", 1280, 36),
    ("GPT-2 XL", 1600, 48),
]:
    formula = gpt_parameters(50257, 1024, d, L)
    print(f"{formula == counted[name]}  {name:<13}{formula:>14,}")

gpt3 = gpt_parameters(50257, 2048, 12288, 96)
print(f"GPT-3 用公式算：{gpt3 / 1e9:.1f}B")
print(f"只用 12 d² L 估：{12 * 12288**2 * 96 / 1e9:.1f}B")


# %% BERT 的公式
def bert_parameters(V, P, d, L):
    """BERT 一类：比 GPT-2 多句子编号的两行、嵌入后的归一化、句首的池化层。"""
    embedding = (V + P + 2) * d + 2 * d
    layer = 12 * d * d + 13 * d  # 与 GPT-2 的一层一样大
    return embedding + L * layer + d * d + d


heads = count(bert(1024, 24), BertForPreTraining)
for name, d, L in [("BERT-Base", 768, 12), ("BERT-Large", 1024, 24)]:
    formula = bert_parameters(30522, 512, d, L)
    print(f"{formula == counted[name]}  {name:<13}{formula:>14,}")
print(f"BERT-Large 连同两个头：{heads:,}")


# %% T5 的公式
def t5_parameters(V, d, d_ff, L, H, d_k=64):
    """T5：没有偏置，没有位置表；解码器每层多一个交叉注意力。"""
    attention = 4 * d * H * d_k
    feed_forward = 2 * d * d_ff
    encoder = L * (attention + feed_forward + 2 * d)
    decoder = L * (2 * attention + feed_forward + 3 * d)
    distance = 32 * H  # 32 档距离，每个头一个分数，两边各一张
    return V * d + encoder + decoder + 2 * distance + 2 * d


for name, d, d_ff, L, H in [
    ("T5-Small", 512, 2048, 6, 8),
    ("T5-Base", 768, 3072, 12, 12),
    ("T5-Large", 1024, 4096, 24, 16),
]:
    formula = t5_parameters(32128, d, d_ff, L, H)
    print(f"{formula == counted[name]}  {name:<13}{formula:>14,}")


# %% Llama 与 Qwen 的公式
def llama_parameters(V, d, d_ff, L, H, G, d_k, tied, bias=False, qk_norm=False):
    """Llama 一类：H 个查询头、G 个键值头，前馈是三个矩阵的 SwiGLU。"""
    attention = 2 * d * H * d_k + 2 * d * G * d_k  # q 与 o；k 与 v
    attention += bias * (H + 2 * G) * d_k  # Qwen2 给 q、k、v 加偏置
    attention += qk_norm * 2 * d_k  # Qwen3 给每个头的 q、k 做归一化
    feed_forward = 3 * d * d_ff
    tables = V * d if tied else 2 * V * d
    return tables + L * (attention + feed_forward + 2 * d) + d


FORMULAS = {
    "Qwen2.5-0.5B": llama_parameters(151936, 896, 4864, 24, 14, 2, 64, True, bias=True),
    "Qwen3-0.6B": llama_parameters(151936, 1024, 3072, 28, 16, 8, 128, True, qk_norm=True),
    "Llama-3-8B": llama_parameters(128256, 4096, 14336, 32, 32, 8, 128, False),
}
for name, formula in FORMULAS.items():
    print(f"{formula == counted[name]}  {name:<13}{formula:>14,}")

# %% 流传的数字差在哪里
SAID = {
    "GPT-1": 117,
    "GPT-2 small": 117,
    "GPT-2 XL": 1542,
    "BERT-Base": 110,
    "BERT-Large": 340,
    "T5-Small": 60,
    "T5-Base": 220,
    "T5-Large": 770,
}
for name, said in SAID.items():
    ours = counted[name] / 1e6
    print(f"{said / ours - 1:+5.1%}  {name:<12}{said:>6,}M {ours:>8,.1f}M")

# %% 猜一猜是怎样数的
print("GPT-2 换成 GPT-1 的词表：")
for said, d, L in [(117, 768, 12), (345, 1024, 24), (762, 1280, 36), (1542, 1600, 48)]:
    guess = gpt_parameters(40478, 1024, d, L) / 1e6
    print(f"  论文 {said:>5,}M，这样数 {guess:>7,.1f}M")
print("T5 把共用的词表数两遍：")
for name, d in [("T5-Small", 512), ("T5-Base", 768), ("T5-Large", 1024)]:
    guess = (counted[name] + 32128 * d) / 1e6
    print(f"  论文 {SAID[name]:>5,}M，这样数 {guess:>7,.1f}M")

# %% 参数都在哪里
parts = {"词表与位置": [], "注意力": [], "前馈": []}
names = ["GPT-2 small", "GPT-2 XL", "GPT-3", "Qwen3-0.6B", "Llama-3-8B"]
for V, P, d, L in [(50257, 1024, 768, 12), (50257, 1024, 1600, 48), (50257, 2048, 12288, 96)]:
    total = gpt_parameters(V, P, d, L)
    parts["词表与位置"].append((V + P) * d / total)
    parts["注意力"].append(L * (4 * d * d + 4 * d) / total)
    parts["前馈"].append(L * (8 * d * d + 5 * d) / total)
for name, d, d_ff, L, wide, tables in [
    ("Qwen3-0.6B", 1024, 3072, 28, 2 * 2048 + 2 * 1024, 151936 * 1024),
    ("Llama-3-8B", 4096, 14336, 32, 2 * 4096 + 2 * 1024, 2 * 128256 * 4096),
]:
    parts["词表与位置"].append(tables / counted[name])
    parts["注意力"].append(L * d * wide / counted[name])  # q、o、k、v 的宽度加起来是 wide
    parts["前馈"].append(L * 3 * d * d_ff / counted[name])

for index, name in enumerate(names):
    print(f"{name:<12}", *(f"{share[index]:>4.0%}" for share in parts.values()))

fig, ax = plt.subplots(figsize=(5, 3.2))
left = [0.0] * len(names)
for part, share in parts.items():
    bars = ax.barh(names, share, left=left, label=part)
    ax.bar_label(bars, [f"{x:.0%}" if x > 0.04 else "" for x in share], label_type="center", color="white")
    left = [a + b for a, b in zip(left, share)]
ax.set_xlim(0, 1)
ax.set_xlabel("占全部参数的比例")
ax.invert_yaxis()
ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.4, 1.2))
ax.grid(False)
plt.show()
