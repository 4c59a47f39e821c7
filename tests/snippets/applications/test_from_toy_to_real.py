"""三本账：参数量等于搭出来的模型，显存与卡时等于手算的数，页面上要改的行真的在那里。"""

import re
from pathlib import Path

import pytest
import torch
from guide.code.runner import Run
from transformers import Qwen3Config, Qwen3ForCausalLM

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/applications/from-toy-to-real.md"
CARD_SAYS = {"0.6B": 0.44, "1.7B": 1.4, "4B": 3.6, "8B": 6.95, "14B": 13.2, "32B": 31.2}
"""Qwen3 各模型卡写的“不算嵌入表”的参数量，单位十亿。"""


def skeleton(config: tuple, n_layer: int | None = None) -> Qwen3ForCausalLM:
    """按配置在 meta 设备上搭一个 Qwen3，不占内存。"""
    width, layers, n_head, n_kv_head, d_head, inner, tied = config
    with torch.device("meta"):
        return Qwen3ForCausalLM(
            Qwen3Config(
                vocab_size=151_936,
                hidden_size=width,
                num_hidden_layers=n_layer or layers,
                num_attention_heads=n_head,
                num_key_value_heads=n_kv_head,
                head_dim=d_head,
                intermediate_size=inner,
                tie_word_embeddings=tied,
            )
        )


@pytest.mark.parametrize("name", CARD_SAYS)
def test_parameters_equal_the_built_model(run: Run, name: str) -> None:
    """公式与搭出来的一个不差（层数取 2，再按层数外推）；也与模型卡写的数相符。"""
    config = run.namespace["QWEN3"][name]
    shallow = (*config[:1], 2, *config[2:])
    layers, embedding = run.namespace["parameters"](shallow)
    assert layers + embedding == sum(p.numel() for p in skeleton(shallow).parameters())
    layers, _ = run.namespace["parameters"](config)
    assert layers / 1e9 == pytest.approx(CARD_SAYS[name], abs=0.06)


def test_memory_by_hand(run: Run) -> None:
    """8B：权重 16.38 GB；每个词元的缓存 2 × 36 × 8 × 128 × 2 字节；4 位每 128 个多 2 字节。"""
    space = run.namespace
    config = space["QWEN3"]["8B"]
    assert space["weights_gb"](config, 16) == pytest.approx(8_190_735_360 * 2 / 1e9)
    assert space["cache_gb"](config, 1) * 1e9 == pytest.approx(147_456)
    assert space["bytes_per_weight"](4) == pytest.approx(0.5 + 2 / 128)
    assert space["bytes_per_weight"](4, group=32) == pytest.approx(0.5625)
    assert space["bytes_per_weight"](8) == 1
    quantized = 6_946_075_648 * 0.515625 + 151_936 * 4096 * 2 * 2
    assert space["weights_gb"](config, 4) == pytest.approx(quantized / 1e9)


def test_smallest_card(run: Run) -> None:
    """留一成：21.6 GB 正好用满 24 GB 的卡，多一点就要 48；太大就没有卡。"""
    smallest = run.namespace["smallest_card"]
    assert smallest(21.6) == 24
    assert smallest(21.7) == 48
    assert smallest(73) is None
    assert run.namespace["table"]["8B", 16] == pytest.approx(16.381 + 1.208, abs=0.01)


def test_lora_parameters_equal_peft(run: Run) -> None:
    """LoRA 要训练的个数与 peft 数出来的一样。"""
    from peft import LoraConfig, get_peft_model

    config = run.namespace["QWEN3"]["4B"]
    shallow = (*config[:1], 2, *config[2:])
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    with torch.device("meta"):
        tuned = get_peft_model(skeleton(shallow), LoraConfig(task_type="CAUSAL_LM", r=16, target_modules=names))
    counted = sum(p.numel() for p in tuned.parameters() if p.requires_grad)
    assert run.namespace["lora_parameters"](shallow, 16) == counted


def test_training_memory(run: Run) -> None:
    """全参数每个参数 16 字节（权重也算）；QLoRA 的权重与 4 位推理一样；打分随词元数成正比。"""
    space = run.namespace
    config = space["QWEN3"]["8B"]
    weights, states, activations, logits = space["training_gb"](config, "全参数")
    assert activations == pytest.approx(2048 * 4096 * 36 * 2 / 1e9)
    assert (weights + states) * 1e9 / 8_190_735_360 == pytest.approx(16)
    assert logits == pytest.approx(2 * 2048 * 151_936 * 4 / 1e9)
    assert space["training_gb"](config, "LoRA", tokens=4096)[3] == pytest.approx(2 * logits)
    weights, states, _, _ = space["training_gb"](config, "QLoRA")
    trained = space["lora_parameters"](config, 16)
    assert weights == pytest.approx(space["weights_gb"](config, 4) + trained * 2 / 1e9)
    assert states == pytest.approx(trained * 14 / 1e9)
    total = {m: sum(space["training_gb"](config, m)) for m in ("全参数", "LoRA", "QLoRA")}
    assert total["全参数"] > 5 * total["LoRA"] > 7.5 * total["QLoRA"]


def test_speed_and_price_by_hand(run: Run) -> None:
    """8B 的输入嵌入表不必读，输出的要读；一秒一个词元、一小时一元，百万词元要 277.8 元。"""
    space = run.namespace
    config = space["QWEN3"]["8B"]
    read = 6_946_075_648 * 2 / 1e9 + 151_936 * 4096 * 2 / 1e9
    assert space["most_tokens_per_second"](config, 16, 1008, context=0) == pytest.approx(1008 / read)
    tied = space["QWEN3"]["0.6B"]
    assert space["most_tokens_per_second"](tied, 16, 320, context=0) == pytest.approx(320 / (596_049_920 * 2 / 1e9))
    assert space["price_per_million"](1, 1) == pytest.approx(277.78, abs=0.01)
    assert space["gpu_hours"](1e9, 1e9, 100, utilization=0.5) == pytest.approx(6e18 / 5e13 / 3600)
    assert space["download_minutes"](1.2, 10) == pytest.approx(2)


def test_lora_hours_count_the_recomputed_forward(run: Run) -> None:
    """显存按梯度检查点算，卡时也要：LoRA 是 4，再加重算前向的 2；按 6 × 参数 × 词元核对。"""
    hours = float(re.search(r"([\d.]+) 卡时", run.text("训练一次要多少卡时"))[1])
    assert hours == pytest.approx(6 * 8_190_735_360 * 3e6 / (165e12 * 0.3) / 3600, abs=0.005)


def test_more_users_is_cheaper_but_not_proportionally(run: Run) -> None:
    """一起服务的人越多，每百万词元越便宜；缓存各读各的，所以省不到人数那么多倍。"""
    costs = [float(c) for c in re.findall(r"≥ ([\d.]+) 元", run.text("租还是调用接口"))]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] / 32 < costs[2] < costs[0] / 16


def test_users_share_the_weights_but_not_the_cache(run: Run) -> None:
    """权重读一遍，缓存各读各的：合计的词元数等于人数乘带宽，除以读的字节。"""
    found = re.findall(r"同时 +(\d+) 人：合计 ≤ +(\d+)", run.text("租还是调用接口"))
    assert [int(users) for users, _ in found] == [1, 8, 32]
    for users, speed in found:
        read = 6_946_075_648 * 2 + 151_936 * 4096 * 2 + int(users) * 1024 * 147_456
        assert int(speed) == pytest.approx(int(users) * 1008e9 / read, abs=0.6)


def test_pretraining_takes_decades(run: Run) -> None:
    """0.6B、36 万亿个词元、A100 用到四成：33 年。"""
    years = 6 * 596_049_920 * 36e12 / (312e12 * 0.4) / 3600 / 24 / 365
    assert f"一张卡要 {years:.0f} 年" in run.text("训练一次要多少卡时")


def test_lines_to_change_are_really_there() -> None:
    """页面“改哪一行”的表里，每个脚本都有表里写的那一行。"""
    rows = re.findall(r"^\| `([\w/-]+\.py)` \| `([^`|]+)` \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(rows) >= 5
    for path, line in rows:
        source = (ROOT / "snippets" / path).read_text(encoding="utf-8")
        assert re.search(rf"^{re.escape(line)}( |$)", source, re.M), f"{path} 里没有 “{line}” 这一行"
