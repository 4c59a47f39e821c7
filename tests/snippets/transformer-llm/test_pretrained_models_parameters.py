"""参数表：数出来的与已知的、与公式都要对上。"""

import pytest
import torch
from guide.code.runner import Run
from transformers import AutoModel, AutoModelForCausalLM, BertConfig, LlamaConfig, Qwen2Config, Qwen3Config, T5Config

# 另一次测量里，从同样的配置数出来的个数
KNOWN = {
    "GPT-1": 116_534_784,
    "GPT-2 small": 124_439_808,
    "GPT-2 medium": 354_823_168,
    "GPT-2 large": 774_030_080,
    "GPT-2 XL": 1_557_611_200,
    "BERT-Base": 109_482_240,
    "BERT-Large": 335_141_888,
    "T5-Small": 60_506_624,
    "T5-Base": 222_903_552,
    "T5-Large": 737_668_096,
    "Qwen2.5-0.5B": 494_032_768,
    "Qwen3-0.6B": 596_049_920,
    "Llama-3-8B": 8_030_261_248,
}


def built(config: object, make: object = AutoModel.from_config) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in make(config).parameters())  # type: ignore[operator]


@pytest.mark.parametrize("name", KNOWN)
def test_count_of_the_real_configuration(run: Run, name: str) -> None:
    assert run.namespace["counted"][name] == KNOWN[name]


def test_gpt_formula_equals_the_built_model_at_other_sizes(run: Run) -> None:
    count, gpt2, formula = (run.namespace[name] for name in ("count", "gpt2", "gpt_parameters"))
    for d_model, n_layer in [(64, 1), (128, 3), (1024, 24)]:
        assert formula(50257, 1024, d_model, n_layer) == count(gpt2(d_model, n_layer))


def test_bert_formula_at_other_sizes(run: Run) -> None:
    formula = run.namespace["bert_parameters"]
    for vocab, length, width, layers in [(100, 32, 64, 1), (999, 20, 128, 3)]:
        config = BertConfig(
            vocab_size=vocab,
            max_position_embeddings=length,
            hidden_size=width,
            intermediate_size=4 * width,
            num_hidden_layers=layers,
            num_attention_heads=4,
        )
        assert formula(vocab, length, width, layers) == built(config)


def test_t5_formula_at_other_sizes(run: Run) -> None:
    formula = run.namespace["t5_parameters"]
    for vocab, d, d_ff, layers, heads, d_k in [(50, 32, 64, 1, 4, 8), (77, 48, 100, 3, 2, 40)]:
        config = T5Config(vocab_size=vocab, d_model=d, d_ff=d_ff, num_layers=layers, num_heads=heads, d_kv=d_k)
        assert formula(vocab, d, d_ff, layers, heads, d_k) == built(config)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(
    ("make", "more"), [(LlamaConfig, {}), (Qwen2Config, {"bias": True}), (Qwen3Config, {"qk_norm": True})]
)
def test_llama_formula_at_other_sizes(run: Run, make: type, more: dict, tied: bool) -> None:
    """三种变体，共用与不共用词表，头宽与宽度无关。"""
    d_k = 8 if make is Qwen2Config else 24
    config = run.namespace["llama"](
        make, 60, 32, 80, 3, 4, 2, tied, **({} if make is Qwen2Config else {"head_dim": d_k})
    )
    formula = run.namespace["llama_parameters"](60, 32, 80, 3, 4, 2, d_k, tied, **more)
    assert formula == built(config, AutoModelForCausalLM.from_config)


def test_gpt3_is_about_175_billion(run: Run) -> None:
    assert run.namespace["gpt3"] == 174_604_259_328


def test_heads_of_bert_large(run: Run) -> None:
    assert run.namespace["heads"] == 336_226_108


def test_every_printed_comparison_is_true(run: Run) -> None:
    for title in ("GPT-2 的公式", "BERT 的公式", "T5 的公式", "Llama 与 Qwen 的公式"):
        assert "True" in run.text(title)
        assert "False" not in run.text(title)


@pytest.mark.parametrize(("said", "d", "layers"), [(117, 768, 12), (345, 1024, 24), (762, 1280, 36), (1542, 1600, 48)])
def test_gpt2_paper_counts_fit_the_vocabulary_of_gpt1(run: Run, said: int, d: int, layers: int) -> None:
    """论文的四个数，都是把词表换成 GPT-1 的 40,478 算出来的；位置仍是 1,024。"""
    assert run.namespace["CONFIGS"]["GPT-1"].vocab_size == 40478
    guess = run.namespace["gpt_parameters"](40478, 1024, d, layers)
    assert round(guess / 1e6) == said
    assert f"论文 {said:>5,}M，这样数 {guess / 1e6:>7,.1f}M" in run.text("猜一猜是怎样数的")


def test_counting_the_t5_table_twice_fits_only_large(run: Run) -> None:
    counted = run.namespace["counted"]
    twice = {d: counted[name] + 32128 * d for name, d in [("T5-Small", 512), ("T5-Base", 768), ("T5-Large", 1024)]}
    assert twice == {512: 76_956_160, 768: 247_577_856, 1024: 770_567_168}
    for total in twice.values():
        assert f"这样数 {total / 1e6:>7,.1f}M" in run.text("猜一猜是怎样数的")


def test_differences_are_said_over_counted(run: Run) -> None:
    lines = run.text("流传的数字差在哪里").splitlines()
    assert len(lines) == 8
    assert lines[-1].startswith(" +4.4%") or lines[-1].startswith("+4.4%")
    assert lines[1].startswith("-6.0%")
    assert lines[2].startswith("-1.0%") and "1,542M" in lines[2]


def test_shares_add_up_to_nearly_one(run: Run) -> None:
    parts = run.namespace["parts"]
    for shares in zip(*parts.values(), strict=True):
        assert 0.999 < sum(shares) <= 1
    assert all(0.999 < end <= 1 for end in run.namespace["left"]), "横条要一段接一段，接到 1"
