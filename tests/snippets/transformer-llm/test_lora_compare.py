"""三种微调的比较：次序、内存的口径、忘记与重放；从零的 LoRA 等于 peft。"""

import copy
import random

import torch
from guide.runner import Run
from peft import LoraConfig, get_peft_model


def test_order_and_forgetting(run: Run) -> None:
    """同样的步数，全参数最高；不掺旧故事都忘了，掺一篇就没有。"""
    full, qv, every, mixed = (run.namespace["RESULT"][name] for name in run.namespace["RUNS"])
    assert full[0] > 0.6
    assert full[0] > max(qv[0], every[0], mixed[0])
    assert min(qv[0], every[0], mixed[0]) > 0.25
    assert min(full[1], qv[1], every[1]) > 0.8
    assert mixed[1] < 0.45


def test_trainable_counts(run: Run) -> None:
    """三种办法的参数个数；答案与 r × (输入 + 输出) 相同。"""
    counts = [sum(p.numel() for p in m.parameters() if p.requires_grad) for m, _, _ in run.namespace["RUNS"].values()]
    assert counts == [140_032, 2 * 2 * 8 * 128, 19_712, 19_712]


def test_base_never_moves(run: Run) -> None:
    """LoRA 的底座与出发的模型逐位相同。"""
    space = run.namespace
    for name in ("LoRA q、v", "LoRA 全部"):
        tuned = {k.replace(".linear.", "."): v for k, v in space["RUNS"][name][0].llama.state_dict().items()}
        for key, value in space["base"].model.state_dict().items():
            assert torch.equal(tuned[key], value)


def test_equals_peft_model(run: Run) -> None:
    """把训练好的 A、B 装进 peft 的模型，隐藏向量相等。"""
    space = run.namespace
    ours = space["RUNS"]["LoRA q、v"][0]
    base = copy.deepcopy(space["base"])
    theirs = get_peft_model(base, LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"]))
    for mine, other in zip(ours.llama.layers, theirs.base_model.model.model.layers, strict=True):
        for name in space["QV"]:
            layer = getattr(other.self_attn, name)
            layer.lora_A["default"].weight.data = getattr(mine.self_attn, name).A.data
            layer.lora_B["default"].weight.data = getattr(mine.self_attn, name).B.data
    ids, _ = space["collate"](space["EXAM"][:3])
    torch.testing.assert_close(ours(ids), theirs.base_model.model.model(ids).last_hidden_state, atol=1e-4, rtol=1e-4)


def test_teacher_forced_equals_greedy(run: Run) -> None:
    """“每个字都猜对”与真的贪心作答给出同样的准确率。"""
    space = run.namespace
    model = space["RUNS"]["全参数"][0]
    right = 0
    with torch.inference_mode():
        for story, question, answer in space["EXAM"][:40]:
            ids = space["encode"](f"<bos>{story}<|user|>{question}<|assistant|>")
            reply = space["encode"](f"{answer}<eos>")
            said: list[int] = []
            for _ in reply:
                hidden = model(torch.tensor([ids + said]))[0, -1]
                said.append((model.llama.embed_tokens.weight @ hidden).argmax().item())
            right += said == reply
        exam = space["EXAM"]
        space["EXAM"] = exam[:40]
        try:
            assert abs(space["accuracy"](model) - right / 40) < 1e-6
        finally:
            space["EXAM"] = exam


def test_bytes(run: Run) -> None:
    """梯度与 Adam 状态 12 字节一个参数，与真的优化器相等；激活至少装得下隐藏向量。"""
    space = run.namespace
    model = space["Tuned"](space["QV"])
    state, activation = space["training_bytes"](model)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    rng = random.Random(0)
    logits, target, _ = space["scores"](model, *space["collate"]([space["ask"](rng) for _ in range(4)]))
    torch.nn.functional.cross_entropy(logits, target).backward()
    optimizer.step()
    moments = [v for s in optimizer.state.values() for k, v in s.items() if k != "step"]
    held = [*moments, *(p.grad for p in model.parameters() if p.grad is not None)]
    assert state == sum(t.nbytes for t in held)
    assert activation > 8 * 50 * 64 * 4
