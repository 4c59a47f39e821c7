"""LoRA：起点不变、合并不变、等于 peft，微调之后会答题，而且只动了 LoRA 的权重。"""

import copy
import random

import pytest
import torch
from guide.runner import Run
from peft import LoraConfig, get_peft_model
from torch import nn


@pytest.mark.parametrize(("r", "alpha", "shape"), [(1, 1, (8, 5)), (4, 32, (16, 48)), (8, 16, (64, 64))], ids=str)
def test_equals_peft(run: Run, r: int, alpha: int, shape: tuple[int, int]) -> None:
    """各种秩与形状下，输出、两个矩阵的梯度、合并后的权重都与 peft 相等。"""
    torch.manual_seed(r)
    linear = nn.Linear(*shape)
    config = LoraConfig(r=r, lora_alpha=alpha, target_modules=["proj"])
    wrapped = get_peft_model(nn.ModuleDict({"proj": copy.deepcopy(linear)}), config)
    theirs = wrapped.base_model.model["proj"]
    ours = run.namespace["LoRALinear"](linear, r=r, alpha=alpha)
    nn.init.normal_(ours.B)
    theirs.lora_A["default"].weight.data = ours.A.data.clone()
    theirs.lora_B["default"].weight.data = ours.B.data.clone()
    x = torch.randn(3, 7, shape[0])
    torch.testing.assert_close(ours(x), theirs(x))
    ours(x).square().sum().backward()
    theirs(x).square().sum().backward()
    torch.testing.assert_close(ours.A.grad, theirs.lora_A["default"].weight.grad)
    torch.testing.assert_close(ours.B.grad, theirs.lora_B["default"].weight.grad)
    assert ours.linear.weight.grad is None
    merged = ours.merge()
    theirs.merge()
    torch.testing.assert_close(merged.weight, theirs.base_layer.weight, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(merged(x), ours(x), atol=1e-4, rtol=1e-4)


def test_starts_as_the_original_layer(run: Run) -> None:
    """B 从 0 开始：输出逐位不变；第一步只有 B 有梯度，A 还没有。"""
    linear = nn.Linear(12, 6)
    layer = run.namespace["LoRALinear"](linear, r=3, alpha=6)
    x = torch.randn(5, 12)
    assert torch.equal(layer(x), linear(x))
    layer(x).sum().backward()
    assert layer.B.grad.abs().max() > 0
    assert layer.A.grad.abs().max() == 0
    assert not any(p.requires_grad for p in layer.linear.parameters())


def test_merge_leaves_the_original_alone(run: Run) -> None:
    """合并得到新的一层，原来的权重不变，改动的秩不超过 r。"""
    linear = nn.Linear(20, 30)
    kept = linear.weight.detach().clone()
    layer = run.namespace["LoRALinear"](linear, r=2, alpha=4)
    nn.init.normal_(layer.B)
    change = layer.merge().weight - kept
    assert torch.equal(linear.weight, kept)
    assert torch.linalg.matrix_rank(change, atol=1e-4) == 2


def test_tuned_beats_base_by_a_clear_margin(run: Run) -> None:
    """没见过的题：基座几乎全错，微调之后答对八成以上。"""
    assert run.namespace["BEFORE"] < 0.05
    assert run.namespace["AFTER"] > 0.8


def test_held_out_questions_are_new_and_right(run: Run) -> None:
    """考题不出现在训练里；标准答案里的词都在故事中。"""
    space = run.namespace
    held_out = {tuple(item) for item in space["HELD_OUT"]}
    rng, seen = random.Random(0), set()
    tokenizer = space["tokenizer"]
    for _ in range(40):
        batch = space["training_batch"](rng, 16)
        seen |= set(tokenizer.batch_decode(batch["input_ids"], skip_special_tokens=True))
    for story, question, answer in held_out:
        assert story + question + answer not in seen
        assert answer.rstrip("。的家") in story, (story, question, answer)


def test_loss_covers_the_answer_only(run: Run) -> None:
    """标签里不是 -100 的部分，恰好是回答加 <eos>；补齐的位置不算。"""
    space = run.namespace
    tokenizer = space["tokenizer"]
    batch = space["training_batch"](random.Random(4), 8)
    for ids, mask, labels in zip(*(batch[k] for k in ("input_ids", "attention_mask", "labels")), strict=True):
        learned = labels != -100
        assert torch.equal(labels[learned], ids[learned])
        assert tokenizer.decode(ids[learned]).endswith("。<eos>")
        before = ids[: int(learned.nonzero()[0])]
        assert before[-1] == space["ASSISTANT"]
        assert ((ids == tokenizer.pad_token_id) == (mask == 0)).all()


def test_only_lora_weights_changed(run: Run) -> None:
    """基座的张量逐位没变；每一对 A、B 都动过。"""
    space = run.namespace
    tuned = space["model"].base_model.model.state_dict()
    fresh = space["AutoModelForCausalLM"].from_pretrained(run.folder / space["MODEL"]).state_dict()
    frozen = {name.replace(".base_layer", ""): value for name, value in tuned.items() if "lora" not in name}
    assert set(frozen) == set(fresh)
    assert all(torch.equal(value, fresh[name]) for name, value in frozen.items())
    grown = [value for name, value in tuned.items() if "lora_B" in name]
    assert len(grown) == 14
    assert all(value.abs().max() > 0 for value in grown)


def test_merged_equals_unmerged(run: Run) -> None:
    """合并之后没有 LoRA 的层，打分与合并之前相同，而且与基座不同。"""
    space = run.namespace
    merged = space["merged"]
    assert not any("lora" in name for name, _ in merged.named_parameters())
    rows = [space["prompt_of"](story, question) for story, question, _ in space["HELD_OUT"][:5]]
    with torch.inference_mode():
        for row in rows:
            ids = torch.tensor([row])
            tuned, base = space["model"](ids).logits, space["base"](ids).logits
            torch.testing.assert_close(merged(ids).logits, tuned, atol=1e-3, rtol=1e-3)
            assert (tuned - base).abs().max() > 0.5


def test_share_matches_the_formula(run: Run) -> None:
    """7B 的 LoRA 参数个数等于 r 乘 (输入 + 输出) 的总和；基座是 6,738,415,616 个。"""
    trainable, total = run.namespace["share"](8, ["q_proj", "v_proj"])
    assert trainable == 32 * 2 * 8 * (4096 + 4096)
    assert total - trainable == 6_738_415_616
    every, _ = run.namespace["share"](8, "all-linear")
    per_layer = 4 * (4096 + 4096) + 3 * (4096 + 11008)
    assert every == 32 * 8 * per_layer
