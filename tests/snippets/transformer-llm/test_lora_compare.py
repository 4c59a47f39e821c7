"""三种微调的比较：次序、内存的口径、忘记与重放；从零的 LoRA 等于 peft。"""

import copy
import random

import torch
from guide.code.runner import Run
from peft import LoraConfig, get_peft_model


def test_order_and_forgetting(run: Run) -> None:
    """同样的步数，两种都超过全部底线，相差不大；都忘了一些，LoRA 忘得少。"""
    space = run.namespace
    full, lora = (space["RESULT"][name] for name in space["RUNS"])
    assert min(full[0], lora[0]) > max(space["GUESS"], space["PICK"], space["FIRST"])
    assert abs(full[0] - lora[0]) < 0.1
    assert space["OLD"] + 0.1 < lora[1] < full[1]
    assert space["OLD"] < 0.3


def test_floors(run: Run) -> None:
    """三条底线，拿手写的故事核对：两个人里挑一个是一半，先出现的那个对不对看答案。"""
    floors, words = run.namespace["floors"], run.namespace["WORDS"]
    story = "小红家在桥头。早上，小红遇见了小明。小明问：“你家在哪里？”"
    people = 1 / (len(words["人"]) + len(words["长"]))
    assert floors(story, "小明。") == (people, 1 / 2, 0.0)
    assert floors(story, "小红。") == (people, 1 / 2, 1.0)
    assert floors(story, "桥头。") == (1 / (len(words["地"]) + len(words["家"])), 1.0, 1.0)
    assert floors("小红过生日，小明送来一盒彩笔。", "一盒彩笔。")[:2] == (1 / 8, 1.0)
    guess, pick, first = (run.namespace[name] for name in ("GUESS", "PICK", "FIRST"))
    assert 0.04 < guess < 0.1 < 0.65 < pick < first < 0.85


def test_floors_by_simulation(run: Run) -> None:
    """真的随手挑一千回，答对的比例与算出来的一样。"""
    space, rng = run.namespace, random.Random(0)
    words = space["WORDS"]
    groups = [words["人"] + words["长"], words["地"] + words["家"], words["礼"], words["做"]]
    right = 0
    for i in range(1500):
        story, _, answer = space["EXAM"][i % 300]
        group = next(g for g in groups if any(w in answer for w in g))
        right += rng.choice([w for w in group if w in story]) in answer
    assert abs(right / 1500 - space["PICK"]) < 0.04


def test_curve(run: Run) -> None:
    """每 40 步量一次，从 0 分开始；两条曲线各六个点。"""
    for points in run.namespace["CURVE"].values():
        assert [step for step, _ in points] == list(range(0, run.namespace["STEPS"] + 1, 40))
        assert points[0][1] < 0.05
        assert points[-1][1] > 0.5


def test_trainable_counts(run: Run) -> None:
    """三种配置的参数个数；答案与 r × (输入 + 输出) 相同。"""
    counts = [sum(p.numel() for p in m.parameters() if p.requires_grad) for m, _ in run.namespace["RUNS"].values()]
    assert counts == [140_032, 2 * 8 * (4 * 128 + 3 * 240)]
    assert f"训练 {2 * 2 * 8 * 128:,} 个" in run.text("要多少内存")


def test_story_rows_count_every_token(run: Run) -> None:
    """整篇故事每个字都算损失，题目只算回答与 <eos>；提示与上一课相同。"""
    space = run.namespace
    item = space["EXAM"][0]
    ids, labels = space["collate"]([item], ["小红过生日。"])
    tokenizer = space["tokenizer"]
    assert tokenizer.decode(ids[0][labels[0] != -100]) == f"{item[2]}<eos>"
    assert tokenizer.decode(ids[1][labels[1] != -100]) == "<bos>小红过生日。<eos>"
    assert tokenizer.decode(ids[0]).startswith(f"<bos><|user|>{item[0]}{item[1]}<|end|><|assistant|>")


def test_base_never_moves(run: Run) -> None:
    """LoRA 的底座与出发的模型逐位相同。"""
    space = run.namespace
    tuned = {k.replace(".linear.", "."): v for k, v in space["RUNS"]["LoRA"][0].llama.state_dict().items()}
    for key, value in space["base"].model.state_dict().items():
        assert torch.equal(tuned[key], value)


def test_equals_peft_model(run: Run) -> None:
    """把训练好的 A、B 装进 peft 的模型，隐藏向量相等。"""
    space = run.namespace
    ours = space["RUNS"]["LoRA"][0]
    base = copy.deepcopy(space["base"])
    theirs = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules="all-linear"))
    for mine, other in zip(ours.llama.layers, theirs.base_model.model.model.layers, strict=True):
        for name in space["ALL"]:
            part = "self_attn" if hasattr(mine.self_attn, name) else "mlp"
            layer, source = getattr(getattr(other, part), name), getattr(getattr(mine, part), name)
            layer.lora_A["default"].weight.data = source.A.data
            layer.lora_B["default"].weight.data = source.B.data
    ids, _ = space["collate"](space["EXAM"][:3])
    torch.testing.assert_close(ours(ids), theirs.base_model.model.model(ids).last_hidden_state, atol=1e-4, rtol=1e-4)


def test_teacher_forced_equals_greedy(run: Run) -> None:
    """“每个字都猜对”与真的贪心作答给出同样的准确率。"""
    space = run.namespace
    model = space["RUNS"]["全参数"][0]
    right = 0
    with torch.inference_mode():
        for story, question, answer in space["EXAM"][:40]:
            ids = space["encode"](f"<bos><|user|>{story}{question}<|end|><|assistant|>")
            reply = space["encode"](f"{answer}<eos>")
            said: list[int] = []
            for _ in reply:
                hidden = model(torch.tensor([ids + said]))[0, -1]
                said.append((model.llama.embed_tokens.weight @ hidden).argmax().item())
            right += said == reply
        assert abs(space["accuracy"](model, space["EXAM"][:40]) - right / 40) < 1e-6


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
