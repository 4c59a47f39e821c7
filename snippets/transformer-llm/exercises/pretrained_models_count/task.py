"""由一份配置算参数量与缓存

写出 `parameters` 与 `cache_bytes`：读一份 Llama 一类的 `config.json`（字典），算出参数个数，
以及每个词元的 KV 缓存占多少字节。结构是：没有偏置；查询头与键值头的个数可以不同；前馈是
三个矩阵的 SwiGLU；每层两个 RMSNorm，最后再有一个，各 d 个数；`tie_word_embeddings` 为真时输入
输出共用一张词表。`head_dim` 可能没有写，那就是宽度除以查询头数。
"""


def parameters(config):
    """参数个数（int）"""
    raise NotImplementedError


def cache_bytes(config, bytes_per_number=2):
    """每个词元、全部层的键与值占多少字节（int）"""
    raise NotImplementedError


# 以下是检查，不用改
tiny = {
    "vocab_size": 10,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "tie_word_embeddings": True,
}
# 词表 80，注意力 4 × 64 = 256，前馈 3 × 96 = 288，归一化 16 + 8
got = parameters(tiny)
assert got is not None, "parameters 没有返回值"
assert got != 648 - 8, "少了 8 个：每层有两个 RMSNorm，最后还有一个，哪一个漏了？"
assert got != 648 - 16, "少了 16 个：每层有两个 RMSNorm"
assert got != 648 - 96, "少了 96 个：SwiGLU 有三个矩阵，不是两个"
assert got == 648, f"最小的例子得 {got}，应为 80 + 256 + 288 + 16 + 8 = 648"
untied = parameters({**tiny, "tie_word_embeddings": False})
assert untied == 728, f"不共用词表时得 {untied}，应多出一张 10 × 8 的表，是 728"
grouped = parameters({**tiny, "num_key_value_heads": 2})
assert grouped == 648 - 64, f"键值头减半时得 {grouped}，应为 584：只有 W_k 与 W_v 变窄"
wide = parameters({**tiny, "head_dim": 6})
assert wide == 648 + 512, f"head_dim=6 时得 {wide}，应为 1160：查询拼起来是 4 × 6 = 24，不等于宽度 8"
deep = parameters({**tiny, "num_hidden_layers": 3})
assert deep == 648 + 2 * 560, f"3 层时得 {deep}，应为 1768：最后的 RMSNorm 与词表不随层数增加"

llama3 = {
    "vocab_size": 128256,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
}
assert parameters(llama3) == 8_030_261_248, f"Llama-3-8B 得 {parameters(llama3):,}，应为 8,030,261,248"
assert isinstance(parameters(llama3), int), "参数个数应是整数：用 // 而不是 /"

cache = cache_bytes(tiny)
assert cache != 16, "只算了键或只算了值：两样都要存"
assert cache == 32, f"最小的例子每个词元 {cache} 字节，应为 2 × 1 层 × 4 头 × 2 维 × 2 字节 = 32"
cache = cache_bytes(llama3)
assert cache != 524_288, "Llama-3-8B 得 524,288，是按 32 个查询头算的：缓存里存的是键值头"
assert cache == 131_072, f"Llama-3-8B 每个词元 {cache:,} 字节，应为 131,072，即 128 KiB"
assert cache_bytes({**tiny, "head_dim": 6}) == 96, "head_dim 写明了，缓存也要按它算"
assert cache_bytes(llama3, 1) == 65_536, "bytes_per_number=1 时应减半：2 字节被写死了吗？"
print("全部通过")
