"""投机解码：草稿模型先猜，大模型一次验完，分布一点不变

先用三个词手算接受与拒绝，再用分数枚举每一条路，证明输出的分布与目标模型
恰好相等；然后让只跑第 1 层的小模型给完整的小模型打草稿，数出省了几次调用。

来源：Leviathan 等 2023（arXiv:2211.17192）；Chen 等 2023（arXiv:2302.01318）
"""

# %% 准备
import copy
import itertools
import math
import time
from collections import Counter
from fractions import Fraction
from types import SimpleNamespace

import matplotlib.pyplot as plt
import torch
from scipy.stats import chisquare
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"  # 换成 "Qwen/Qwen2.5-7B-Instruct" 即可
torch.manual_seed(0)


# %% 接受或重抽
def accept(p, q, x):
    """草稿从 q 抽到了 x，以多大的概率留下它：min(1, p[x] / q[x])"""
    return min(1, p[x] / q[x])


def residual(p, q):
    """拒绝之后从哪里重抽：max(0, p − q) 归一；p 与 q 完全相同时不会用到它"""
    rest = [max(0, a - b) for a, b in zip(p, q, strict=True)]
    total = sum(rest)
    return [r / total for r in rest] if total else list(p)


# %% 三个词
WORDS = ["猫", "狗", "鸟"]
p = [Fraction(5, 10), Fraction(3, 10), Fraction(2, 10)]  # 目标模型
q = [Fraction(2, 10), Fraction(7, 10), Fraction(1, 10)]  # 草稿模型
for x, word in enumerate(WORDS):
    print(f"{word}：p {p[x]}，q {q[x]}，留下的概率 {accept(p, q, x)}")
kept = [q[x] * accept(p, q, x) for x in range(3)]
print("猜到且留下：", [str(k) for k in kept], "合计", sum(kept))
print("重抽的分布：", [str(r) for r in residual(p, q)])
out = [kept[x] + (1 - sum(kept)) * residual(p, q)[x] for x in range(3)]
print("最后得到：", [str(o) for o in out], "与 p 相等：", out == p)

# %% 画出这三个词
fig, ax = plt.subplots(figsize=(5.6, 3.4))
places = range(3)
ax.bar(places, [float(v) for v in kept], 0.5, label="草稿猜到，留下")
filled = [float((1 - sum(kept)) * r) for r in residual(p, q)]
ax.bar(places, filled, 0.5, bottom=[float(v) for v in kept], label="拒绝后重抽")
wasted = [float(b - k) for b, k in zip(q, kept, strict=True)]
tops = [float(v) for v in p]
ax.bar(places, wasted, 0.5, bottom=tops, fill=False, linestyle="--", label="草稿猜到，被拒绝")
ax.set(xticks=list(places), xticklabels=WORDS, ylabel="概率", ylim=(0, 0.85))
ax.legend()
plt.show()


# %% 一轮投机
def verify(targets, drafts, guesses, uniforms):
    """检查一轮草稿，返回 (留下的词元, 下一个词元该从哪个分布抽)

    targets 有 γ+1 个分布，drafts 与 guesses 各有 γ 个；uniforms 是 γ 个 [0, 1) 的数
    """
    for i, x in enumerate(guesses):
        if uniforms[i] >= accept(targets[i], drafts[i], x):
            return guesses[:i], residual(targets[i], drafts[i])  # 后面的全部作废
    return guesses, targets[-1]  # 全部留下，目标模型白送一个


# %% 枚举每一条路
def p_next(prefix):
    """玩具目标模型：下一个词的分布与前一个词有关"""
    last = prefix[-1] if prefix else 0
    return [[p[0], p[1], p[2]], [p[1], p[2], p[0]], [p[2], p[0], p[1]]][last]


def q_next(prefix):
    """玩具草稿模型：不看前文"""
    return q


def one_round(prefix, gamma):
    """走遍一轮的每一种可能，返回 {得到的词元串: 概率}，概率是分数，没有误差"""
    result = Counter()
    for guesses in itertools.product(range(3), repeat=gamma):
        drafted = Fraction(1)
        for i, x in enumerate(guesses):
            drafted *= q_next(prefix + guesses[:i])[x]
        reach = drafted  # 走到第 i 个草稿、前面都留下的概率
        for i, x in enumerate(guesses):
            here = prefix + guesses[:i]
            keep = accept(p_next(here), q_next(here), x)
            for y, r in enumerate(residual(p_next(here), q_next(here))):
                result[guesses[:i] + (y,)] += reach * (1 - keep) * r
            reach *= keep
        for y, r in enumerate(p_next(prefix + guesses)):
            result[guesses + (y,)] += reach * r
    return result


def first_tokens(n, gamma, prefix=()):
    """反复投机，直到写满 n 个词元；返回这 n 个词元的分布"""
    result = Counter()
    for new, chance in one_round(prefix, gamma).items():
        if len(prefix + new) >= n:
            result[(prefix + new)[:n]] += chance
        else:
            for tokens, rest in first_tokens(n, gamma, prefix + new).items():
                result[tokens] += chance * rest
    return result


for gamma in [1, 2]:
    speculated = first_tokens(3, gamma)
    direct = {
        t: math.prod(p_next(t[:i])[t[i]] for i in range(3))
        for t in itertools.product(range(3), repeat=3)
    }
    print(f"每轮猜 {gamma} 个，27 种三词串的概率全部相等：", speculated == direct)


# %% 一轮能得到几个
def expected_tokens(alpha, gamma):
    """每个草稿都以 alpha 的概率留下、互不相干时，一次目标调用平均得到几个词元"""
    return gamma + 1 if alpha == 1 else (1 - alpha ** (gamma + 1)) / (1 - alpha)


overlap = sum(min(a, b) for a, b in zip(p, q, strict=True))
print(f"三个词的例子：留下的概率 Σmin(p, q) 是 {overlap}")
for gamma in [1, 2]:
    mean = sum(len(t) * c for t, c in one_round((), gamma).items())
    formula = float(expected_tokens(overlap, gamma))
    print(f"  每轮猜 {gamma} 个：枚举 {float(mean):.2f}，公式 {formula:.2f}")
for alpha in [0.6, 0.8, 0.9]:
    means = [f"{expected_tokens(alpha, g):.2f}" for g in [1, 4, 8]]
    print(f"α 是 {alpha}：猜 1、4、8 个，得到 {'、'.join(means)} 个")

# %% 请一层的自己打草稿
tokenizer = AutoTokenizer.from_pretrained(MODEL)
target = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
draft = copy.deepcopy(target)  # 同样的词嵌入与输出层，只留第 1 层
draft.model.layers = draft.model.layers[:1]
draft.config.num_hidden_layers = 1


@torch.inference_mode()
def plain_stories(model, count, length=75):
    """让模型自己讲 count 个故事，返回词元 (count, T)"""
    start = torch.full((count, 1), tokenizer.bos_token_id)
    return model.generate(
        start,
        attention_mask=torch.ones_like(start),
        max_new_tokens=length,
        do_sample=True,
        top_k=0,
    )


told = plain_stories(target, 130)  # 目标模型自己的话，就是最好的教材
corpus, fresh = told[:100], told[100:]  # 后 30 个草稿没学过，用来量


def train_draft(steps=48):
    """让一层的草稿去模仿目标模型的分布：损失是 KL(p ‖ q)"""
    real = (corpus[:, 1:] != tokenizer.pad_token_id).float()
    optimizer = torch.optim.AdamW(draft.parameters(), lr=3e-3)
    with torch.inference_mode():
        p_log = target(corpus[:, :-1]).logits.log_softmax(-1)
    p_log = p_log.clone()  # 离开推理模式，才能参与求导
    for step in range(steps):
        rows = torch.arange(step * 25, step * 25 + 25) % len(corpus)
        q_log = draft(corpus[rows, :-1]).logits.log_softmax(-1)
        kl = (p_log[rows].exp() * (p_log[rows] - q_log)).sum(-1)
        loss = (kl * real[rows]).sum() / real[rows].sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %% 草稿像不像
@torch.inference_mode()
def overlap_with_target(draft_probs):
    """平均每个位置 Σmin(p, q)：草稿被留下的概率"""
    real = (fresh[:, 1:] != tokenizer.pad_token_id).float()
    p = target(fresh[:, :-1]).logits.softmax(-1)
    shared = torch.minimum(p, draft_probs(fresh[:, :-1])).sum(-1)  # (B, T-1)
    return ((shared * real).sum() / real.sum()).item()


counts = torch.full((len(tokenizer),) * 2, 0.01)  # 二元表：只看前一个字
for row in corpus.tolist():
    for a, b in itertools.pairwise(row):
        counts[a, b] += 1
bigram = counts / counts.sum(dim=1, keepdim=True)
bigram_rows = bigram.tolist()
untrained = overlap_with_target(lambda ids: draft(ids).logits.softmax(-1))
torch.manual_seed(1)
train_draft()
draft.eval()
trained = overlap_with_target(lambda ids: draft(ids).logits.softmax(-1))
guessed = overlap_with_target(lambda ids: bigram[ids])
print(f"二元表，留下的概率约 {guessed:.2f}")
print(f"直接砍掉第 2 层：约 {untrained:.2f}")
print(f"砍掉再学一会儿：约 {trained:.2f}")


# %% 投机地写故事
def sample(probs, generator):
    """按概率抽一个编号"""
    return torch.multinomial(torch.tensor(probs), 1, generator=generator).item()


@torch.inference_mode()
def speculate(prompt, gamma, draft_step, length=75, seed=0, model=None, wrong=False):
    """投机解码，返回 (词元的列表, 目标模型的调用次数)；为了好读，没有用 KV 缓存

    draft_step(ids) 返回下一个词元的分布，一个列表；gamma 是 0 就是不投机
    model 不给时用小 GPT；wrong 为真时，拒绝之后直接从 p 重抽：一个常见的错
    """
    generator, model = torch.Generator().manual_seed(seed), model or target
    ids, calls = list(prompt), 0
    stop, eos = len(prompt) + length, tokenizer.eos_token_id
    while len(ids) < stop and ids[-1] != eos:
        guesses, drafts = [], []
        for _ in range(gamma):  # 草稿一个一个地猜
            drafts.append(draft_step(ids + guesses))
            guesses.append(sample(drafts[-1], generator))
        logits = model(torch.tensor([ids + guesses])).logits[0]  # 一次看完全部草稿
        calls += 1
        targets = logits[len(ids) - 1 :].softmax(-1).tolist()  # gamma + 1 个分布
        uniforms = torch.rand(gamma, generator=generator).tolist()
        kept, rest = verify(targets, drafts, guesses, uniforms)
        if wrong:
            rest = targets[len(kept)]
        ids += [*kept, sample(rest, generator)]
        if eos in ids[len(prompt) :]:  # 结束符之后的都不算
            ids = ids[: ids.index(eos, len(prompt)) + 1]
    return ids[:stop], calls


def draft_step(ids):
    """一层的草稿模型给下一个词元的分布"""
    return draft(torch.tensor([ids])).logits[0, -1].softmax(-1).tolist()


def bigram_step(ids):
    """二元表给下一个词元的分布"""
    return bigram_rows[ids[-1]]


# %% 省了几次调用
BOS = [tokenizer.bos_token_id]
per_call = {}
for name, step in [("二元表", bigram_step), ("一层模型", draft_step)]:
    for gamma in [1, 2, 4, 8]:
        runs = [speculate(BOS, gamma, step, seed=seed) for seed in range(4)]
        new = sum(len(ids) - 1 for ids, _ in runs)
        per_call[name, gamma] = new / sum(calls for _, calls in runs)
fig, ax = plt.subplots(figsize=(5.6, 3.4))
for name, marker in [("二元表", "s"), ("一层模型", "o")]:
    values = [per_call[name, g] for g in [1, 2, 4, 8]]
    ax.plot([1, 2, 4, 8], values, marker=marker, label=name)
    print(f"{name}：每轮猜 4 个，一次调用约得 {per_call[name, 4]:.1f} 个词元")
ax.axhline(1, linestyle="--", color="gray", label="不投机")
ax.set(xlabel="每轮猜几个", ylabel="一次目标调用得到的词元", ylim=(0, None))
ax.legend()
plt.show()



# %% 快了多少 tags=["varies"]
@torch.inference_mode()
def forward_times(runs, rounds=40):
    """轮流跑几种 (模型, 读几个词元)，各取最快的一次"""
    times = [[] for _ in runs]
    for _ in range(rounds):
        for (model, length), taken in zip(runs, times, strict=True):
            began = time.perf_counter()
            model(corpus[:1, :length])
            taken.append(time.perf_counter() - began)
    return [min(taken) for taken in times]


def time_per_token(gamma, step, count=6):
    """讲几个故事，平均每个词元几秒；只数 CPU 时间，别的程序在忙也不受影响"""
    began = time.process_time()
    new = sum(len(speculate(BOS, gamma, step, seed=s)[0]) - 1 for s in range(count))
    return (time.process_time() - began) / new


one, five, small = forward_times([(target, 30), (target, 34), (draft, 30)])
print(f"一次前向：目标多读 4 个，是原来的 {five / one:.2f} 倍")
print(f"  一层的草稿，是目标的 {small / one:.2f} 倍")
plain_time = time_per_token(0, None)
for name, step in [("二元表", bigram_step), ("一层模型", draft_step)]:
    faster = plain_time / time_per_token(4, step)
    print(f"{name}，每轮猜 4 个：每个词元快到 {faster:.1f} 倍")

# %% 大样本也分不出来
FIRST = 10  # 玩具的三个词编成 10、11、12，免得撞上结束符
toy_p = torch.zeros(3, FIRST + 3)
toy_p[:, FIRST:] = torch.tensor([[float(v) for v in p_next((last,))] for last in range(3)])
toy_q = [0.0] * FIRST + [float(v) for v in q_next(())]


def toy_target(ids):
    """枚举时用的那个玩具目标，写成模型的样子"""
    return SimpleNamespace(logits=toy_p[ids - FIRST].log())


def chi_square(gamma, wrong=False, n=1500):
    """让 speculate 写三个词，写 n 次，与 27 种三词串该有的次数做卡方检验；返回 p 值"""
    seen = Counter()
    for seed in range(n):
        ids, _ = speculate([FIRST], gamma, lambda _: toy_q, 3, seed, toy_target, wrong)
        seen[tuple(i - FIRST for i in ids[1:])] += 1
    expected = [float(direct[t]) * n for t in direct]
    return chisquare([seen[t] for t in direct], expected, sum_check=False).pvalue


results = {}
for name, wrong in [("照着写的", False), ("拒绝后从 p 重抽", True)]:
    results[name] = [chi_square(gamma, wrong) for gamma in [1, 2]]
    told = ["看不出差别" if value > 0.001 else "明显不同" for value in results[name]]
    print(f"{name}：每轮猜 1 个，{told[0]}；猜 2 个，{told[1]}")


# %% 贪心时一字不差
@torch.inference_mode()
def greedy_speculate(prompt, gamma, length=60):
    """贪心的投机：草稿与目标的最大者相同就留下，否则换成目标的"""
    ids, calls = list(prompt), 0
    while len(ids) < len(prompt) + length:
        guesses = []
        for _ in range(gamma):
            given = torch.tensor([ids + guesses])
            guesses.append(draft(given).logits[0, -1].argmax().item())
        logits = target(torch.tensor([ids + guesses])).logits[0, len(ids) - 1 :]
        calls += 1
        best = logits.argmax(-1).tolist()  # gamma + 1 个
        same = 0  # 前几个猜对了
        while same < gamma and guesses[same] == best[same]:
            same += 1
        ids += best[: same + 1]
    return ids[: len(prompt) + length], calls


prompt = [*BOS, *tokenizer("早上，小明在", add_special_tokens=False).input_ids]
ids, calls = greedy_speculate(prompt, 4)
with torch.inference_mode():
    plain = list(prompt)
    for _ in range(60):
        plain.append(target(torch.tensor([plain])).logits[0, -1].argmax().item())
print("与逐个贪心的词元相同：", ids == plain)
print("写 60 个词元，调用不到 30 次：", calls < 30)
