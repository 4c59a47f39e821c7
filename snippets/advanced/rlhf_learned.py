"""三步接起来：对着学来的奖励模型训练

先用偏好训练奖励模型，再让策略写、它打分，用最简单的策略梯度更新整句的概率；分别拿
标注者心里的分与学来的分笔算最优，看策略走到哪一个

来源：REINFORCE，Williams 1992；带 KL 的目标与最优策略，Ziegler 等 2019（arXiv:1909.08593）、
Rafailov 等 2023（arXiv:2305.18290，式 4）
"""

# %% 准备
import copy
import json
import math
import random
from collections import Counter
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

MODEL = "models/mini-gpt"
tokenizer = AutoTokenizer.from_pretrained(MODEL)
reference = AutoModelForCausalLM.from_pretrained(MODEL).requires_grad_(False)
PAD, EOS = tokenizer.pad_token_id, tokenizer.eos_token_id
WORDS = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))["words"]
GIFTS = [word for word in WORDS["礼"] if len(word) == 3]
TASTE = {"大家都笑了。": 2.0, "大家都很高兴。": 1.0, "真是开心的一天。": 0.0, "他们成了好朋友。": -1.0}
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


# %% 奖励模型
class RewardModel(nn.Module):
    """自己的一份主干，加一个标量头，取最后一个真词元：一条全文一个分"""

    def __init__(self, model):
        super().__init__()
        self.trunk = copy.deepcopy(model.model).requires_grad_(True)
        self.head = nn.Linear(model.config.hidden_size, 1, bias=False)
        nn.init.zeros_(self.head.weight)

    def forward(self, ids):
        """ids (B, T)，右边可以有 PAD -> 分数 (B,)"""
        hidden = self.trunk(ids).last_hidden_state
        last = (ids != PAD).sum(1) - 1
        return self.head(hidden[torch.arange(len(ids)), last])[:, 0]


def preferences(count, rng):
    """count 对偏好，按分差的 sigmoid 抽谁更好 -> 编号 (count, 2, T)，好的在前"""
    texts = []
    for _ in range(count):
        start = story(rng)
        a, b = rng.sample(list(TASTE), 2)
        if rng.random() > 1 / (1 + math.exp(TASTE[b] - TASTE[a])):
            a, b = b, a
        texts += [start + a, start + b]
    return encode(texts).reshape(count, 2, -1)


torch.manual_seed(0)
pairs = preferences(2000, random.Random(0))
judge = RewardModel(reference)
optimizer = torch.optim.AdamW(judge.parameters(), lr=1e-3, weight_decay=0)
for _ in range(70):
    batch = pairs[torch.randint(len(pairs), (48,))]  # (48, 2, T)
    scores = judge(batch.flatten(0, 1)).reshape(48, 2)
    loss = -F.logsigmoid(scores[:, 0] - scores[:, 1]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
judge.requires_grad_(False)  # 从这里起冻结
starts = [story(random.Random(i)) for i in range(60)]
learned = {e: judge(encode([s + e for s in starts])).mean().item() for e in TASTE}


# %% 两种最优
def best_policy(rewards, beta):
    """参考模型给各种结尾同样的概率时，最优策略的概率 ∝ exp(r / β)"""
    weights = [math.exp(r / beta) for r in rewards]
    return [w / sum(weights) for w in weights]


BETA = 0.5
by_taste = best_policy(TASTE.values(), BETA)
by_judge = best_policy(learned.values(), BETA)


# %% 写与打分
@torch.no_grad()
def write(model, ids):
    """按温度 1 接着写：提示 (B, P) -> 全文 (B, P + LENGTH)，写完之后补 PAD"""
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0, max_new_tokens=LENGTH
    )
    return F.pad(out, (0, P + LENGTH - out.shape[1]), value=PAD)


def log_prob(model, ids):
    """整个结尾的对数概率：编号 (B, T) -> (B,)"""
    hidden = model.model(ids).last_hidden_state[:, P - 1 : -1]
    chance = model.lm_head(hidden).log_softmax(-1)
    taken = chance.gather(2, ids[:, P:, None])[..., 0]
    return (taken * (ids[:, P:] != PAD)).sum(1)


def count_endings(policy, count=600):
    """写 count 条，数一数结尾"""
    torch.manual_seed(1)
    rng = random.Random(1)
    prompts = torch.tensor(tokenizer([story(rng) for _ in range(count)]).input_ids)
    ids = write(policy, prompts)
    return Counter(tokenizer.batch_decode(ids[:, P:], skip_special_tokens=True))


# %% 整句的策略梯度
def reinforce(beta, rounds=28, batch=64, lr=5e-4, seed=0):
    """策略写、奖励模型打分，每批更新一次；返回策略"""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    policy = copy.deepcopy(reference).requires_grad_(True)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=lr, weight_decay=0)
    for _ in range(rounds):
        prompts = torch.tensor(tokenizer([story(rng) for _ in range(batch)]).input_ids)
        ids = write(policy, prompts)
        log_p = log_prob(policy, ids)  # (B,)，整句
        with torch.no_grad():
            reward = judge(ids) - beta * (log_p - log_prob(reference, ids))  # 分数，扣掉离开参考的
            advantage = reward - reward.mean()  # 基线是这一批的平均
            advantage = advantage / (advantage.std() + 1e-6)
        loss = -(advantage * log_p).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
    return policy


# %% 走到了哪里 tags=["varies"]
policy = reinforce(BETA)
found = count_endings(policy)
print("学来的分  按真分  按学来的  写出来  结尾")
shift = sum(TASTE.values()) / 4 - sum(learned.values()) / 4  # 只有分差有意义
for i, ending in enumerate(TASTE):
    row = f"{learned[ending] + shift:+8.1f}  {by_taste[i]:6.2f}  {by_judge[i]:8.2f}  {found[ending] / 600:6.2f}"
    print(row, "", ending)
