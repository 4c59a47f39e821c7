"""参数表：数出来的与已知的、与公式都要对上。"""

import pytest

# 另一个版本的 transformers 上，从同样的配置数出来的个数
KNOWN = {
    "GPT-1": 116_534_784,
    "GPT-2 small": 124_439_808,
    "GPT-2 XL": 1_557_611_200,
    "BERT-Base": 109_482_240,
    "BERT-Large": 335_141_888,
    "T5-Small": 60_506_624,
    "T5-Base": 222_903_552,
    "T5-Large": 737_668_096,
    "Qwen2.5-0.5B": 494_032_768,
    "Llama-3-8B": 8_030_261_248,
}


@pytest.mark.parametrize("name", KNOWN)
def test_count_of_the_real_configuration(run, name):
    assert run.namespace["counted"][name] == KNOWN[name]


def test_formula_equals_the_built_model_at_other_sizes(run):
    count, gpt2, formula = (run.namespace[name] for name in ("count", "gpt2", "gpt_parameters"))
    for d_model, n_layer in [(64, 1), (128, 3), (1024, 24)]:
        assert formula(50257, 1024, d_model, n_layer) == count(gpt2(d_model, n_layer))


def test_gpt3_is_about_175_billion(run):
    assert 174e9 < run.namespace["gpt3"] < 176e9


def test_shares_add_up_to_nearly_one(run):
    parts = run.namespace["parts"]
    for shares in zip(*parts.values(), strict=True):
        assert 0.999 < sum(shares) <= 1
