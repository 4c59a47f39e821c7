"""视觉语言模型的行为：图与文字一致，模型不偷看未来，学得会，而且答案真的来自图。"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from rerun import rerun


def test_pictures_show_what_the_scene_says(run):
    """每个东西只出现在自己的那一格，颜色对，别的格子是背景。"""
    ns = run.namespace
    for scenes, images in ns["tests"].values():
        for scene, image in zip(scenes[:50], images[:50], strict=True):
            cells = image.reshape(3, 2, 16, 2, 16).permute(1, 3, 0, 2, 4).reshape(4, 3, 256)
            occupied = {place: color for color, _, place in scene}
            for place, cell in zip(ns["PLACES"], cells, strict=True):
                painted = (cell - 0.93).abs().amax(0) > 0.3  # 噪声的标准差只有 0.03
                if place not in occupied:
                    assert not painted.any(), f"{place} 应是空的：{scene}"
                    continue
                assert painted.sum() > 20, f"{place} 没画出东西：{scene}"
                mean = cell[:, painted].mean(1)
                np.testing.assert_allclose(mean, ns["COLORS"][occupied[place]], atol=0.1)


def test_held_out_pairs_never_train(run):
    """训练图里没有被留出的组合，陌生的测试图里每张都有。"""
    ns = run.namespace
    held = ns["HELD_OUT"]
    assert not any(thing[:2] in held for scene in ns["train_scenes"] for thing in scene)
    assert not any(thing[:2] in held for scene in ns["tests"]["见过的组合"][0] for thing in scene)
    assert all(any(thing[:2] in held for thing in scene) for scene in ns["tests"]["陌生的组合"][0])


def test_questions_have_one_right_answer(run):
    """两个东西的颜色、形状、位置都不同，所以每道题只有一个答案，且答案不在题目里。"""
    ns = run.namespace
    for scene in ns["train_scenes"][:100]:
        for kind in ns["KINDS"]:
            first, second = (ns["question"](thing, kind) for thing in scene)
            assert first[:-1] != second[:-1] and first[-1] != second[-1]
            assert len(first) == 7 and first[-1] not in first[:-1]


def test_answer_is_not_leaked_to_the_question(run):
    """改掉答案这个词，它之前每个位置的 logits 都不变；换图则会变。"""
    ns = run.namespace
    scenes, images = ns["tests"]["见过的组合"]
    words = ns["question"](scenes[0][0], ns["KINDS"][0])
    other = [*words[:-1], "十字"]
    with torch.no_grad():
        ours = ns["model"](images[:1], ns["encode"]([words]))
        changed = ns["model"](images[:1], ns["encode"]([other]))
        elsewhere = ns["model"](images[1:2], ns["encode"]([words]))
    torch.testing.assert_close(ours[:, :-1], changed[:, :-1], atol=1e-6, rtol=0)
    assert (ours[:, -2] - elsewhere[:, -2]).abs().max() > 0.1, "换了图，答案的分数却不变"


def test_image_tokens_follow_the_places(run):
    """四个图像词元依次是左上、右上、左下、右下那一格的特征。"""
    ns = run.namespace
    model, images = ns["model"], ns["train_images"][:5]
    with torch.no_grad():
        tokens = model.look(images)
        grid = model.encoder(2 * images - 1)
        assert grid.shape[2:] == (2, 2)
        for i, place in enumerate(ns["PLACES"]):
            row, column = {"左上": (0, 0), "右上": (0, 1), "左下": (1, 0), "右下": (1, 1)}[place]
            cell = grid[:, :, row, column]
            torch.testing.assert_close(tokens[:, i], model.projector(cell), atol=1e-5, rtol=1e-5)


def test_logits_line_up_with_the_words(run):
    """图在前、文字在后，每个位置都有位置向量；第 t 行 logits 属于第 t 个词。"""
    ns = run.namespace
    model = ns["model"]
    ids = ns["encode"]([ns["caption"](scene) for scene in ns["train_scenes"][:3]])
    with torch.no_grad():
        x = torch.cat([model.look(ns["train_images"][:3]), model.embed(ids)], dim=1)
        for block in model.blocks:
            x = block(x + model.position(torch.arange(17)) if block is model.blocks[0] else x)
        expected = model.norm(x)[:, -13:] @ model.embed.weight.T
        torch.testing.assert_close(model(ns["train_images"][:3], ids), expected, atol=1e-4, rtol=1e-4)


def test_loss_counts_only_what_comes_after_the_prompt(run, monkeypatch):
    """描述算 12 个词，问答只算答案这一个词。"""
    ns, sizes = run.namespace, []

    def spy(logits, target, **kwargs):
        sizes.append(tuple(target.shape))
        return real(logits, target, **kwargs)

    real = F.cross_entropy
    monkeypatch.setattr(F, "cross_entropy", spy)
    ns["train"]([ns["ask"], (ns["caption"], 1)], steps=2, lr=1e-12)
    assert sizes == [(64, 1), (64, 12)]


def test_scoring_is_strict_and_asks_about_the_new_thing(run, monkeypatch):
    """描述错一个词就不算对；陌生的图里，问的一定是没见过的那个组合。"""
    ns = run.namespace
    scenes, images = ns["tests"]["陌生的组合"]
    scope, asked = ns["answer_accuracy"].__globals__, []

    def answers(images, prompts, n_words):
        asked.extend(prompts)
        return [["十字"]] * len(prompts)

    monkeypatch.setitem(scope, "complete", answers)
    right = ns["answer_accuracy"](scenes, images, ("颜色", "形状"))
    held = dict(ns["HELD_OUT"])
    assert all(prompt[1] in held for prompt in asked)
    assert right == pytest.approx(np.mean([held[prompt[1]] == "十字" for prompt in asked]))
    truth = [ns["caption"](scene)[1:] for scene in scenes]
    monkeypatch.setitem(scope, "complete", lambda *_: truth)
    assert ns["caption_accuracy"](scenes, images) == 1
    monkeypatch.setitem(
        scope,
        "complete",
        lambda *_: [[*words[:-2], "圆形" if words[-2] != "圆形" else "方块", "。"] for words in truth],
    )
    assert ns["caption_accuracy"](scenes, images) == 0


def test_it_learns_to_describe_and_to_answer(run):
    """见过的组合、没见过的图：四种问法平均过 0.95、各过 0.9，描述过 0.8；学问答之前几乎为 0。"""
    ns = run.namespace
    assert np.mean(ns["table"]["见过的组合"]) >= 0.95, ns["table"]
    assert min(ns["table"]["见过的组合"]) >= 0.9, ns["table"]
    assert ns["captions"][0] >= 0.8
    assert ns["before"] <= 0.1
    assert np.mean(ns["caption_losses"][-20:]) < 0.3 * np.mean(ns["caption_losses"][:20])


def test_captioner_continues_the_question(run):
    """只学过描述时，问题后面接的是描述的词，不是答案。"""
    line = run.text("先学看图说话").splitlines()[0]
    asked, written = line.removeprefix("问它：").split("→")
    assert asked.strip().endswith("答") and len(written.strip()) >= 6


@pytest.mark.parametrize("shape", ["圆形", "方块", "三角", "十字"])
def test_shapes_stay_inside_their_radius(run, shape):
    """画出来的形状不超出半径，也不是空的。"""
    ns = run.namespace
    mask = ns["shape_mask"](shape, 15, 15, 6)
    dx, dy = ns["xs"] - 15, ns["ys"] - 15
    assert mask.sum() > 30
    assert np.maximum(abs(dx), abs(dy))[mask].max() <= 6


@pytest.mark.parametrize("blind", [slice(0, 0), slice(7, 9), slice(4, 9)])
def test_block_equals_the_reference_attention(run, blind):
    """手写的一层与用 PyTorch 的注意力算出的相同；挡住的行看不见图，别的行不受影响。"""
    block = run.namespace["model"].blocks[0]
    x = torch.randn(3, 9, 64, generator=torch.Generator().manual_seed(3))
    allowed = torch.ones(9, 9, dtype=torch.bool).tril()
    allowed[blind, :4] = False
    block.no_look = blind
    try:
        with torch.no_grad():
            out = block(x)
            q, k, v = block.qkv(block.norm1(x)).reshape(3, 9, 3, block.n_head, -1).permute(2, 0, 3, 1, 4)
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
            y = x + block.out(mixed.transpose(1, 2).reshape(3, 9, 64))
            expected = y + block.ffn(block.norm2(y))
    finally:
        block.no_look = slice(0, 0)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(block.weights.sum(-1), torch.ones(3, block.n_head, 9))
    assert (block.weights[..., ~allowed] == 0).all(), "看到了不该看的位置"


@pytest.mark.parametrize("place", ["左上", "右上", "左下", "右下"])
def test_one_token_sees_one_cell(run, place):
    """图像词元互不重叠：改掉一格的像素，只有那一格的词元变。"""
    ns = run.namespace
    image = ns["train_images"][:1]
    with torch.no_grad():
        moved = (ns["model"].look(ns["cover"](1 - image, place)) - ns["model"].look(1 - image)).abs().amax(-1)[0]
    assert (moved > 1e-3).tolist() == [other == place for other in ns["PLACES"]]


def test_answers_come_from_the_picture(run):
    """图换成别人的，准确率掉到随便猜的水平（四选一）。"""
    assert max(run.namespace["table"]["换了一张图"]) <= 0.4


def test_swap_moves_only_the_pictures(run, monkeypatch):
    """换图一列：问题不动，第 i 题配第 i+1 张图，与练习里的方向一致。"""
    ns, given = run.namespace, []
    _, images = ns["tests"]["见过的组合"]
    monkeypatch.setitem(
        ns["answer_accuracy"].__globals__,
        "complete",
        lambda images, prompts, n: given.append((images, prompts)) or [["十字"]] * len(prompts),
    )
    space, _ = rerun(run, "按问法评测")
    assert list(space["table"]) == ["见过的组合", "陌生的组合", "换了一张图", "只看问题"]
    moved = [prompts for x, prompts in given if torch.equal(x, torch.cat([images[1:], images[:1]]))]
    plain = [prompts for x, prompts in given if torch.equal(x, images)]
    assert len(moved) == 4 and all(prompts in plain for prompts in moved)


def test_prior_reads_only_the_question(run):
    """先验由训练集数出：每个问题最常见的答案；另写的一份数出同样的比例。"""
    ns = run.namespace
    for scenes, _ in ns["tests"].values():
        for kind in ns["KINDS"]:
            right = []
            for scene in scenes:
                thing = next((t for t in scene if t[:2] in ns["HELD_OUT"]), scene[0])
                *asked, truth = ns["question"](thing, kind)
                seen = [ns["question"](t, kind) for s in ns["train_scenes"] for t in s if asked[1] in t]
                answers = [words[-1] for words in seen if words[:-1] == asked]
                assert answers.count(ns["habit"][tuple(asked)]) == max(map(answers.count, set(answers)))
                right.append(ns["habit"][tuple(asked)] == truth)
            assert ns["prior_accuracy"](scenes, kind) == pytest.approx(np.mean(right))
    assert max(ns["table"]["只看问题"]) <= 0.4
    assert ns["prior_accuracy"](ns["tests"]["陌生的组合"][0], ("颜色", "形状")) == 0


def test_new_combinations_are_harder(run):
    """陌生的组合更差；从颜色问形状比从位置问形状差，两种留出的组合都如此。"""
    ns = run.namespace
    seen, unseen = ns["table"]["见过的组合"], ns["table"]["陌生的组合"]
    assert np.mean(unseen) <= np.mean(seen) - 0.05
    assert unseen[0] >= 0.45
    assert ns["captions"][1] < ns["captions"][0]
    assert min(unseen) == unseen[3]
    for held in ns["HELD_OUT"]:
        assert ns["split"][held, "颜色"] < ns["split"][held, "位置"], ns["split"]


def test_split_is_the_same_test_in_two_parts(run):
    """拆开的两份合起来就是表里陌生的那一列。"""
    ns = run.namespace
    scenes = ns["tests"]["陌生的组合"][0]
    counts = {held: sum(ns["target"](scene)[:2] == held for scene in scenes) for held in ns["HELD_OUT"]}
    assert sum(counts.values()) == len(scenes) == 200
    for known, row in [("位置", 1), ("颜色", 3)]:
        whole = sum(counts[held] * ns["split"][held, known] for held in ns["HELD_OUT"]) / 200
        assert whole == pytest.approx(ns["table"]["陌生的组合"][row])


def test_gaze_reads_the_last_word(run):
    """注意力取自写答案的那个位置，头取平均；四格加文字的权重合起来是 1。"""
    ns = run.namespace
    scenes, images = ns["tests"]["见过的组合"]
    asked = [ns["question"](scene[0], ns["KINDS"][3]) for scene in scenes[:3]]
    seen = ns["gaze"](images[:3], asked)
    assert seen.shape == (2, 3, 4) and (seen >= 0).all() and (seen.sum(-1) <= 1).all()
    for layer, block in zip(seen, ns["model"].blocks, strict=True):
        row = block.weights[:, :, 4 + 5].mean(1)  # 4 格图，6 个词的最后一个
        torch.testing.assert_close(layer, row[:, :4])
        torch.testing.assert_close(row.sum(-1), torch.ones(3))


def test_covering_changes_one_cell(run):
    """遮盖只改一格，涂成背景，原图不动。"""
    ns = run.namespace
    image = ns["train_images"][:1]
    before = image.clone()
    covered = ns["cover"](image, "右上")
    assert torch.equal(image, before)
    assert (covered[:, :, :16, 16:] == 0.93).all()
    changed = (covered != image).any(1)[0]
    assert not changed[:, :16].any() and not changed[16:].any()


def test_covering_the_object_removes_the_answer(run):
    """遮住被问的东西，正确答案的概率大降；遮住另一个几乎不变；九成以上指得出那一格。"""
    ns = run.namespace
    drop, each = ns["drop"], ns["each"]
    assert drop.shape == (200, 4)
    assert drop[each, ns["first"]].mean() >= 0.5
    assert drop[each, ns["second"]].abs().mean() <= 0.15
    assert ns["covered_right"] >= 0.9
    places = [[ns["PLACES"].index(thing[2]) for thing in scene] for scene in ns["scenes"]]
    assert [list(pair) for pair in zip(ns["first"].tolist(), ns["second"].tolist(), strict=True)] == places


def test_confidence_is_the_probability_of_the_answer(run):
    """遮挡比的是正确答案的概率：与另算的一份相等，降低 ＝ 遮前 − 遮后。"""
    ns = run.namespace
    images, asked = ns["images"][:50], ns["asked"][:50]
    with torch.no_grad():
        logits = ns["model"](images, ns["encode"]([words[:-1] for words in asked]))[:, -1]
        expected = torch.stack([row.softmax(-1)[ns["ID"][w[-1]]] for row, w in zip(logits, asked, strict=True)])
        torch.testing.assert_close(ns["confidence"](images, asked), expected)
        hidden = [ns["confidence"](ns["cover"](images, place), asked) for place in ns["PLACES"]]
    drop = ns["cover_each"](images, asked)
    torch.testing.assert_close(drop, expected[:, None] - torch.stack(hidden, dim=1))
    assert (drop < -0.01).any(), "概率也会升，降低不该取绝对值"


def test_the_picture_takes_a_detour(run):
    """最后一个词看不见图，照样答得出；问题的词全看不见图，就只剩瞎猜。用完要恢复。"""
    ns = run.namespace
    answer_word, every_word = ns["blind"].values()
    assert answer_word >= 0.6 and every_word <= 0.4, ns["blind"]
    assert all(block.no_look == slice(0, 0) for block in ns["model"].blocks)


def test_a_lucky_guess_hides_the_drop(run):
    """遮住之后它有偏爱的答案；答案正好是它的题，概率降得少。盖住的确实是被问的那一格。"""
    ns = run.namespace
    own, lucky = ns["own"], ns["lucky"]
    assert 0 < lucky.sum() < 200 and own[~lucky].mean() > own[lucky].mean() + 0.2
    for i, scene in enumerate(ns["scenes"][:20]):
        assert torch.equal(ns["covered"][i], ns["cover"](ns["images"][i : i + 1], scene[0][2])[0])
    assert ns["guesses"].count(ns["favorite"]) == ns["count"] > 60
