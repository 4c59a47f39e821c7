"""小 GPT：文法与解析器互相印证，模型等于 LlamaForCausalLM，训练逼近下限，成品合格。"""

import collections
import itertools
import math
import random
import re

import pytest
import torch
from guide.code.runner import Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F


def test_parser_accepts_what_the_grammar_tells(run: Run) -> None:
    """文法讲的每个故事都能解析，而且只属于一个模板，长度不超过 72。"""
    rng = random.Random(5)
    for _ in range(3000):
        story = run.namespace["tell"](rng)
        matches = [p for p in run.namespace["PATTERNS"] if p.fullmatch(story)]
        assert len(matches) == 1, f"有歧义或不合格：{story}"
        assert len(story) <= 72


def test_parser_rejects_any_changed_word(run: Run) -> None:
    """故事里有照应的词换掉一处，解析器就不认；截断、加字也不认。"""
    space = run.namespace
    rng = random.Random(6)
    changed = 0
    for _ in range(400):
        story = space["tell"](rng)
        assert not space["is_story"](story[:-1])
        assert not space["is_story"](story + "。")
        for kind in "人家地食":
            word = rng.choice(space["WORDS"][kind])
            present = [w for w in space["WORDS"][kind] if story.count(w) > 1 and w != word]
            if present and word not in story:
                changed += 1
                assert not space["is_story"](story.replace(present[0], word, 1)), story
    assert changed > 200


def test_parser_knows_that_two_people_differ(run: Run) -> None:
    """同一类的两个槽填了同一个词，文法讲不出来，解析器也不认。"""
    template = run.namespace["TEMPLATES"][0]
    words = {"时1": "早上", "人1": "小红", "地1": "河边", "物1": "把伞", "尾1": "大家都笑了。"}
    assert run.namespace["is_story"](template.format(**words, 人2="小明"))
    assert not run.namespace["is_story"](template.format(**words, 人2="小红"))


def test_every_story_is_told_in_exactly_one_way(run: Run) -> None:
    """同一类里没有词是另一个词的开头，一个模板的不同类没有相同的词：熵因此是精确的。"""
    words, templates = run.namespace["WORDS"], run.namespace["TEMPLATES"]
    for kind, group in words.items():
        for a, b in itertools.permutations(group, 2):
            assert not b.startswith(a), (kind, a, b)
    for template in templates:
        used = [words[kind] for kind in {s[0] for s in run.namespace["slots_of"](template)}]
        assert len(set(itertools.chain(*used))) == sum(map(len, used)), template


def test_entropy_by_enumeration(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """把词表缩小，数出全部故事与平均长度，与公式比；完整的文法超过一千万个故事。"""
    space = run.namespace
    assert sum(map(space["count"], space["TEMPLATES"])) > 10**7
    small = {kind: group[:3] for kind, group in space["WORDS"].items()}
    monkeypatch.setitem(space, "WORDS", small)
    for template in space["TEMPLATES"][:3]:
        slots = space["slots_of"](template)
        texts = []
        for choice in itertools.product(*(small[slot[0]] for slot in slots)):
            if len(set(choice)) == len(choice):
                texts.append(template.format(**dict(zip(slots, choice, strict=True))))
        assert space["count"](template) == len(set(texts)) == len(texts)
        mean = sum(map(len, texts)) / len(texts)
        assert space["mean_length"](template) == pytest.approx(mean)


def test_generator_is_uniform(run: Run) -> None:
    """模板与词都等概率：卡方统计量在自由度附近，熵的公式才用得上。"""
    rng = random.Random(8)
    space = run.namespace
    stories = [space["tell"](rng) for _ in range(4400)]
    used = collections.Counter(i for s in stories for i, p in enumerate(space["PATTERNS"]) if p.fullmatch(s))
    expected = len(stories) / len(space["PATTERNS"])
    assert sum((n - expected) ** 2 / expected for n in used.values()) < 30


def test_alphabet_is_frozen_and_sufficient(run: Run) -> None:
    """字表没有重复，故事与问答用到的字都在里面，编号可逆。"""
    space = run.namespace
    alphabet = space["ALPHABET"]
    assert len(set(alphabet)) == len(alphabet)
    texts = [*itertools.chain(*space["WORDS"].values())]
    for story in space["GRAMMAR"]["stories"]:
        texts += [story["text"], *itertools.chain(*story["questions"])]
    assert set("".join(texts)) <= set(alphabet)
    story = space["tell"](random.Random(9))
    assert space["decode"](space["encode"](story)) == story


def test_held_out_pair_is_never_trained_on(run: Run) -> None:
    """训练用的批次里，故意留出的那一对词不出现在同一个故事里；文法本身会讲到。"""
    space = run.namespace
    ids = space["batch"](random.Random(10), 2000)
    pair = space["HELD_OUT"]
    stories = [space["decode"](row) for row in ids.tolist()]
    assert not any(all(word in story for word in pair) for story in stories)
    for word in pair:  # 只去掉成对的，单独一个照样要讲
        assert sum(word in story for story in stories) > 100
    rng = random.Random(10)
    told = [space["tell"](rng) for _ in range(2000)]
    assert any(all(word in story for word in pair) for story in told)


@pytest.mark.parametrize("shape", [(64, 2, 4, 176), (32, 1, 1, 48), (48, 3, 6, 100)], ids=str)
def test_equals_llama(run: Run, shape: tuple[int, ...]) -> None:
    """各种大小下，打分、损失的梯度都与 LlamaForCausalLM 相等。"""
    torch.manual_seed(3)
    net = run.namespace["MiniGPT"](50, *shape)
    for name, weight in net.named_parameters():
        nn.init.normal_(weight, mean=float("norm" in name), std=0.2)
    llama = run.namespace["to_llama"](net)
    ids = torch.randint(1, 50, (3, 40))  # 0 是 <pad>，官方不给它的嵌入算梯度
    torch.testing.assert_close(net(ids), llama(ids).logits, atol=1e-5, rtol=1e-4)
    F.cross_entropy(net(ids).flatten(0, 1), ids.flatten()).backward()
    F.cross_entropy(llama(ids).logits.flatten(0, 1), ids.flatten()).backward()
    theirs = dict(llama.model.named_parameters())
    for name, weight in net.named_parameters():
        torch.testing.assert_close(weight.grad, theirs[name].grad, atol=1e-5, rtol=1e-3)


def test_future_does_not_leak(run: Run) -> None:
    """改动第 t 个字，之前位置的打分一点不变，第 t 个位置一定变。"""
    net, batch = run.namespace["net"], run.namespace["batch"]
    ids = batch(random.Random(11), 4)
    with torch.no_grad():
        before = net(ids)
        for t in (1, 7, 20):
            other = ids.clone()
            other[:, t] = (other[:, t] + 1) % len(run.namespace["VOCAB"])
            after = net(other)
            torch.testing.assert_close(after[:, :t], before[:, :t], atol=1e-5, rtol=0)
            assert (after[:, t] - before[:, t]).abs().amax(-1).min() > 1e-2


def test_rotation_depends_on_distance_only(run: Run) -> None:
    """旋转不改变长度，点积只与距离有关。"""
    rotate = run.namespace["rotate"]
    cos, sin = run.namespace["rotation"](64, 16)
    q, k = torch.randn(2, 16)
    for t in (0, 9, 50):
        turned = rotate(q, cos[t], sin[t])
        torch.testing.assert_close(turned.norm(), q.norm())
        score = turned @ rotate(k, cos[t + 5], sin[t + 5])
        first = q @ rotate(k, cos[5], sin[5])
        torch.testing.assert_close(score, first, atol=1e-4, rtol=1e-4)


def test_rmsnorm_equals_torch(run: Run) -> None:
    """与 torch.nn.RMSNorm 相等。"""
    x = torch.randn(4, 9, 32)
    ours, official = run.namespace["RMSNorm"](32), nn.RMSNorm(32, eps=1e-5)
    nn.init.normal_(ours.weight)
    official.weight.data = ours.weight.data
    torch.testing.assert_close(ours(x), official(x))


def test_loss_ignores_padding_and_starts_near_uniform(run: Run) -> None:
    """补齐多少都不影响损失；起点离 ln V 不远。"""
    space = run.namespace
    ids = space["batch"](random.Random(12), 8)
    longer = F.pad(ids, (0, 9), value=space["PAD"])
    with torch.no_grad():
        a, b = space["loss_of"](space["net"], ids), space["loss_of"](space["net"], longer)
    torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    assert abs(space["start"] - math.log(len(space["VOCAB"]))) < 0.8


def test_short_training_learns(run: Run) -> None:
    """课上的训练：离下限不到 0.06，没有低于下限，200 个采样有六成以上合格。"""
    space = run.namespace
    assert sum(p.numel() for p in space["net"].parameters()) <= 150_000
    last = sum(space["losses"][-50:]) / 50
    assert space["FLOOR"] - 0.01 < last < space["FLOOR"] + 0.06
    assert last < space["UNIGRAM"] / 5
    assert len(space["stories"]) == 200
    assert space["valid"] >= 0.6


def test_recipe_of_the_stored_model_is_unchanged(run: Run) -> None:
    """重训成品的配方写在脚本里：种子、步数、批的大小、学习率的预热与余弦都没有动。"""
    space = run.namespace
    text = (run.folder / "transformer-llm/mini_gpt.py").read_text(encoding="utf-8")
    assert "torch.manual_seed(1)\n    longer = MiniGPT(len(VOCAB))" in text
    assert "train(longer, LONG_STEPS, size=16, seed=1)" in text
    assert space["LONG_STEPS"] == 4000
    assert "Muon(matrices, lr=0.01, momentum=0.9, weight_decay=0)" in text
    assert "AdamW(others, lr=0.004, betas=(0.9, 0.98), weight_decay=0)" in text
    assert "(step + 1) / 20, (1 + math.cos(math.pi * step / steps)) / 2" in text


def test_overfits_one_batch_first(run: Run) -> None:
    """8 个故事：降到只剩“是哪一个”要猜，低过文法的熵，又不低于手算的下限。"""
    space = run.namespace
    assert space["tiny"][0] > 5
    assert space["lowest"] < space["tiny"][-1] < space["lowest"] + 0.04
    assert space["tiny"][-1] < space["FLOOR"] / 2


def test_samples_along_the_way_are_marked(run: Run) -> None:
    """沿途四个故事，每一行的判分与解析器一致。"""
    found = re.findall(r"(\d+) 步，损失 \S+ (✓|✗)\n((?:  .*\n?)+)", run.text("训练"))
    assert [int(step) for step, *_ in found] == [25, 100, 200, run.namespace["STEPS"]]
    for _, mark, lines in found:
        story = "".join(line[2:] for line in lines.splitlines())
        assert mark == ("✓" if run.namespace["is_story"](story) else "✗")


def test_warmup_and_cosine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """学习率：20 步线性升到顶，之后沿余弦降到接近 0，从不超过设的值。"""
    space, seen = run.namespace, []
    original = torch.optim.AdamW.step

    def step(self, *args, **kwargs):
        seen.append(self.param_groups[0]["lr"])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    space["train"](space["MiniGPT"](len(space["VOCAB"]), 16, 1, 1, 16), 60, 2)
    assert seen[0] == pytest.approx(0.004 / 20)
    assert seen[9] == pytest.approx(0.004 / 2)
    assert seen[30] == pytest.approx(0.004 / 2)
    assert seen[-1] < 0.004 / 500
    assert max(seen) <= 0.004


def test_toy_entropy(run: Run) -> None:
    """手算的小文法：ln 2 加上两种填法的熵的平均。"""
    assert run.namespace["toy"] == pytest.approx(-(2 * 0.25 * math.log(0.25) + 6 / 12 * math.log(1 / 12)))


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_property_parser_inverts_generator(run: Run, seed: int) -> None:
    """任意种子讲的故事：恰有一个模板认得，认出的槽填回去得到原文，同类的槽填的词各不相同。"""
    space = run.namespace
    story = space["tell"](random.Random(seed))
    matches = [(t, m) for t, p in zip(space["TEMPLATES"], space["PATTERNS"], strict=True) if (m := p.fullmatch(story))]
    ((template, match),) = matches
    filled = match.groupdict()
    assert template.format(**filled) == story
    assert len(set(filled.values())) == len(filled)
    assert all(word in space["WORDS"][slot[0]] for slot, word in filled.items())


@settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), where=st.integers(0, 200), data=st.data())
def test_property_one_changed_character(run: Run, seed: int, where: int, data: st.DataObject) -> None:
    """换掉任意一个字：还认得的，必定是同一部文法讲得出的另一个故事（槽填回去等于它）。"""
    space = run.namespace
    story = space["tell"](random.Random(seed))
    where %= len(story)
    char = data.draw(st.sampled_from(space["ALPHABET"]).filter(lambda c: c != story[where]))
    other = story[:where] + char + story[where + 1 :]
    expected = set()
    for template, p in zip(space["TEMPLATES"], space["PATTERNS"], strict=True):
        if match := p.fullmatch(other):
            filled = match.groupdict()
            expected.add(template.format(**filled))
            assert all(word in space["WORDS"][slot[0]] for slot, word in filled.items())
            assert len(set(filled.values())) == len(filled)
    assert expected == ({other} if space["is_story"](other) else set())


def test_swiglu_by_hand(run: Run) -> None:
    """门是 SiLU(x W_gate)，内容是 x W_up，相乘后投影回来。"""
    part = run.namespace["SwiGLU"](3, 5)
    x = torch.randn(2, 4, 3)
    g = x @ part.gate_proj.weight.T
    expected = (g * torch.sigmoid(g) * (x @ part.up_proj.weight.T)) @ part.down_proj.weight.T
    torch.testing.assert_close(part(x), expected)


def test_stored_model_is_good(run: Run) -> None:
    """成品：九成以上合格，没见过的搭配也不怕，五个文件不到 2 MB。"""
    space = run.namespace
    valid = [story for story in space["finished"] if space["is_story"](story)]
    assert len(valid) >= 0.9 * len(space["finished"])
    assert len(set(valid)) > 0.95 * len(valid)
    files = {path.name: path.stat().st_size for path in (run.folder / space["MODEL"]).iterdir()}
    assert set(files) == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert sum(files.values()) < 2e6


@torch.inference_mode()
def test_stored_model_generalises_to_the_held_out_pair(run: Run) -> None:
    """训练时没有同时出现过的那一对词：照应的损失与别的故事差不多。"""
    space = run.namespace
    rng = random.Random(13)
    groups: dict[bool, list[str]] = {True: [], False: []}
    while min(map(len, groups.values())) < 60:
        story = space["tell"](rng)
        groups[all(word in story for word in space["HELD_OUT"])].append(story)
    pad, gaps = space["PAD"], {}
    for held_out, stories in groups.items():
        rows = [torch.tensor(space["encode"](story)) for story in stories[:60]]
        ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)
        labels = ids.where(ids != pad, -100)
        loss = space["model"](ids, labels=labels).loss.item()
        gaps[held_out] = loss - space["FLOOR"]
    assert gaps[False] < 0.03
    assert gaps[True] < 0.15


def test_tokenizer_round_trip(run: Run) -> None:
    """读回来的分词器与脚本里的编号一致，特殊词元各占一个编号，生字变成 <unk>。"""
    space = run.namespace
    tokenizer = space["tokenizer"]
    rng = random.Random(14)
    for _ in range(50):
        story = space["tell"](rng)
        ids = tokenizer(story).input_ids
        assert [*ids, space["EOS"]] == space["encode"](story)
        assert tokenizer.decode(ids, skip_special_tokens=True) == story
    marked = tokenizer("<|user|>问<|assistant|>").input_ids
    assert len(marked) == 4
    assert tokenizer("龘").input_ids[1] == tokenizer.unk_token_id
    assert tokenizer("一 二\n3").input_ids[1:] == [space["VOCAB"][c] for c in "一 二\n3"]


def test_floor_is_the_average_bill(run: Run) -> None:
    """讲很多故事：−ln 概率之和除以字数之和（含结束符），就是下限。"""
    space = run.namespace
    rng, bills, letters = random.Random(4), 0.0, 0
    bill_of = {t: math.log(11) + math.log(space["count"](t)) for t in space["TEMPLATES"]}
    for _ in range(4000):
        story = space["tell"](rng)
        template = next(t for t, p in zip(space["TEMPLATES"], space["PATTERNS"], strict=True) if p.fullmatch(story))
        bills, letters = bills + bill_of[template], letters + len(space["encode"](story)) - 1
    assert bills / letters == pytest.approx(space["FLOOR"], abs=0.002)


def test_gradients_are_clipped_to_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """每一步都裁剪，上限是 1，裁的是全部参数。"""
    space, seen = run.namespace, []
    original = nn.utils.clip_grad_norm_

    def clip(parameters, max_norm, *args, **kwargs):
        parameters = list(parameters)
        seen.append((len(parameters), max_norm))
        return original(parameters, max_norm, *args, **kwargs)

    monkeypatch.setattr(nn.utils, "clip_grad_norm_", clip)
    net = space["MiniGPT"](len(space["VOCAB"]), 16, 1, 1, 16)
    space["train"](net, 3, 2)
    assert seen == [(len(list(net.parameters())), 1.0)] * 3


def test_sample_draws_whole_different_stories(run: Run) -> None:
    """从头写的采样：写得完、几乎不重样、合格的与 generate 差不多；第一个字照概率抽。"""
    space = run.namespace
    stories = space["sample"](space["net"], 120, seed=5)
    assert len(set(stories)) > 110
    assert sum(map(space["is_story"], stories)) > 0.4 * 120
    with torch.no_grad():
        probs = space["net"](torch.tensor([[space["BOS"]]]))[0, -1].softmax(-1)
    many = space["sample"](space["net"], 120, seed=6) + stories
    share = sum(story[:1] == "小" for story in many) / 240
    assert share == pytest.approx(probs[space["VOCAB"]["小"]].item(), abs=0.1)


def test_write_back_matrices_start_small(run: Run) -> None:
    """没训练的模型：o_proj 与 down_proj 的标准差约是别的矩阵的八分之一。"""
    torch.manual_seed(0)
    fresh = run.namespace["MiniGPT"](len(run.namespace["VOCAB"]))
    for name, weight in fresh.named_parameters():
        if weight.ndim == 2:
            small = "o_proj" in name or "down_proj" in name
            assert weight.std().item() == pytest.approx(0.0125 if small else 0.1, rel=0.1), name


def test_saved_generation_stops_at_the_end(run: Run) -> None:
    """存下的生成默认值认得开头、结尾与补齐；读回来的模型写到 <eos> 就停。"""
    space = run.namespace
    config = space["loaded"].generation_config
    assert (config.bos_token_id, config.eos_token_id, config.pad_token_id) == (
        space["BOS"],
        space["EOS"],
        space["PAD"],
    )
    assert not config.do_sample
    ids = space["model"].generate(torch.tensor([[space["BOS"]]]), max_new_tokens=90)[0].tolist()
    assert ids[-1] == space["EOS"]
    assert ids.count(space["EOS"]) == 1


def test_untrained_model_repeats_what_it_read(run: Run) -> None:
    """没训练的模型最看好刚读到的字；五十步的平均从不低过下限。"""
    assert run.namespace["FLOOR"] < min(run.namespace["smooth"])
    ids = run.namespace["batch"](random.Random(2), 32)
    torch.manual_seed(0)
    fresh = run.namespace["MiniGPT"](len(run.namespace["VOCAB"]))
    same = (fresh(ids).argmax(-1) == ids)[ids != run.namespace["PAD"]].float().mean()
    assert same > 0.9
