"""KV 缓存的大小与 transformers 里的配置对得上，分组与官方函数一致。"""

import torch
from guide.runner import Run


def test_sizes_match_the_libraries_own_configs(run: Run) -> None:
    """transformers 的默认配置正是 Llama-2-7B、Falcon-7B 与 DeepSeek-V3 的形状。"""
    from transformers import DeepseekV3Config, FalconConfig, LlamaConfig

    rows = {name: rest for name, *rest in run.namespace["models"]}
    llama, falcon, deepseek = LlamaConfig(), FalconConfig(), DeepseekV3Config()
    d_k = llama.hidden_size // llama.num_attention_heads
    assert rows["Llama-2-7B"] == [llama.num_hidden_layers, llama.num_attention_heads, llama.num_key_value_heads, d_k]
    assert falcon.multi_query and rows["Falcon-7B"][2] == 1
    assert rows["Falcon-7B"][:2] == [falcon.num_hidden_layers, falcon.num_attention_heads]
    assert rows["Falcon-7B"][3] == falcon.hidden_size // falcon.num_attention_heads
    stored = deepseek.num_hidden_layers * (deepseek.kv_lora_rank + deepseek.qk_rope_head_dim) * 2
    assert run.namespace["latent"] == stored / 1024
    key = deepseek.qk_nope_head_dim + deepseek.qk_rope_head_dim
    heads = deepseek.num_attention_heads * (key + deepseek.v_head_dim)
    assert run.namespace["unpacked"] == deepseek.num_hidden_layers * heads * 2 / 1024


def test_cache_bytes_equal_a_real_cache(run: Run) -> None:
    """公式与真的把键和值存下来的字节数相等。"""
    n_layer, n_kv_head, d_k, T = 3, 2, 16, 10
    cache = [torch.zeros(2, n_kv_head, T, d_k, dtype=torch.bfloat16) for _ in range(n_layer)]
    assert sum(c.nbytes for c in cache) == T * run.namespace["cache_bytes"](n_layer, n_kv_head, d_k)


def test_numbers_on_the_page(run: Run) -> None:
    """页面读出来的数。"""
    sizes = run.namespace["sizes"]
    assert sizes["Llama-3-8B"] == 128 and sizes["Llama-2-7B"] == 512
    assert sizes["Qwen2.5-7B"] == 56 and sizes["Falcon-7B"] == 8
    assert round(sizes["DeepSeek-V3"], 1) == 68.6
    assert run.text("八千个词元的对话").count("4 GiB") == 2


def test_neighbouring_queries_share(run: Run) -> None:
    """改动一个键值头，只有它那一组相邻的查询头变。"""
    lines = run.text("官方函数怎样分组").splitlines()
    assert lines[1].endswith("[0, 1, 2, 3]") and lines[2].endswith("[4, 5, 6, 7]")


def test_kernels_agree(run: Run) -> None:
    """两种内核算出同样的结果，而且确实是两种：逐位并不相同。"""
    plain, flash = run.namespace["results"]
    torch.testing.assert_close(plain, flash, atol=1e-5, rtol=1e-4)
    assert not torch.equal(plain, flash)
