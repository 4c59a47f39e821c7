"""PPO：让小 GPT 偏向一种结尾，而且不走远

策略写故事的结尾，规则打分，每个词元扣掉离开参考模型的代价，价值头估计预期，裁剪的
目标更新策略。结尾只有四种，最优的策略可以笔算，训练完拿它对照

来源：PPO，Schulman 等 2017（arXiv:1707.06347）；广义优势估计，Schulman 等 2015
（arXiv:1506.02438）；逐词元的 KL 惩罚，Ziegler 等 2019（arXiv:1909.08593）
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
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"
tokenizer = AutoTokenizer.from_pretrained(MODEL)
reference = AutoModelForCausalLM.from_pretrained(MODEL).requires_grad_(False)
PAD = tokenizer.pad_token_id
WORDS = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))["words"]
GIFTS = [word for word in WORDS["礼"] if len(word) == 3]  # 一样长，提示就不必补齐
ENDINGS = WORDS["尾"]
LIKED = "大家都笑了。"  # 标注者想要的那一种
LENGTH = 10  # 结尾最多写这么多词元


def prompts(count, rng):
    """生日故事，写到结尾之前：返回编号 (count, P)，每一条一样长"""
    texts = []
    for _ in range(count):
        one, two = rng.sample(WORDS["人"], 2)
        gift = rng.choice(GIFTS)
        texts.append(f"{one}过生日，{two}送来一{gift}。{one}说：“这{gift}真好，谢谢{two}。”")
    return torch.tensor(tokenizer(texts).input_ids)


P = prompts(1, random.Random(0)).shape[1]  # 提示的长度
print(tokenizer.decode(prompts(1, random.Random(0))[0], skip_special_tokens=True))
print("四种结尾：", " ".join(ENDINGS))

# %% 最优的策略可以笔算
BETA = 0.5


def best_policy(rewards, beta):
    """参考模型给各种结尾同样的概率时，最优策略的概率 ∝ exp(r / β)"""
    weights = [math.exp(r / beta) for r in rewards]
    return [w / sum(weights) for w in weights]


for beta in (2.0, BETA, 0.1):
    best = best_policy([1, 0, 0, 0], beta)
    kl = sum(q * math.log(4 * q) for q in best)
    print(f"β = {beta}：想要的结尾 {best[0]:.3f}，其余各 {best[1]:.3f}，KL {kl:.3f}")


# %% 写与打分
@torch.no_grad()
def write(model, ids):
    """按温度 1 接着写：提示 (B, P) -> 全文 (B, P + LENGTH)，写完之后补 PAD"""
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        top_k=0,
        max_new_tokens=LENGTH,
    )
    return nn.functional.pad(out, (0, P + LENGTH - out.shape[1]), value=PAD)


def endings(ids):
    """全文 (B, T) -> 结尾的文字"""
    return tokenizer.batch_decode(ids[:, P:], skip_special_tokens=True)


def log_probs(model, ids):
    """写下每个结尾词元的对数概率 (B, LENGTH)，PAD 处为 0；与写之前的隐藏状态"""
    hidden = model.model(ids).last_hidden_state[:, P - 1 : -1]  # (B, LENGTH, C)
    chance = model.lm_head(hidden).log_softmax(-1)  # (B, LENGTH, V)
    taken = chance.gather(2, ids[:, P:, None])[..., 0]
    return taken * (ids[:, P:] != PAD), hidden


torch.manual_seed(0)
start = Counter(endings(write(reference, prompts(400, random.Random(1)))))
print("参考模型：", {e: round(start[e] / 400, 2) for e in ENDINGS})


# %% 优势与裁剪
def advantages(rewards, values, mask, lam=0.95):
    """广义优势估计，各 (B, T)，返回优势与回报"""
    advantage = torch.zeros_like(rewards)
    next_value = next_advantage = torch.zeros(len(rewards))
    for t in reversed(range(rewards.shape[1])):
        delta = rewards[:, t] + next_value - values[:, t]
        advantage[:, t] = (delta + lam * next_advantage) * mask[:, t]
        next_value, next_advantage = values[:, t] * mask[:, t], advantage[:, t]
    return advantage, (advantage + values) * mask


def mean(x, mask):
    """只在 mask 为 1 处取平均"""
    return (x * mask).sum() / mask.sum()


# %% 采一批
@torch.no_grad()
def rollout(policy, value, beta, rng, batch):
    """让策略写一批结尾，备好更新要用的张量；返回它们与这一批的平均奖励、KL"""
    ids = write(policy, prompts(batch, rng))  # (B, T)
    mask = (ids[:, P:] != PAD).float()
    old, hidden = log_probs(policy, ids)
    drift = old - log_probs(reference, ids)[0]  # log π − log π_ref，每个词元
    score = torch.tensor([float(text == LIKED) for text in endings(ids)])
    rewards = -beta * drift * mask
    rewards[torch.arange(batch), mask.sum(1).long() - 1] += score  # 写完才得分
    advantage, returns = advantages(rewards, value(hidden)[..., 0], mask)
    spread = mean((advantage - mean(advantage, mask)) ** 2, mask).sqrt()
    advantage = (advantage - mean(advantage, mask)) / (spread + 1e-6)
    stats = (score.mean().item(), drift.sum(1).mean().item())
    return ids, mask, old, advantage, returns, stats


# %% PPO 的循环
def ppo(beta, rounds=24, batch=64, epochs=2, lr=3e-4, eps=0.2, seed=0):
    """从参考模型出发训练，返回策略与每一轮的（平均奖励，KL）"""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    policy = copy.deepcopy(reference).requires_grad_(True)
    value = nn.Linear(policy.config.hidden_size, 1)
    nn.init.zeros_(value.weight)
    optimizer = torch.optim.AdamW(
        [{"params": policy.parameters(), "lr": lr}, {"params": value.parameters(), "lr": 1e-2}],
        weight_decay=0,
    )
    history = []
    for _ in range(rounds):
        ids, mask, old, advantage, returns, stats = rollout(policy, value, beta, rng, batch)
        history.append(stats)
        for _ in range(epochs):  # 同一批用几遍；第一遍比值恒为 1，第二遍起裁剪才有事做
            new, hidden = log_probs(policy, ids)
            ratio = (new - old).exp()
            gain = torch.min(ratio * advantage, ratio.clamp(1 - eps, 1 + eps) * advantage)
            miss = (value(hidden)[..., 0] - returns) ** 2
            loss = 0.5 * mean(miss, mask) - mean(gain, mask)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimizer.step()
    return policy, history


policy, history = ppo(BETA)
best = best_policy([1, 0, 0, 0], BETA)
print(f"开始：奖励约 {history[0][0]:.1f}，KL {abs(history[0][1]):.1f}")
late = [sum(column) / 8 for column in zip(*history[-8:])]
print(f"最后 8 轮：奖励约 {late[0]:.1f}，KL 约 {late[1]:.1f}")

# %% 与笔算对照 tags=["varies"]
written = Counter(endings(write(policy, prompts(600, random.Random(2)))))
for ending, chance in zip(ENDINGS, best):
    print(f"{ending:9s} 最优 {chance:.2f}，学到 {written[ending] / 600:.2f}")
others = 600 - sum(written[e] for e in ENDINGS)
print(f"不是四种之一的：{others / 600:.2f}")

# %% 奖励与 KL 的曲线
kl = sum(q * math.log(4 * q) for q in best)
fig, axes = plt.subplots(2, 1, figsize=(4.8, 4.6), sharex=True)
for ax, column, goal, name in zip(axes, zip(*history), (best[0], kl), ("平均奖励", "离参考的 KL")):
    ax.plot(column)
    ax.axhline(goal, color="C1", linestyle="--", label="笔算的最优")
    ax.set_ylabel(name)
axes[0].legend(loc="lower right")
axes[1].set(xlabel="轮", xticks=range(0, 25, 4))
plt.show()
