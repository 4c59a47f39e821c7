"""多头注意力：与官方实现相等，掩码不漏，手算的例子对得上。"""

import itertools
import re
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from guide.code.runner import Run
from rerun import rerun
from torch import nn

SHAPES = [(1, 1, 1, 4, 1), (2, 5, 5, 12, 3), (3, 3, 3, 8, 8), (2, 3, 7, 16, 2), (4, 6, 2, 12, 4)]


@pytest.fixture(params=SHAPES, ids=str)
def case(request: pytest.FixtureRequest, run: Run):
    """一种形状下的模块、官方模块与输入：(B, T_q, T_k, d_model, n_head)。"""
    B, T_q, T_k, d_model, n_head = request.param
    torch.manual_seed(7)
    ours = run.namespace["MultiHeadAttention"](d_model, n_head)
    for layer in (ours.W_q, ours.W_k, ours.W_v, ours.W_o):
        nn.init.normal_(layer.bias)  # 官方模块的偏置从 0 开始，那样比不出偏置的错
    official = run.namespace["copy_to_official"](ours)
    query, memory = torch.randn(B, T_q, d_model), torch.randn(B, T_k, d_model)
    return ours, official, query, memory


def masks(B: int, T_q: int, T_k: int):
    """没有掩码、因果、逐句不同、填充与它们的组合；每行至少留一个可以看的。"""
    causal = torch.ones(T_q, T_k, dtype=torch.bool).tril()
    per_sentence = torch.rand(B, 1, T_q, T_k) > 0.4
    per_sentence[..., 0] = True
    padding = torch.arange(T_k) < torch.randint(1, T_k + 1, (B, 1))
    return list(itertools.product([None, causal, per_sentence], [None, padding]))


def test_equals_official_module(case) -> None:
    """输出、权重、对输入与全部参数的梯度，都与 nn.MultiheadAttention 相等。"""
    ours, official, query, memory = case
    for mask, padding in masks(*query.shape[:2], memory.shape[1]):
        blocked = None if mask is None else ~mask.expand(len(query), 1, *mask.shape[-2:])
        if blocked is not None:  # 官方要 (B · n_head, T_q, T_k)
            blocked = blocked.repeat_interleave(ours.n_head, dim=1).flatten(0, 1)
        a, b = query.clone().requires_grad_(), query.clone().requires_grad_()
        out, weights = ours(a, memory, 2 - memory, mask, padding)  # 键与值来自不同的输入
        out_2, weights_2 = official(
            b,
            memory,
            2 - memory,
            attn_mask=blocked,
            key_padding_mask=None if padding is None else ~padding,
            average_attn_weights=False,
        )
        torch.testing.assert_close(out, out_2, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(weights, weights_2, atol=1e-5, rtol=1e-4)
        ours.zero_grad()
        official.zero_grad()
        probe = torch.randn_like(out)
        (out * probe).sum().backward()
        (out_2 * probe).sum().backward()
        torch.testing.assert_close(a.grad, b.grad, atol=1e-5, rtol=1e-4)
        layers = [ours.W_q, ours.W_k, ours.W_v]
        stacked = torch.cat([layer.weight.grad for layer in layers])
        torch.testing.assert_close(stacked, official.in_proj_weight.grad, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(ours.W_o.weight.grad, official.out_proj.weight.grad, atol=1e-4, rtol=1e-4)


def test_equals_fused_function(run: Run) -> None:
    """attention 与 F.scaled_dot_product_attention 相等，包括整行都被遮住的行。"""
    torch.manual_seed(1)
    q, k, v = torch.randn(3, 2, 4, 6, 8)
    visible = torch.rand(2, 1, 6, 6) > 0.5
    visible[0, 0, 2] = False
    out, weights = run.namespace["attention"](q, k, v, visible)
    torch.testing.assert_close(out, F.scaled_dot_product_attention(q, k, v, attn_mask=visible), atol=1e-6, rtol=1e-5)
    assert (out[0, :, 2] == 0).all(), "整行都被遮住时，输出应为 0"
    sums = weights.sum(dim=-1)
    expected = visible.any(dim=-1).float().expand_as(sums)
    torch.testing.assert_close(sums, expected)
    assert (weights.masked_select(~visible.expand_as(weights)) == 0).all(), "被遮住的位置权重应恰好是 0"


def test_masked_stays_masked_for_extreme_scores(run: Run) -> None:
    """分数再极端，被遮住的位置也比不过看得见的：填充值要足够小。"""
    q, k = torch.full((1, 1, 2, 4), 1e4), torch.full((1, 1, 2, 4), -1e4)  # 分数是 −2e8
    visible = torch.tensor([[True, False], [True, True]])
    weights = run.namespace["attention"](q, k, torch.ones(1, 1, 2, 4), visible)[1]
    assert weights[0, 0].tolist() == [[1, 0], [0.5, 0.5]]


def test_looping_over_heads_gives_the_same(run: Run) -> None:
    """一个头一个头地算，再拼起来，与一次算完相等。"""
    mha, one_head = run.namespace["MultiHeadAttention"](20, 5), run.namespace["one_head"]
    x = torch.randn(3, 4, 20)
    looped = torch.cat([one_head(mha, x, i) for i in range(5)], dim=-1)
    torch.testing.assert_close(mha.W_o(looped), mha(x, x, x)[0], atol=1e-6, rtol=1e-5)


def test_split_keeps_positions_apart(run: Run) -> None:
    """第 i 个头第 t 行就是第 t 个位置的第 i 段；拼回是它的逆。"""
    split, merge = run.namespace["split_heads"], run.namespace["merge_heads"]
    x = torch.randn(2, 7, 12)
    heads = split(x, 4)
    for i, t in itertools.product(range(4), range(7)):
        assert heads[:, i, t].equal(x[:, t, 3 * i : 3 * i + 3])
    assert merge(heads).equal(x)


def test_worked_example_by_hand(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """页面上手算的每个数：两张注意力图、两个头的输出与最后的输出。"""
    space = run.namespace
    half = [[0.5, 0, 0.5], [0, 1, 0], [0.5, 0, 0.5]]
    assert run.text("每个头一张注意力图").count("[[25, 0, 25], [0, 25, 0], [25, 0, 25]]") == 1
    first, second = space["out_heads"]
    torch.testing.assert_close(first, torch.tensor([[2.0, 3], [7, 5], [2, 3]]), atol=1e-5, rtol=0)
    torch.testing.assert_close(second, torch.tensor([[5.0, 7], [3, 2], [5, 7]]), atol=1e-5, rtol=0)
    result = space["concat"] @ space["w_o"]
    torch.testing.assert_close(
        result, torch.tensor([[-3.0, -4, 7, 10], [4, 3, 10, 7], [-3, -4, 7, 10]]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(space["part_1"] + space["part_2"], result)
    one = (space["q_heads"][0] @ space["k_heads"][0].T / 2**0.5).softmax(dim=-1)
    torch.testing.assert_close(one, torch.tensor(half), atol=1e-6, rtol=0)
    titles = ["三个词，四个矩阵", "先不切开", "把列切成两个头", "每个头一张注意力图"]
    both, _ = rerun(run, *titles)  # 取对数，缩放的差别才看得出来：1e-8 与 1e-11 都近似 0
    scores = space["q_heads"] @ space["k_heads"].mT / 2**0.5
    torch.testing.assert_close(both["weights"].log(), scores.log_softmax(dim=-1))
    assert run.text("先不切开").splitlines()[0] == "分数的第一行： [12.5, 12.5, 12.5]"
    titles += ["拼回去，再乘输出矩阵", "输出矩阵也是两块"]
    assert run.text(titles[-1]).splitlines()[-1] == rerun(run, *titles)[1][-1] == "相加等于先拼接再乘： True"
    monkeypatch.setitem(space, "concat", space["concat"] + 1)
    assert rerun(run, titles[-1])[1][-1] == "相加等于先拼接再乘： False"


def test_marked_numbers_tell_right_from_wrong(run: Run) -> None:
    """正确的切法里，每个头第 t 行来自位置 t；直接 view 的把两个位置混进了同一个头。"""
    marked, right, wrong = (run.namespace[name] for name in ("marked", "right", "wrong"))
    for head, t in itertools.product(range(2), range(3)):
        assert right[head, t].equal(marked[t, 2 * head : 2 * head + 2])
    assert right.equal(run.namespace["split_heads"](marked[None], 2)[0])
    assert (wrong // 10)[0].tolist() == [[1, 1], [1, 1], [2, 2]], "错误的头 1 应混着位置 1 与位置 2"


def drawn_maps(run: Run, title: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, torch.Tensor]:
    """再跑一个画方格的单元，返回每张图的标题与画出的真假。"""
    monkeypatch.setattr(plt, "show", lambda: None)
    try:
        rerun(run, title)
        return {ax.get_title(): torch.tensor(ax.collections[0].get_array().data) > 0 for ax in plt.gcf().axes}
    finally:
        plt.close("all")


def test_drawn_masks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """第 2 句的三张图：只看自己与左边，只看前三个，两者都要；打印的最后一行也照此。"""
    drawn = drawn_maps(run, "两句话，三种掩码", monkeypatch)
    row, column = torch.arange(5)[:, None], torch.arange(5).expand(5, 5)
    expected = {"因果": column <= row, "填充": column < 3, "两者都要": (column <= row) & (column < 3)}
    assert list(drawn) == list(expected)
    for name, visible in expected.items():
        assert drawn[name].reshape(5, 5).equal(visible), f"“{name}”画的不是这种掩码：\n{drawn[name].int()}"
    assert run.namespace["causal"].equal(expected["因果"])
    assert run.namespace["padding"].sum(dim=1).tolist() == [5, 3]
    assert run.namespace["visible"][1, 0].equal(expected["两者都要"])
    assert run.text("两句话，三种掩码").endswith("[1, 1, 1, 0, 0]\n")


def test_drawn_influence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """三张影响图：正确的是下三角；忘一处时头 2 的后半句漏到前面；忘两处时两半各看各的。"""
    drawn = drawn_maps(run, "忘了转置会怎样", monkeypatch)
    t, s = torch.arange(6)[:, None], torch.arange(6).expand(6, 6)
    expected = {
        "正确": s <= t,
        "切开时忘了": s % 3 <= t // 2,  # 第 t 行拿到两个头的第 t 个半截，它看得到前 t // 2 个词
        "切与拼都忘了": (s <= t) & (s // 3 == t // 3),
    }
    assert list(drawn) == list(expected)
    for name, pattern in expected.items():
        assert drawn[name].reshape(6, 6).equal(pattern), f"“{name}”：\n{drawn[name].int()}"


def by_hand(mha: nn.Module, query, memory, visible=None):
    """只用四个矩阵与偏置，一句一句、一个头一个头地算；返回输出与每个头的权重。"""
    B, T_q, d_model = query.shape
    d_k, head_weights = d_model // mha.n_head, []
    joined = torch.zeros(B, T_q, d_model)
    for b, i in itertools.product(range(B), range(mha.n_head)):
        part = slice(i * d_k, (i + 1) * d_k)
        q = query[b] @ mha.W_q.weight[part].T + mha.W_q.bias[part]
        k = memory[b] @ mha.W_k.weight[part].T + mha.W_k.bias[part]
        v = memory[b] @ mha.W_v.weight[part].T + mha.W_v.bias[part]
        scores = q @ k.T / d_k**0.5
        if visible is not None:
            scores = torch.where(visible[b], scores, -torch.inf)
        head_weights.append(scores.softmax(dim=-1))
        joined[b, :, part] = head_weights[-1] @ v
    weights = torch.stack(head_weights).view(B, mha.n_head, T_q, -1)
    return joined @ mha.W_o.weight.T + mha.W_o.bias, weights


def test_cross_attention_by_hand(run: Run) -> None:
    """查询来自译文，键与值来自原文，填充不得权重：与逐个头手算的相同，W_q 与 W_k 不能对调。"""
    space, lines = rerun(run, "交叉注意力")
    mha, decoder, encoder = space["mha"], space["decoder"], space["encoder"]
    visible = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    out, weights = by_hand(mha, decoder, encoder, visible)
    torch.testing.assert_close(space["weights"], weights)
    torch.testing.assert_close(space["out"], out)
    assert lines == ["输出： [2, 4, 12]  权重： [2, 3, 4, 5]", "填充得到的权重： 0.0"]

    torch.manual_seed(4)
    mha = run.namespace["MultiHeadAttention"](12, 2)
    query, memory = torch.randn(3, 4, 12), torch.randn(3, 6, 12)
    for ours, expected in zip(mha(query, memory, memory), by_hand(mha, query, memory), strict=True):
        torch.testing.assert_close(ours, expected)
    mha.W_q, mha.W_k = mha.W_k, mha.W_q
    assert not torch.allclose(mha(query, memory, memory)[0], by_hand(mha, memory, query)[0][:, :4], atol=1e-3)


def test_first_try_uses_both_masks(run: Run) -> None:
    """“试一次”的权重：两种掩码都遮住了，与逐个头手算的相同。"""
    space, lines = rerun(run, "试一次")
    visible = torch.ones(5, 5, dtype=torch.bool).tril() & torch.tensor([[5], [3]])[:, None].gt(torch.arange(5))
    out, weights = by_hand(space["mha"], space["x"], space["x"], visible)
    torch.testing.assert_close(space["weights"], weights)
    torch.testing.assert_close(space["out"], out)
    assert lines[-1].endswith("0.   0.  ]")


COMPARED = {  # 单元：要先跑的单元，打印的话，把哪个函数改坏
    "切开与拼回": ([], {"拼回后与原来一样": ("True", "False")}, "torch"),
    "与一个头一个头地算相等": ([], {"循环与一次算完相等": ("True", "False")}, "merge_heads"),
    "与官方模块逐元素相等": ([], {"输出相等": ("True", "False"), "权重相等": ("True", "False")}, "attention"),
    "梯度也相等": (["与官方模块逐元素相等"], {"梯度相等": ("True", "False")}, "attention"),
    "与缩放点积注意力的官方函数相等": (["与官方模块逐元素相等"], {"输出相等": ("True", "False")}, "attention"),
    "谁的改动影响了谁": ([], {"未来影响过去": ("False", "True")}, "attention"),
    "交叉注意力": ([], {"填充得到的权重": ("0.0", None)}, "attention"),
    "整行都被遮住": (
        [],
        {"权重全是 0": ("True", "False"), "输出等于 W_o 的偏置": ("True", "False"), "梯度里有 NaN": ("False", "True")},
        "attention",
    ),
}


@pytest.mark.parametrize("title", COMPARED)
def test_printed_comparisons_are_real(run: Run, monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    """“相等”是比出来的：再比一次仍是这个答案；把一个函数改坏，打印的答案就变了。"""
    first, sentences, breaks = COMPARED[title]
    space = run.namespace

    def answers(lines: list[str]) -> dict[str, str]:
        found = dict(re.findall(r"(\S[^：]*)： (\S+)$", line)[-1] for line in lines if re.search(r"： (\S+)$", line))
        return {sentence: found[sentence] for sentence in sentences}

    right = {sentence: answer for sentence, (answer, _) in sentences.items()}
    assert answers(run.text(title).splitlines()) == right
    space["mha"].zero_grad()
    assert answers(rerun(run, *first, title)[1]) == right

    def attention(q, k, v, visible=None, dropout=None):
        """忘了缩放，看不见的只减去 1，整行被遮住时是 NaN。"""
        scores = q @ k.mT
        if visible is not None:
            scores = (scores - 1.0 * ~visible).masked_fill(~visible.any(dim=-1, keepdim=True), -torch.inf)
        weights = scores.softmax(dim=-1)
        return weights @ v, weights

    def merge_heads(x):
        """头的次序反了。"""
        return x.flip(1).transpose(1, 2).flatten(2)

    nan = SimpleNamespace(randn=lambda *shape: torch.full(shape, torch.nan), equal=torch.equal)  # NaN 不等于自己
    broken = {"attention": attention, "merge_heads": merge_heads, "torch": nan}
    monkeypatch.setitem(space, breaks, broken[breaks])
    space["mha"].zero_grad()
    wrong = answers(rerun(run, *first, title)[1])
    for sentence, (answer, expected) in sentences.items():
        assert wrong[sentence] != answer, f"把 {breaks} 改坏了，仍打印“{sentence}：{answer}”"
        assert expected in (None, wrong[sentence])
    space["mha"].zero_grad()


def test_no_leak_from_the_future(run: Run) -> None:
    """因果掩码下，改后面的词，前面的输出一位也不变；忘了转置的写法守不住。"""
    space = run.namespace
    mha = space["MultiHeadAttention"](16, 4).eval()
    x = torch.randn(2, 9, 16)
    causal = torch.ones(9, 9, dtype=torch.bool).tril()
    before = mha(x, x, x, causal)[0]
    for t in range(1, 9):
        changed = x.clone()
        changed[:, t:] = torch.randn(2, 9 - t, 16) * 10
        after = mha(changed, changed, changed, causal)[0]
        torch.testing.assert_close(after[:, :t], before[:, :t], atol=1e-6, rtol=1e-5)
        assert not torch.allclose(after[:, t], before[:, t])
    assert space["seen"].equal(torch.ones(6, 6, dtype=torch.bool).tril())
    assert space["half"].triu(diagonal=1).any()
    assert not space["both"][3:, :3].any()


def test_padding_does_not_matter(run: Run) -> None:
    """填充处放什么都不影响真词元；结果与单独算这一句相同。"""
    mha = run.namespace["MultiHeadAttention"](12, 3).eval()
    short = torch.randn(1, 3, 12)
    alone = mha(short, short, short)[0]
    for fill in [0.0, 5.0, -100.0]:
        padded = torch.cat([short, torch.full((1, 2, 12), fill)], dim=1).expand(5, 5, 12)  # B = T = 5
        padding = (torch.arange(5) < 3).expand(5, 5)
        out = mha(padded, padded, padded, padding=padding)[0]
        torch.testing.assert_close(out[:, :3], alone.expand(5, 3, 12), atol=1e-6, rtol=1e-5)


def test_fully_masked_sentence_stays_finite(run: Run) -> None:
    """一句话全是填充时，输出只剩偏置，梯度里没有 NaN，别的句子不受影响。"""
    mha = run.namespace["MultiHeadAttention"](12, 3)
    x = torch.randn(2, 4, 12, requires_grad=True)
    padding = torch.tensor([[False] * 4, [True] * 4])
    out, weights = mha(x, x, x, padding=padding)
    assert (weights[0] == 0).all()
    torch.testing.assert_close(out[0], mha.W_o.bias.expand(4, 12))
    torch.testing.assert_close(out[1], mha(x[1:], x[1:], x[1:])[0][0])
    out.sum().backward()
    assert x.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in mha.parameters())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_masks_in_half_precision(run: Run, dtype: torch.dtype) -> None:
    """半精度里掩码不报错，被遮住的权重仍恰好是 0。"""
    mha = run.namespace["MultiHeadAttention"](16, 2).to(dtype)
    x = torch.randn(1, 6, 16, dtype=dtype)
    causal = torch.ones(6, 6, dtype=torch.bool).tril()
    out, weights = mha(x, x, x, causal)
    assert out.dtype == dtype and out.isfinite().all()
    assert (weights.masked_select(~causal) == 0).all()


def test_helpful_errors(run: Run) -> None:
    """头数除不尽、掩码类型不对、形状不对，都说得出哪里不对。"""
    MultiHeadAttention, combine = run.namespace["MultiHeadAttention"], run.namespace["combine_masks"]
    with pytest.raises(ValueError, match=r"d_model（10）要能被 n_head（4）整除"):
        MultiHeadAttention(10, 4)
    with pytest.raises(TypeError, match="mask 应为 bool"):
        combine(torch.ones(3, 3), None)
    with pytest.raises(TypeError, match="padding 应为 bool"):
        combine(None, torch.ones(2, 3, dtype=torch.long))
    with pytest.raises(ValueError, match="mask 的维数"):
        combine(torch.ones(2, 3, 3, dtype=torch.bool), None)
    with pytest.raises(ValueError, match="padding 的维数"):
        combine(None, torch.ones(2, 1, 1, 3, dtype=torch.bool))


def test_size_and_cost_do_not_depend_on_heads(run: Run) -> None:
    """参数 4 · d_model² + 4 · d_model，运算 8 T d² + 4 T² d，都与头数无关。"""
    MultiHeadAttention, count = run.namespace["MultiHeadAttention"], run.namespace["count_flops"]
    for n_head in [1, 4, 16]:
        layer = MultiHeadAttention(512, n_head)
        assert sum(p.numel() for p in layer.parameters()) == 4 * 512**2 + 4 * 512
        assert count(layer, 32) == 8 * 32 * 512**2 + 4 * 32**2 * 512
    printed = [int(line.rpartition("：")[2].replace(",", "")) for line in run.text("数一数计算量").splitlines()]
    expected = [8 * T * 512**2 + 4 * T**2 * 512 for T in (128, 1024)]
    assert printed == [expected[0]] * 3 + [expected[1]] * 3, "公式与数出来的应相同"
    lines = run.text("数一数参数").splitlines()
    assert all("矩阵 1,048,576，偏置 2,048" in line for line in lines[:4]) and lines[4] == "4 · 512² = 1,048,576"


def test_dropout_only_in_training(run: Run) -> None:
    """训练时权重被随机置零并放大，推理时原样。"""
    torch.manual_seed(3)
    mha = run.namespace["MultiHeadAttention"](16, 2, dropout=0.25)
    x = torch.randn(4, 32, 16)
    out, noisy = mha(x, x, x)
    split, merge = run.namespace["split_heads"], run.namespace["merge_heads"]
    torch.testing.assert_close(out, mha.W_o(merge(noisy @ split(mha.W_v(x), 2))), msg="输出没有用置零之后的权重")
    clean = mha.eval()(x, x, x)[1]
    kept = noisy != 0
    assert 0.70 < kept.float().mean() < 0.80
    torch.testing.assert_close(noisy[kept], clean[kept] / 0.75)
    torch.testing.assert_close(run.namespace["rows"], torch.ones(5), msg="推理时每行的和应是 1")
    training = [float(n) for n in re.findall(r"\d+\.\d*", run.text("训练时的 Dropout").splitlines()[0])]
    assert len(training) == 5 and all(abs(n - 1) > 0.05 for n in training)
