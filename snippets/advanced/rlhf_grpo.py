"""GRPO，以及一次奖励作弊

同一个提示写一组结尾，组内比较就是优势，不要价值网络。先用没有漏洞的规则训练；再换一
个只数“笑”字的规则，看分数怎样涨、文字怎样坏，最后用 KL 压住

来源：DeepSeekMath，Shao 等 2024（arXiv:2402.03300，4.1 节）；KL 的 k3 估计，Schulman 2020
"""

# %% 准备
import copy
import json
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
GIFTS = [word for word in WORDS["礼"] if len(word) == 3]
ENDINGS = set(WORDS["尾"])
LENGTH = 10


def prompts(count, rng):
    """生日故事，写到结尾之前：返回编号 (count, P)，每一条一样长"""
    texts = []
    for _ in range(count):
        one, two = rng.sample(WORDS["人"], 2)
        gift = rng.choice(GIFTS)
        texts.append(f"{one}过生日，{two}送来一{gift}。{one}说：“这{gift}真好，谢谢{two}。”")
    return torch.tensor(tokenizer(texts).input_ids)


P = prompts(1, random.Random(0)).shape[1]


@torch.no_grad()
def write(model, ids):
    """按温度 1 接着写：提示 (B, P) -> 全文 (B, P + LENGTH)，写完之后补 PAD"""
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0, max_new_tokens=LENGTH
    )
    return nn.functional.pad(out, (0, P + LENGTH - out.shape[1]), value=PAD)


def endings(ids):
    """全文 (B, T) -> 结尾的文字"""
    return tokenizer.batch_decode(ids[:, P:], skip_special_tokens=True)


def log_probs(model, ids):
    """写下每个结尾词元的对数概率 (B, LENGTH)，PAD 处为 0"""
    hidden = model.model(ids).last_hidden_state[:, P - 1 : -1]
    chance = model.lm_head(hidden).log_softmax(-1)
    return chance.gather(2, ids[:, P:, None])[..., 0] * (ids[:, P:] != PAD)


# %% 组内优势
def group_advantages(scores, size):
    """每 size 个一组，减去组内平均，除以组内标准差：(B,) -> (B,)"""
    groups = scores.reshape(-1, size)
    centered = groups - groups.mean(1, keepdim=True)
    return (centered / (groups.std(1, correction=0, keepdim=True) + 1e-6)).flatten()


two = torch.tensor([3.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
print("两组各四条：", [round(a, 2) for a in group_advantages(two, 4).tolist()])


# %% GRPO 的循环
def grpo(reward, beta, rounds=15, groups=8, size=8, lr=1e-3, epochs=2, seed=0):
    """用打分函数 reward(文字) 训练，返回策略与每轮的（平均分，合格率，KL）"""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    policy = copy.deepcopy(reference).requires_grad_(True)
    optimizer = torch.optim.AdamW(policy.parameters(), lr=lr, weight_decay=0)
    history = []
    for _ in range(rounds):
        ids = write(policy, prompts(groups, rng).repeat_interleave(size, 0))
        mask = (ids[:, P:] != PAD).float()
        texts = endings(ids)
        scores = torch.tensor([float(reward(text)) for text in texts])
        advantage = group_advantages(scores, size)[:, None]  # 一条里的词元共用
        with torch.no_grad():
            old, ref = log_probs(policy, ids), log_probs(reference, ids)
        good = sum(text in ENDINGS for text in texts) / len(texts)
        history.append((scores.mean().item(), good, (old - ref).sum(1).mean().item()))
        for _ in range(epochs):
            new = log_probs(policy, ids)
            ratio = (new - old).exp()
            gain = torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
            k3 = (ref - new).exp() - 1 - (ref - new)  # 每个词元的 KL，不会是负的
            loss = -(((gain - beta * k3) * mask).sum(1) / mask.sum(1)).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimizer.step()
    return policy, history


# %% 没有漏洞的规则
def wanted(text):
    """真正想要的：结尾就是这一句"""
    return text == "大家都笑了。"


_, fair = grpo(wanted, beta=0.05, rounds=10)
print(f"想要的占：从约 {fair[0][0]:.1f} 到约 {sum(f[0] for f in fair[-5:]) / 5:.1f}")


# %% 有漏洞的规则 tags=["varies"]
def count_laughs(text):
    """图省事的写法：数一数有几个“笑”字"""
    return text.count("笑")


cheater, cheating = grpo(count_laughs, beta=0.0, lr=2e-3)
score, good, kl = cheating[-1]
print(f"最后一轮：分数 {score:.1f}，合格率 {good:.2f}，KL {kl:.0f}")

# %% 它写了什么 tags=["varies"]
for text, times in Counter(endings(write(cheater, prompts(40, random.Random(9))))).most_common(4):
    print(times, text)

# %% 两条曲线
fig, ax = plt.subplots(figsize=(4.8, 3.6))
ax.plot([s for s, _, _ in cheating], label="规则给的分（几个“笑”）")
ax.plot([g for _, g, _ in cheating], "--", label="合格的比例")
ax.set(xlabel="轮", ylabel="平均", xticks=range(0, 15, 2))
ax.legend()
plt.show()

# %% 用 KL 压住 tags=["varies"]
_, leashed = grpo(count_laughs, beta=0.3, lr=2e-3)
late = [sum(column) / 5 for column in zip(*leashed[-5:])]
print(f"最后五轮：分数 {late[0]:.1f}，合格率 {late[1]:.2f}，KL {late[2]:.1f}")
