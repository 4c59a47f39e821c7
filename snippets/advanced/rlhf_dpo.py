"""DPO：不采样、不要奖励模型，直接从偏好学

由带 KL 的最优策略反推出奖励，代进 Bradley–Terry，得到一个分类损失；在小 GPT 上训练，
看它是否走到同一个最优；再把步子放大，看损失照样低、文字怎样坏掉

来源：Rafailov 等 2023（arXiv:2305.18290，式 4–7）
"""

# %% 准备
import copy
import json
import math
import random
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"
tokenizer = AutoTokenizer.from_pretrained(MODEL)
reference = AutoModelForCausalLM.from_pretrained(MODEL).requires_grad_(False)
PAD, EOS = tokenizer.pad_token_id, tokenizer.eos_token_id
WORDS = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))["words"]
GIFTS = [word for word in WORDS["礼"] if len(word) == 3]
TASTE = {"大家都笑了。": 1.0, "大家都很高兴。": 0.0, "他们成了好朋友。": 0.0, "真是开心的一天。": 0.0}
BETA = 0.5
LENGTH = 10


def story(rng):
    """一个生日故事，写到结尾之前；每一个都一样长"""
    one, two = rng.sample(WORDS["人"], 2)
    gift = rng.choice(GIFTS)
    return f"{one}过生日，{two}送来一{gift}。{one}说：“这{gift}真好，谢谢{two}。”"


P = len(tokenizer(story(random.Random(0))).input_ids)


def encode(texts):
    """全文的列表 -> 编号 (B, P + LENGTH)，末尾加 `<eos>`，右边补 PAD"""
    rows = [[*tokenizer(text).input_ids, EOS] for text in texts]
    return torch.tensor([row + [PAD] * (P + LENGTH - len(row)) for row in rows])


def log_prob(model, ids):
    """整个结尾的对数概率：编号 (B, T) -> (B,)"""
    hidden = model.model(ids).last_hidden_state[:, P - 1 : -1]
    chance = model.lm_head(hidden).log_softmax(-1)
    taken = chance.gather(2, ids[:, P:, None])[..., 0]
    return (taken * (ids[:, P:] != PAD)).sum(1)


# %% 偏好对
def label(rng, count):
    """count 对偏好：按分差的 sigmoid 抽谁更好，返回（好的，差的）编号，各 (count, T)"""
    better, worse = [], []
    for _ in range(count):
        start = story(rng)
        a, b = rng.sample(list(TASTE), 2)
        if rng.random() > 1 / (1 + math.exp(TASTE[b] - TASTE[a])):
            a, b = b, a
        better.append(start + a)
        worse.append(start + b)
    return encode(better), encode(worse)


better, worse = label(random.Random(0), 3000)
print(tokenizer.decode(better[0], skip_special_tokens=True))
print(tokenizer.decode(worse[0], skip_special_tokens=True))


# %% DPO 的损失
def dpo_loss(policy_better, policy_worse, ref_better, ref_worse, beta):
    """−log σ(β(好的增量 − 差的增量))，输入是整条的对数概率，各 (B,)"""
    gain = (policy_better - ref_better) - (policy_worse - ref_worse)
    return -F.logsigmoid(beta * gain).mean()


at_start = dpo_loss(*(torch.tensor([x]) for x in (-8.0, -6.0, -8.0, -6.0)), beta=0.5)
example = dpo_loss(*(torch.tensor([x]) for x in (-7.0, -6.5, -8.0, -6.0)), beta=0.5)
print(f"策略就是参考：{at_start:.4f}，ln 2 = {math.log(2):.4f}")
print(f"好的 +1、差的 −0.5：{example:.4f}，手算 {math.log(1 + math.exp(-0.75)):.4f}")


# %% 训练
def train(lr, steps, beta=BETA, batch=24, seed=0):
    """从参考模型出发做 DPO，返回策略与每一步的（损失，好的增量，差的增量）"""
    torch.manual_seed(seed)
    policy = copy.deepcopy(reference).requires_grad_(True)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=lr, weight_decay=0)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, steps)
    history = []
    for _ in range(steps):
        rows = torch.randint(len(better), (batch,))
        both = torch.cat([better[rows], worse[rows]])
        with torch.no_grad():
            ref_b, ref_w = log_prob(reference, both).chunk(2)
        pol_b, pol_w = log_prob(policy, both).chunk(2)
        loss = dpo_loss(pol_b, pol_w, ref_b, ref_w, beta)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        gains = (pol_b - ref_b).mean().item(), (pol_w - ref_w).mean().item()
        history.append((loss.item(), *gains))
    return policy, history


policy, history = train(lr=3e-4, steps=80)
held = label(random.Random(1), 800)  # 没训练过的 800 对，好的与差的
with torch.no_grad():
    held_ref = [log_prob(reference, ids) for ids in held]


@torch.no_grad()
def held_out(policy, beta):
    """没训练过的对子上的损失"""
    return dpo_loss(*(log_prob(policy, ids) for ids in held), *held_ref, beta=beta).item()


def tastes(ids):
    """标注者给这些结尾的分"""
    found = tokenizer.batch_decode(ids[:, P:], skip_special_tokens=True)
    return torch.tensor([TASTE[ending] for ending in found])


# 对最优的策略，β 乘增量之差就是真的分差
floor = -F.logsigmoid(tastes(held[0]) - tastes(held[1])).mean().item()
held_loss = held_out(policy, BETA)
print(f"没见过的 800 对：损失从 0.69 到约 {held_loss:.2f}")
print(f"笔算的最优策略，在同样这 800 对上：{floor:.2f}")

# %% 到了哪里 tags=["varies"]
weights = [math.exp(r / BETA) for r in TASTE.values()]
probe = [story(random.Random(i)) for i in range(40)]
with torch.no_grad():
    for (ending, _), w in zip(TASTE.items(), weights):
        chance = log_prob(policy, encode([s + ending for s in probe])).exp().mean().item()
        print(f"{ending:9s} 最优 {w / sum(weights):.2f}，学到 {chance:.2f}")


# %% 步子太大 tags=["varies"]
@torch.no_grad()
def valid_share(model, count=200):
    """写 count 个结尾，是四种之一的占多少；以及最常见的几种写法"""
    torch.manual_seed(0)
    ids = torch.tensor(tokenizer([story(random.Random(i)) for i in range(count)]).input_ids)
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0, max_new_tokens=LENGTH
    )
    found = Counter(tokenizer.batch_decode(out[:, P:], skip_special_tokens=True))
    return sum(found[e] for e in TASTE) / count, [text for text, _ in found.most_common(3)]


broken, hot = train(lr=5e-3, steps=40, beta=0.1)
for name, model, beta in [("步子合适", policy, BETA), ("步子太大", broken, 0.1)]:
    share, common = valid_share(model)
    print(f"{name}：没见过的 800 对损失 {held_out(model, beta):.2f}，合格的 {share:.2f}，常见的 {common[0]}")

# %% 好的也在降
fig, axes = plt.subplots(2, 1, figsize=(4.8, 5.6))
for ax, run, name in zip(axes, (history, hot), ("步子合适", "步子太大")):
    _, good, bad = zip(*run)
    ax.plot(good, label="更好的")
    ax.plot(bad, "--", label="更差的")
    ax.axhline(0, color="0.6", linewidth=1)
    ax.set(title=name, xlabel="步", ylabel="对数概率的增量")
axes[0].legend(loc="lower left", ncols=2)
plt.show()
