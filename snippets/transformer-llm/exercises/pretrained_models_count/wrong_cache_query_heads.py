def parameters(config):
    """错：缓存按查询头算"""
    d, layers = config["hidden_size"], config["num_hidden_layers"]
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    d_k = config.get("head_dim") or d // heads
    attention = 2 * d * heads * d_k + 2 * d * groups * d_k
    feed_forward = 3 * d * config["intermediate_size"]
    tables = 1 if config["tie_word_embeddings"] else 2
    return tables * config["vocab_size"] * d + layers * (attention + feed_forward + 2 * d) + d


def cache_bytes(config, bytes_per_number=2):
    """键一份，值一份，每层每个键值头 d_k 个数"""
    d_k = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    numbers = 2 * config["num_hidden_layers"] * config["num_attention_heads"] * d_k
    return numbers * bytes_per_number
