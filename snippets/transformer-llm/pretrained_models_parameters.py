"""预训练模型有多少参数：从配置算，不靠记忆。

按每个模型公开的配置，在 meta 设备上搭出结构（只有形状，没有数），数出参数；
再写一个 GPT 类模型的公式，与数出来的逐个对上，用它算太大而不必搭的 GPT-3。
配置出处：GPT-1（Radford 2018）、GPT-2（Radford 2019）、GPT-3（Brown 2020，表 2.1）、
BERT（Devlin 2018）、RoBERTa（Liu 2019）、T5（Raffel 2019）、Llama 3（2024）、
Qwen2.5（2024）的论文与模型配置文件。
"""

# %% 在 meta 设备上数
import torch
from transformers import (
    AutoModel,
    BertConfig,
    GPT2Config,
    LlamaConfig,
    OpenAIGPTConfig,
    Qwen2Config,
    RobertaConfig,
    T5Config,
)


def count(config):
    """返回一个配置的参数个数（int）；共享的权重只数一次，不含任务头。"""
    with torch.device("meta"):  # 只有形状，不占内存
        model = AutoModel.from_config(config)
    return sum(p.numel() for p in model.parameters())


def gpt2(d_model, n_layer):
    """GPT-2 的配置：只有宽度与层数不同，每个头 64 维。"""
    return GPT2Config(n_embd=d_model, n_layer=n_layer, n_head=d_model // 64)


def t5(d_model, d_ff, n_layer, n_head):
    """T5 的配置：编码器与解码器各 n_layer 层。"""
    return T5Config(
        d_model=d_model, d_ff=d_ff, num_layers=n_layer, num_heads=n_head, d_kv=64
    )


CONFIGS = {
    "GPT-1": OpenAIGPTConfig(),
    "GPT-2 small": gpt2(768, 12),
    "GPT-2 XL": gpt2(1600, 48),
    "BERT-Base": BertConfig(),
    "BERT-Large": BertConfig(
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        intermediate_size=4096,
    ),
    "RoBERTa-Base": RobertaConfig(
        vocab_size=50265, max_position_embeddings=514, type_vocab_size=1
    ),
    "T5-Small": t5(512, 2048, 6, 8),
    "T5-Base": t5(768, 3072, 12, 12),
    "T5-Large": t5(1024, 4096, 24, 16),
    "Qwen2.5-0.5B": Qwen2Config(
        vocab_size=151936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    ),
    "Llama-3-8B": LlamaConfig(
        vocab_size=128256,
        hidden_size=4096,
        intermediate_size=14336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
    ),
}
counted = {name: count(config) for name, config in CONFIGS.items()}
# 输出层不与词表共享的模型，再加一个 V × d 的矩阵
counted["Llama-3-8B"] += 128256 * 4096

for name, parameters in counted.items():
    print(f"{name:<13}{parameters:>14,}  约 {parameters / 1e6:,.0f}M")


# %% 用公式算
def gpt_parameters(vocab_size, n_position, d_model, n_layer):
    """GPT-2 一类模型的参数个数（int）。

    词表 V·d，位置 P·d；每层注意力 4d² + 4d、前馈 8d² + 5d、两个层归一化 4d；
    最后一个层归一化 2d。
    """
    embedding = (vocab_size + n_position) * d_model
    block = 12 * d_model**2 + 13 * d_model
    return embedding + n_layer * block + 2 * d_model


for name, d_model, n_layer in [("GPT-2 small", 768, 12), ("GPT-2 XL", 1600, 48)]:
    formula = gpt_parameters(50257, 1024, d_model, n_layer)
    print(f"{name}：公式 {formula:,}，数出来 {counted[name]:,}，差 {formula - counted[name]}")

gpt3 = gpt_parameters(50257, 2048, 12288, 96)
print(f"GPT-3：公式 {gpt3:,}，约 {gpt3 / 1e9:.1f}B")

# %% 参数都在哪里
import matplotlib.pyplot as plt

shapes = {
    "GPT-2 small": (50257, 1024, 768, 12),
    "GPT-2 XL": (50257, 1024, 1600, 48),
    "GPT-3": (50257, 2048, 12288, 96),
}
parts = {"词表与位置": [], "注意力": [], "前馈": []}
for vocab_size, n_position, d_model, n_layer in shapes.values():
    total = gpt_parameters(vocab_size, n_position, d_model, n_layer)
    parts["词表与位置"].append((vocab_size + n_position) * d_model / total)
    parts["注意力"].append(n_layer * (4 * d_model**2 + 4 * d_model) / total)
    parts["前馈"].append(n_layer * (8 * d_model**2 + 5 * d_model) / total)

for index, name in enumerate(shapes):
    shares = "，".join(f"{part} {share[index]:.1%}" for part, share in parts.items())
    print(f"{name}：{shares}")

fig, ax = plt.subplots(figsize=(6.4, 2.6))
left = [0.0] * len(shapes)
for part, share in parts.items():
    ax.barh(list(shapes), share, left=left, label=part)
    left = [a + b for a, b in zip(left, share)]
ax.set_xlim(0, 1)
ax.set_xlabel("占全部参数的比例")
ax.invert_yaxis()
ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.25))
ax.grid(False)
plt.show()
