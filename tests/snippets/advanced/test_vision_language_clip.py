"""CLIP 的行为：损失与参考相等，切块与卷积相等，检索、零样本过线，留出的组合没有进训练。"""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from guide.code.runner import Run
from rerun import rerun


def numpy_info_nce(images: np.ndarray, texts: np.ndarray, temperature: float) -> float:
    """另写的一份：逐项照公式算，不用 PyTorch。"""
    n, total = len(images), 0.0
    cosine = [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in texts] for a in images]
    for i in range(n):
        row = [math.exp(cosine[i][j] / temperature) for j in range(n)]
        column = [math.exp(cosine[j][i] / temperature) for j in range(n)]
        total -= math.log(row[i] / sum(row)) + math.log(column[i] / sum(column))
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 0.07])
def test_info_nce_equals_the_formula(run: Run, temperature: float) -> None:
    """与照公式逐项相加的一份相等，对图与文字对称。"""
    a, b = torch.randn(2, 9, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    info_nce = run.namespace["info_nce"]
    ours = info_nce(a, b, temperature).item()
    assert ours == pytest.approx(numpy_info_nce(a.numpy(), b.numpy(), temperature), abs=1e-9)
    assert info_nce(b, a, temperature).item() == pytest.approx(ours, abs=1e-12)


def test_info_nce_equals_transformers(run: Run) -> None:
    """与 transformers 的 CLIP 损失相等。"""
    from transformers.models.clip.modeling_clip import image_text_contrastive_loss

    a, b = torch.randn(2, 7, 6, generator=torch.Generator().manual_seed(2))
    texts, images = F.normalize(b, dim=-1), F.normalize(a, dim=-1)
    expected = image_text_contrastive_loss(texts @ images.T / 0.07)
    torch.testing.assert_close(run.namespace["info_nce"](a, b, 0.07), expected)


def test_worked_example(run: Run) -> None:
    """手算的两对：每行 0.127 与 0.513，每列 0.371 与 0.184，平均 0.299。"""
    text = run.text("手算两对图文")
    for number in ["0.881", "0.599", "0.69", "0.832", "0.127 0.513", "0.371 0.184", "0.32", "0.278"]:
        assert number in text
    lines = run.text("对称的损失").splitlines()
    assert lines[1].endswith("0.299") and lines[0].endswith("0.449")
    ln = math.log
    row = (ln(1 + math.exp(-2)) + ln(1 + math.exp(-0.4))) / 2
    column = (ln(1 + math.exp(-0.8)) + ln(1 + math.exp(-1.6))) / 2
    assert (row + column) / 2 == pytest.approx(0.299, abs=5e-4)


def test_patchify_equals_unfold(run: Run) -> None:
    """切块与 F.unfold 相等，包括不是正方形的图；乘矩阵与卷积相等。"""
    images = torch.randn(2, 3, 8, 12, generator=torch.Generator().manual_seed(3))
    expected = F.unfold(images, 4, stride=4).transpose(1, 2)
    torch.testing.assert_close(run.namespace["patchify"](images, 4), expected)
    ns = run.namespace
    torch.testing.assert_close(ns["by_linear"], ns["by_conv"], atol=1e-5, rtol=1e-5)
    assert "True" in run.text("切块再相乘就是一次卷积")


def test_pictures_show_the_thing(run: Run) -> None:
    """每张图的重心在它的位置，颜色是它的颜色。"""
    ns = run.namespace
    ys, xs = np.mgrid[:32, :32]
    for (color, _, place), images in zip(ns["THINGS"], ns["test_images"], strict=True):
        painted = (images[0] - 0.93).abs().amax(0).numpy() > 0.3
        assert painted.sum() > 30
        np.testing.assert_allclose(images[0].numpy()[:, painted].mean(1), ns["COLORS"][color], atol=0.1)
        assert abs(xs[painted].mean() - ns["PLACES"][place][0]) < 3
        assert abs(ys[painted].mean() - ns["PLACES"][place][1]) < 5


def test_held_out_never_trains(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """训练时抽的行里没有留出的组合，一批里没有重复的描述。"""
    ns, batches = run.namespace, []
    model = ns["model"]
    real = model.text

    def spy(ids):
        batches.append([tuple(row) for row in ids.tolist()])
        return real(ids)

    monkeypatch.setattr(model, "text", spy, raising=False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    ns["train"](4, lr=1e-12)
    model.load_state_dict(before)
    assert len(batches) == 4
    held = {tuple(ns["texts"][i].tolist()) for i in ns["unseen"]}
    assert len(held) == 10 and all(ns["THINGS"][i][:2] in ns["HELD_OUT"] for i in ns["unseen"])
    assert all(ns["THINGS"][i][:2] not in ns["HELD_OUT"] for i in ns["seen"])
    for batch in batches:
        assert not held & set(batch) and len(set(batch)) == len(batch) == 64


def test_towers_give_unit_vectors(run: Run) -> None:
    """两座塔的输出长度都是 1；图的位置有用，图块换了位置向量就变。"""
    ns = run.namespace
    images = ns["test_images"][:3, 0]
    with torch.no_grad():
        for vectors in (ns["model"].image(images), ns["model"].text(ns["texts"][:3])):
            assert vectors.shape == (3, 64)
            torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(3))
        moved = ns["model"].image(images.roll(16, dims=-1))
    assert (moved - ns["model"].image(images)).abs().max() > 0.05


def test_it_learns_to_retrieve(run: Run) -> None:
    """80 句里一次挑对：见过的 ≥ 0.9，留出的组合 ≥ 0.6。"""
    ns = run.namespace
    assert ns["scores"]["见过"][0] >= 0.9, ns["scores"]
    assert ns["scores"]["陌生"][0] >= 0.6, ns["scores"]
    assert np.mean(ns["losses"][-20:]) < 0.5 < math.log(64) - 1 < ns["losses"][0]


def test_scores_are_counted_over_all_sentences(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """分数是从全部 80 句里挑中的比例：重新数一遍还是这些；整句对才算对。"""
    ns = run.namespace
    with torch.no_grad():
        every = ns["model"].text(ns["texts"])
        for name, rows in [("见过", ns["seen"]), ("陌生", ns["unseen"])]:
            hits = []
            for i in rows:
                picked = (ns["model"].image(ns["test_images"][i]) @ every.T).argmax(1)
                hits += (picked == i).tolist()
            assert ns["scores"][name][0] == pytest.approx(np.mean(hits))
    wrong = ns["THINGS"].index(("红色", "方块", "左上"))
    right = ns["THINGS"].index(("红色", "圆形", "左上"))
    monkeypatch.setitem(
        ns["report"].__globals__, "retrieve", lambda rows: (torch.tensor([wrong]), torch.tensor([right]))
    )
    assert ns["report"]([right]) == [0, 1, 0, 1]


def test_zero_shot_beats_chance(run: Run) -> None:
    """没有训练过分类，四种形状也分得出来；一句模板与二十句平均都过 0.75。"""
    scores = run.namespace["zero_shot"]
    assert scores["一句模板"] >= 0.75 and scores["二十句平均"] >= 0.75, scores
    assert len(run.namespace["kinds"]["二十句平均"][0]) == 20


def test_classify_averages_then_normalises(run: Run) -> None:
    """提示词的次序不影响结果；把每类的提示词重复一遍也不影响。"""
    ns = run.namespace
    images = ns["test_images"][:, 0]
    prompts = ns["kinds"]["二十句平均"]
    first = ns["classify"](prompts, images)
    again = ns["classify"]([group[::-1] * 2 for group in prompts], images)
    assert (first == again).float().mean() > 0.98
    with torch.no_grad():
        centers = torch.stack([ns["model"].text(ns["encode"](group)).mean(0) for group in prompts])
        cosine = F.cosine_similarity(ns["model"].image(images)[:, None], centers[None], dim=-1)
    assert (cosine.argmax(1) == first).float().mean() > 0.98


def test_it_does_not_bind_colours(run: Run) -> None:
    """一个东西时不会认错颜色；两个东西时，换成另一个的颜色就接近瞎猜。"""
    alone, absent, swapped = run.namespace["binding"].values()
    assert alone >= 0.9 and absent >= 0.7, run.namespace["binding"]
    assert swapped <= 0.75 and swapped < absent - 0.1, run.namespace["binding"]
    for right, wrong, scene in zip(*(run.namespace[n] for n in ("right", "swapped", "scenes")), strict=True):
        assert wrong[0] == scene[1][0] != right[0] and wrong[1:] == right[1:] == scene[0][1:]


def test_bag_of_words_is_blind(run: Run) -> None:
    """词向量取平均，两句话的向量相同；带位置的文字塔则不同。"""
    ns = run.namespace
    assert "True" in run.text("词袋分不出词序")
    with torch.no_grad():
        a, b = ns["model"].text(ns["first"]), ns["model"].text(ns["second"])
    assert (a - b).abs().max() > 1e-3


def test_printed_numbers_follow_the_model(run: Run) -> None:
    """换成没有训练的模型再印一遍，检索的分数掉到接近瞎猜。"""
    ns = run.namespace
    torch.manual_seed(5)
    trained = ns["model"]
    ns["report"].__globals__["model"] = ns["CLIP"](len(ns["WORDS"]))
    try:
        run.namespace["model"] = ns["report"].__globals__["model"]
        _, lines = rerun(run, "图找文字")
    finally:
        ns["report"].__globals__["model"] = run.namespace["model"] = trained
    assert float(lines[1].split()[1]) < 0.2


def test_groups_partition_the_table(run: Run) -> None:
    """四类格子恰好分完 16×16；平均看，同色或同形的比都不同的像，配对的最像。"""
    ns = run.namespace
    assert torch.stack(list(ns["groups"].values())).sum(0).eq(1).all()
    assert [int(cells.sum()) for cells in ns["groups"].values()] == [16, 48, 48, 144]
    for name, same in [("同色不同形", 0), ("同形不同色", 1)]:
        for i, j in ns["groups"][name].nonzero().tolist():
            a, b = ns["THINGS"][ns["corner"][i]], ns["THINGS"][ns["corner"][j]]
            assert a[same] == b[same] and a[1 - same] != b[1 - same]
    pair, color, shape, neither = (ns["table"][cells].mean().item() for cells in ns["groups"].values())
    assert pair > max(color, shape) + 0.2 and min(color, shape) > neither + 0.2
    assert run.text("四类格子的平均").splitlines()[0].startswith(f"配对的：平均 {pair:.2f}")


def test_mistakes_on_new_things_go_to_old_ones(run: Run) -> None:
    """印出的认错数与分数一致；认错的大多认成见过的组合。"""
    ns = run.namespace
    assert len(ns["wrong"]) == round(40 * (1 - ns["scores"]["陌生"][0]))
    old = sum(ns["THINGS"][i][:2] not in ns["HELD_OUT"] for i in ns["wrong"])
    assert old >= 0.8 * len(ns["wrong"]) and run.text("图找文字").strip().endswith(f"：{old}")
