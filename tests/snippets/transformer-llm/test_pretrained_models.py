"""用 transformers 生成：每种说法都与自己动手算的一致。"""

import pytest
import torch
from guide.code.runner import Run


@torch.inference_mode()
def greedy_by_hand(run: Run, prompt: str, steps: int) -> str:
    """不用 generate：每次取打分最大的字，直到 <eos>。"""
    space = run.namespace
    ids = space["tokenizer"](prompt, return_tensors="pt").input_ids
    length = ids.shape[1]
    for _ in range(steps):
        best = space["model"](ids).logits[:, -1].argmax(-1, keepdim=True)
        if best.item() == space["tokenizer"].eos_token_id:
            break
        ids = torch.cat([ids, best], dim=1)
    return space["tokenizer"].decode(ids[0, length:])


def test_greedy_is_argmax_at_every_step(run: Run) -> None:
    """generate 的贪心就是逐步取最大；没有 do_sample 的温度改变不了它。"""
    space = run.namespace
    text = space["tokenizer"].decode(space["greedy"][0], skip_special_tokens=True)
    prompt = "早上，小红在公园"
    assert text == prompt + greedy_by_hand(run, prompt, 72)
    assert torch.equal(space["greedy"], space["ignored"])


def test_sampling_really_samples(run: Run) -> None:
    """加了 do_sample 才有不同的故事；种子相同就相同。"""
    stories = run.namespace["stories"]
    assert len(set(stories)) == len(stories) == 3
    prompt = "早上，小红在公园"
    assert all(story.startswith(prompt) for story in stories)
    space = run.namespace
    space["set_seed"](0)
    again = space["model"].generate(
        **space["tokenizer"](prompt, return_tensors="pt"),
        max_new_tokens=72,
        num_return_sequences=3,
        do_sample=True,
        temperature=0.7,
        top_p=0.9,
    )
    assert again.equal(space["sampled"]), "采样的设置要与页面说的一致"
    assert run.namespace["settings"] == {"do_sample": False}, "流水线的最后一种是写明不采样"
    first, again, other = run.namespace["runs"]
    assert first == again != other


def test_warpers_match_their_definitions(run: Run) -> None:
    """温度等于打分除以温度；top-k 留 k 个；top-p 是加起来够 p 的最少几个。"""
    space = run.namespace
    scores = space["scores"]
    probs = scores.softmax(-1)[0]

    def after(name: str) -> torch.Tensor:
        return space["after"](space["warpers"][name], scores)

    torch.testing.assert_close(after("温度 0.5"), (scores[0] / 0.5).softmax(-1))
    assert after("温度 0.5").max() > probs.max() > after("温度 2.0").max()
    assert (after("top-k 3") > 0).sum() == 3
    kept = after("top-p 0.8") > 0
    assert probs[kept].sum() >= 0.8
    assert probs[kept].sum() - probs[kept].min() < 0.8
    torch.testing.assert_close(after("top-p 0.8")[kept], probs[kept] / probs[kept].sum())


def test_chances_are_the_softmax_of_each_step(run: Run) -> None:
    """generate 给的概率，与一步一步自己算的相同。"""
    space = run.namespace
    ids = space["tokenizer"]("早上，小红在公园", return_tensors="pt").input_ids
    for chance in space["chances"]:
        with torch.inference_mode():
            best = space["model"](ids).logits[0, -1].softmax(-1).max(-1)
        torch.testing.assert_close(chance, best.values, atol=1e-4, rtol=1e-4)
        ids = torch.cat([ids, best.indices.view(1, 1)], dim=1)


def test_penalty_divides_the_score_of_what_was_seen(run: Run) -> None:
    """惩罚把出现过的字的正分数除以它，负分数乘以它；没出现过的不动。"""
    space = run.namespace
    ids, scores = torch.tensor([[5, 6]]), torch.tensor([[0.0, 1, 2, 3, 4, 4.0, -4.0, 4.0]])
    punished = space["RepetitionPenaltyLogitsProcessor"](2.0)(ids, scores.clone())
    assert punished.tolist() == [[0, 1, 2, 3, 4, 2.0, -8.0, 4.0]]
    chances = [float(line.rpartition(" ")[2]) for line in run.text("重复惩罚").splitlines()]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.9 > 0.6 > chances[-1]


def test_defaults_come_from_generation_config(run: Run) -> None:
    """模型自带的设置打开采样，就会采样；写明 do_sample=False 又回到贪心。"""
    *stored, changes, fixed = run.text("默认值从哪里来").splitlines()
    assert [line.split()[0] for line in stored] == [
        "pad_token_id", "bos_token_id", "eos_token_id", "transformers_version",
    ]  # fmt: skip
    assert changes.endswith("True") and fixed.endswith("True")


def test_every_cell_that_needs_greedy_says_so(run: Run) -> None:
    """换成自带采样的模型，写明 do_sample=False 的几格仍是贪心。"""
    space = run.namespace
    model = space["model"]
    settings = model.generation_config
    alone = space["write"](["小云"], "left")
    model.generation_config = space["chatty"].generation_config
    try:
        assert [space["write"](["小云"], "left") for _ in range(3)] == [alone] * 3
    finally:
        model.generation_config = settings
    source = (run.folder / "transformer-llm/pretrained_models.py").read_text(encoding="utf-8")
    calls = source.split("model.generate(")[1:]
    silent = [call.partition(")")[0] for call in calls if "do_sample" not in call.partition("\n")[0]]
    # 只有这几处是故意不写的：采样的设置、被忽略的温度、自带采样的拷贝、先报错的长度
    assert len(silent) == 3, silent


def test_pipeline_samples_unless_told_not_to(run: Run) -> None:
    default, told = run.text("流水线").splitlines()
    assert "True" in default and "False" in told.partition("  ")[0]


def test_batch_cell_prints_what_was_found(run: Run) -> None:
    lines = run.text("批量与左补齐").splitlines()
    assert [line.partition("]")[0] for line in lines] == ["[True, True", "[False, True", "[False, True"]


def test_only_new_tokens_are_decoded(run: Run) -> None:
    """按词元切与逐步手算的续写相同；按字符切的不同。"""
    space = run.namespace
    prompt = "早上，小红去看《红楼梦》。"
    inputs = space["tokenizer"](prompt, return_tensors="pt")
    out = space["model"].generate(**inputs, max_new_tokens=12)
    by_token = space["tokenizer"].decode(out[0, inputs.input_ids.shape[1] :], skip_special_tokens=True)
    whole = space["tokenizer"].decode(out[0], skip_special_tokens=True)
    assert by_token == greedy_by_hand(run, prompt, 12)
    assert whole[len(prompt) :] != by_token
    assert whole.endswith(by_token)


@torch.inference_mode()
def test_left_padding_gives_the_same_probabilities(run: Run) -> None:
    """左补齐加 attention_mask：最后一个位置的打分与单独计算相同；不给掩码就不同。"""
    space = run.namespace
    tokenizer, model = space["tokenizer"], space["model"]
    tokenizer.padding_side = "left"
    prompts = ["小云", "星期天，小明打电话问小兰：“你在哪里？”小兰说：“我在公园"]
    inputs = tokenizer(prompts, padding=True, return_tensors="pt")
    positions = (inputs.attention_mask.cumsum(-1) - 1).clamp(min=0)
    batch = model(**inputs, position_ids=positions).logits[:, -1]
    blind = model(inputs.input_ids).logits[:, -1]
    for i, prompt in enumerate(prompts):
        alone = model(**tokenizer(prompt, return_tensors="pt")).logits[0, -1]
        torch.testing.assert_close(batch[i], alone, atol=1e-4, rtol=1e-4)
    assert (blind[0] - batch[0]).abs().max() > 0.1
    for prompt, story in zip(prompts, space["write"](prompts, "left"), strict=True):
        assert story == greedy_by_hand(run, prompt, 72)
    for side, mask in [("right", True), ("left", False)]:  # 两种错法，都只坏了短的那一句
        short, long = space["write"](prompts, side, mask)
        assert short != greedy_by_hand(run, prompts[0], 72)
        assert long == greedy_by_hand(run, prompts[1], 72)
    tokenizer.padding_side = "left"


def test_length_limits(run: Run) -> None:
    """max_new_tokens 不算提示词，max_length 算。"""
    space = run.namespace
    inputs = space["tokenizer"]("星期天，小明打电话问小兰：“你在哪里？”", return_tensors="pt")
    length = inputs.input_ids.shape[1]
    assert space["model"].generate(**inputs, max_new_tokens=5).shape[1] == length + 5
    assert space["model"].generate(**inputs, max_length=length + 3).shape[1] == length + 3
    with pytest.raises(ValueError, match="max_length"):
        space["model"].generate(**inputs, max_length=length - 1)
