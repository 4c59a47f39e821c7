"""适配器与前缀：起点、参数个数、与 peft 的前缀相等、底座不动。"""

import copy

import torch
from guide.code.runner import Run
from peft import PrefixTuningConfig, get_peft_model


def test_order(run: Run) -> None:
    """同样的步数，适配器比两种前缀高，都够不着“从故事里随手挑一个同类的词”的 72%。"""
    adapter, projected, direct = run.namespace["RESULT"].values()
    assert adapter > max(projected, direct)
    assert min(projected, direct) > 0.1
    assert adapter < 0.68


def test_same_race_as_lora_compare(run: Run) -> None:
    """步数、批、题目与标签都与 lora_compare.py 相同。"""
    space = run.namespace
    other = (run.folder / "transformer-llm/lora_compare.py").read_text(encoding="utf-8")
    assert f"STEPS, SIZE = {space['STEPS']}, {space['SIZE']} " in other
    assert "for i in (2, 6, 8)]" in other
    assert [story["text"] for story in space["STORIES"]] == [space["GRAMMAR"]["stories"][i]["text"] for i in (2, 6, 8)]
    story, question, answer = space["EXAM"][0]
    ids, labels = space["collate"]([space["EXAM"][0]])
    text = f"<bos><|user|>{story}{question}<|end|><|assistant|>{answer}<eos>"
    assert space["tokenizer"].decode(ids[0]) == text
    assert space["tokenizer"].decode(ids[0][labels[0] != -100]) == f"{answer}<eos>"


def test_counts(run: Run) -> None:
    """适配器 2 × (64×16 + 16 + 16×64 + 64) 每层；前缀 16 × 256。"""
    counts = [sum(p.numel() for p in m.parameters() if p.requires_grad) for m, _ in run.namespace["RUNS"].values()]
    assert counts == [2 * 2 * (64 * 16 * 2 + 16 + 64), 16 * 64 + 64 * 64 + 64 + 64 * 256 + 256, 16 * 256]


def test_adapter_starts_as_nothing(run: Run) -> None:
    """刚插入时输出逐位不变，训练之后变了，底座没动。"""
    space = run.namespace
    ids, _ = space["collate"](space["EXAM"][:4])
    plain = space["base"].model(ids).last_hidden_state
    assert torch.equal(space["WithAdapters"]()(ids), plain)
    trained = space["RUNS"]["瓶颈适配器"][0]
    assert not torch.allclose(trained(ids), plain, atol=1e-2)
    kept = {k.replace(".inner.", "."): v for k, v in trained.llama.state_dict().items()}
    assert all(torch.equal(kept[k], v) for k, v in space["base"].model.state_dict().items())


def test_adapter_is_a_bottleneck(run: Run) -> None:
    """h + up(silu(down(h)))，手写一遍。"""
    adapter = run.namespace["Adapter"](torch.nn.Identity(), 5, 3)
    torch.nn.init.normal_(adapter.up.weight)
    h = torch.randn(2, 5)
    low = h @ adapter.down.weight.T + adapter.down.bias
    torch.testing.assert_close(adapter(h), h + (low * low.sigmoid()) @ adapter.up.weight.T + adapter.up.bias)


def test_prefix_equals_peft(run: Run) -> None:
    """把同样的键和值装进 peft 的 PrefixTuning，打分相等：peft 的排列是层、键或值、头、维。"""
    space = run.namespace
    ours = space["RUNS"]["P-Tuning v2，直接学"][0]
    config = PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=16)
    theirs = get_peft_model(copy.deepcopy(space["base"]), config)
    theirs.prompt_encoder["default"].embedding.weight.data = ours.seeds.data.clone()
    ids, _ = space["collate"](space["EXAM"][:1])
    with torch.inference_mode():
        expected = theirs(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        torch.testing.assert_close(space["base"].lm_head(ours(ids)), expected, atol=1e-3, rtol=1e-3)
