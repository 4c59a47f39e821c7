"""解码与批处理：运算与字节数得对，补齐不改结果，调度不丢活，页数得清。"""

import heapq
import itertools
import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from guide.code.runner import Run
from rerun import rerun
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

SNIPPETS = Path(__file__).parents[3] / "snippets"


@pytest.mark.parametrize(("rows", "d_in", "d_out"), [(1, 64, 48), (7, 32, 96)])
def test_layer_cost(run: Run, rows: int, d_in: int, d_out: int) -> None:
    """运算次数与 PyTorch 的计数器相同，字节等于各张量之和。"""
    layer, x = nn.Linear(d_in, d_out, bias=False), torch.randn(rows, d_in)
    with FlopCounterMode(display=False) as counter:
        y = layer(x)
    flops, moved = run.namespace["layer_cost"](rows, d_in, d_out, 4, 4)
    assert flops == counter.get_total_flops()
    assert moved == sum(t.numel() * t.element_size() for t in (layer.weight, x, y))


def test_roofline(run: Run) -> None:
    """拐点左边由带宽定，右边由算力定，拐点处两者相等。"""
    attainable = run.namespace["attainable"]
    assert attainable(2, peak=100, bandwidth=10) == 20
    assert attainable(50, peak=100, bandwidth=10) == 100
    assert attainable(10, peak=100, bandwidth=10) == 100
    assert "拐点：每字节 153 次" in run.text("屋顶")


def test_hand_worked_times(run: Run) -> None:
    """一个 8B 模型的时间下限：字节除以带宽，运算除以算力。"""
    text = run.text("预填与解码")
    assert f"读一遍 {8_030_261_248 * 2 / 2039e9 * 1e3:.1f} 毫秒" in text
    assert f"算 {2 * 8_030_261_248 * 1000 / 312e12 * 1e3:.0f} 毫秒" in text
    assert "4.5 GB，读一遍 2.2 毫秒" in text


def test_cache_bytes_equals_a_real_cache(run: Run) -> None:
    """公式与 transformers 真的缓存一字节不差。"""
    ns = run.namespace
    config = ns["model"].config
    ids = torch.ones(1, 11, dtype=torch.long)
    with torch.inference_mode():
        cache = ns["model"](ids, use_cache=True).past_key_values
    held = sum(t.numel() * t.element_size() for layer in cache.layers for t in (layer.keys, layer.values))
    shape = (config.num_hidden_layers, config.num_key_value_heads, config.head_dim)
    assert ns["cache_bytes"](*shape, bytes_per_number=4) * 11 == held


def test_memory_estimates(run: Run) -> None:
    """显存估算与手算一致；一步要读的字节随批与长度增长。"""
    text = run.text("要多少显存")
    assert "每词元 512 KiB，8,192 词元 4.0 GiB" in text
    assert "每词元 128 KiB，8,192 词元 1.0 GiB" in text
    assert "16 位 12.6，8 位 6.3，4 位 3.1" in text
    step = run.namespace["step_bytes"]
    assert step(0, 0) == 8_030_261_248 * 2 and step(0, 0, bits=8) == 8_030_261_248
    assert step(3, 100) - step(2, 100) == 100 * 128 * 1024


def test_left_padding_equals_one_by_one(run: Run) -> None:
    """左补齐的一批与逐条生成相同，右补齐不然。"""
    ns = run.namespace
    assert ns["greedy"](ns["starts"], "left") == ns["alone"]
    assert ns["greedy"](ns["starts"], "right") != ns["alone"]


def test_inference_tensors_cannot_train(run: Run) -> None:
    """inference_mode 里得到的张量不能再求导。"""
    ns = run.namespace
    with torch.inference_mode():
        logits = ns["model"](torch.ones(1, 3, dtype=torch.long)).logits
    with pytest.raises(RuntimeError, match="Inference tensors"):
        (logits * torch.ones(1, requires_grad=True)).sum().backward()


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_inference_keeps_the_order(run: Run, batch_size: int) -> None:
    """不管批多大、顺序怎样，每条提示词都拿回自己的续写。"""
    ns = run.namespace
    served = ns["OptimizedInference"](str(SNIPPETS / "models/mini-gpt"))
    options = {"max_new_tokens": 12, "do_sample": False}
    shuffled = [2, 0, 3, 1]
    answers = served.generate([ns["starts"][i] for i in shuffled], batch_size=batch_size, **options)
    assert answers == [ns["alone"][i] for i in shuffled]
    assert not served.model.training
    half = ns["OptimizedInference"](str(SNIPPETS / "models/mini-gpt"), dtype=torch.bfloat16)
    assert half.model.dtype == torch.bfloat16


def test_similar_lengths_share_a_batch(run: Run) -> None:
    """长短相近的放一批，补的空最少。"""
    ns = run.namespace
    served = ns["OptimizedInference"](str(SNIPPETS / "models/mini-gpt"))
    widths = []
    served.model.generate = lambda input_ids, **_: widths.append(tuple(input_ids.shape)) or input_ids
    served.generate([ns["starts"][i] for i in (3, 0, 2, 1)], batch_size=2)
    lengths = [len(ids) for ids in served.tokenizer(ns["starts"]).input_ids]
    assert widths == [(2, lengths[1]), (2, lengths[3])] and lengths[1] < lengths[3]


def test_batching_saves_forward_passes(run: Run) -> None:
    """一批 12 次前向，逐条 48 次。"""
    assert "一批 12，逐条 48" in run.text("推理的验证")


def by_heap(lengths: list[int], slots: int, continuous: bool) -> list[int]:
    """另一种写法：用堆取最早空出的位置，返回每条写完的时刻。"""
    free, ends = [0] * slots, []
    for first in range(0, len(lengths), slots):
        for n in lengths[first : first + slots]:
            start = heapq.heappop(free)
            ends.append(start + n)
            heapq.heappush(free, start + n)
        if not continuous:
            free = [max(free)] * slots
    return ends


@pytest.mark.parametrize(("slots", "continuous"), list(itertools.product((1, 3, 4), (False, True))))
def test_schedule_equals_a_heap(run: Run, slots: int, continuous: bool) -> None:
    """同时到达时，与用堆写的调度逐条相等。"""
    for seed in range(5):
        lengths = np.random.default_rng(seed).integers(1, 30, size=14).tolist()
        plan, refused = run.namespace["schedule"]([(0, n) for n in lengths], slots, continuous)
        assert [end for *_, end in sorted(plan)] == by_heap(lengths, slots, continuous)
        assert refused == []


def test_schedule_never_idles_or_overlaps(run: Run) -> None:
    """陆续到达：不早于到达开始，同一位置不重叠；连续的有人等就不空着，先来先服务。"""
    ns = run.namespace
    requests = ns["traffic"](0.7, 4, count=150, mean=10, seed=9)
    for continuous in (False, True):
        plan, _ = ns["schedule"](requests, 4, continuous)
        assert sorted(i for i, *_ in plan) == list(range(150))
        for i, _, start, end in plan:
            assert start >= requests[i][0] and end - start == requests[i][1]
        for slot in range(4):
            spans = sorted((start, end) for _, s, start, end in plan if s == slot)
            assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    starts = [start for _, _, start, _ in sorted(plan)]
    assert starts == sorted(starts)
    for i, _, start, _ in plan:  # 等过的人，等的每一步都没有空位
        for t in range(math.ceil(requests[i][0]), start):
            assert sum(s <= t < e for _, _, s, e in plan) == 4


def test_bounded_queue(run: Run) -> None:
    """有上限的队列：收下的加拒绝的是全部，任何时候排队的不超过上限。"""
    ns = run.namespace
    requests = ns["traffic"](2.0, 3, count=200, mean=10, seed=3)
    plan, refused = ns["schedule"](requests, 3, True, max_waiting=5)
    assert sorted([i for i, *_ in plan] + refused) == list(range(200)) and refused
    for t in range(int(requests[-1][0])):
        queued = sum(requests[i][0] <= t < start for i, _, start, _ in plan)
        assert queued <= 5
    assert ns["waits"](plan, requests).max() < 100


def test_idle_places_do_not_count_as_queue(run: Run) -> None:
    """空着的位置不算排队：3 个位置、2 个名额，一起来 5 条都收，第 6 条起才拒绝。"""
    schedule = run.namespace["schedule"]
    for continuous in (True, False):
        assert schedule([(0, 4)] * 5, 3, continuous, max_waiting=2)[1] == []
        assert schedule([(0, 4)] * 7, 3, continuous, max_waiting=2)[1] == [5, 6]


def test_hand_worked_batches(run: Run) -> None:
    """页面上手排的四条请求。"""
    lines = run.text("一步一步地排班").splitlines()
    assert lines[0] == "静态：写完的步数 [2, 8, 11, 11]，平均 8.0" and "73%" in lines[1]
    assert lines[2] == "连续：写完的步数 [2, 8, 5, 8]，平均 5.75" and "100%" in lines[3]


def test_traffic_matches_its_load(run: Run) -> None:
    """到达的活除以能干的活，约等于负载。"""
    requests = run.namespace["traffic"](0.6, 8, count=20000, seed=4)
    offered = sum(n for _, n in requests) / (requests[-1][0] * 8)
    assert offered == pytest.approx(0.6, rel=0.03)


def test_waiting_shapes(run: Run) -> None:
    """每一种负载下连续都等得更少；负载越高等得越久。"""
    waits = run.namespace["mean_waits"]
    assert all(c < s / 10 for c, s in zip(waits["连续"][:-1], waits["静态"][:-1], strict=True))
    assert waits["连续"] == sorted(waits["连续"])


def test_pages(run: Run) -> None:
    """页数够用而不多：每条浪费不到一页，与逐条数出来的相同。"""
    ns = run.namespace
    assert ((ns["pages"] >= ns["lengths"]) & (ns["pages"] - ns["lengths"] < ns["PAGE"])).all()
    counted = sum(-(-int(n) // 16) * 16 for n in ns["lengths"])
    assert counted == ns["pages"].sum()


def test_shared_prefix_by_counting(run: Run) -> None:
    """按页逐条数：第一次见到的满页才要算。"""
    for system, own, count in [(600, 50, 100), (16, 3, 4), (15, 1, 7), (0, 9, 3)]:
        seen, total = set(), 0
        for who in range(count):
            for page in range(system // 16):
                total += 0 if page in seen else 16
                seen.add(page)
            total += system % 16 + own if who >= 0 else 0
        assert run.namespace["shared_prefix"](system, own, count) == total


def test_figures_are_drawn_again_the_same(run: Run) -> None:
    """再跑一次十六条请求，数字不变。"""
    try:
        assert rerun(run, "十六条请求")[1] == run.text("十六条请求").splitlines()
    finally:
        plt.close("all")  # 别把图留给同一个进程里的下一个片段
