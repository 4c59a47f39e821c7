"""从零走完 RLHF：偏好、奖励模型、PPO 与奖励作弊

一个只会写短评的小语言模型产生成对的短评，扮演标注者的规则挑出更好的一条；奖励
模型在最后一个真实词元上打分；PPO 有策略、冻结的参考模型、单独的价值网络、优势
估计、裁剪与 KL 惩罚。KL 系数设为 0 时奖励作弊怎样发生，看数字和原文。
最后用同一批偏好做 DPO，并算一次 GRPO 的组内优势。

来源：PPO，Schulman 等 2017（arXiv:1707.06347）；广义优势估计，Schulman 等 2015
（arXiv:1506.02438）；RLHF 三步，Ouyang 等 2022（arXiv:2203.02155）；
DPO，Rafailov 等 2023（arXiv:2305.18290）；GRPO，Shao 等 2024（arXiv:2402.03300）
"""

# %% 准备
import copy
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
rng = np.random.default_rng(0)

PRAISE = {
    "茶": ["清香", "回甘", "解渴"],
    "面": ["筋道", "鲜美", "管饱"],
    "书": ["有趣", "深刻", "易读"],
    "画": ["生动", "细腻", "传神"],
}
BLAME = ["一般", "偏贵", "失望"]
PAD, COLON, COMMA, END, REALLY = range(5)
WORDS = ["[PAD]", "：", "，", "。", "真的", *PRAISE]
WORDS += [word for words in PRAISE.values() for word in words] + BLAME
ID = {word: i for i, word in enumerate(WORDS)}
PROMPT = 2  # 提示词占两个词元：主题与冒号
LENGTH = 14  # 全长，所以评语最多 12 个词元


# %% 短评
def write_review():
    """照人的习惯写一条短评：有人满意有人不满，有人爱说“真的”。

    返回 LENGTH 个编号，右边补 PAD，例如 茶：真的清香，偏贵。
    """
    topic = str(rng.choice(list(PRAISE)))
    count = int(rng.integers(1, 4))
    n_praise = int(rng.binomial(count, rng.choice([0.1, 0.5, 0.9])))
    kept = sorted(rng.permutation(3)[:n_praise])
    points = [PRAISE[topic][i] for i in kept]
    points += [str(word) for word in rng.permutation(BLAME)[: count - n_praise]]
    ids = [ID[topic], COLON] + [REALLY] * min(5, int(rng.geometric(0.7)) - 1)
    for word in points:
        ids += [ID[word], COMMA]
    ids[-1] = END
    return ids + [PAD] * (LENGTH - len(ids))


def to_text(ids):
    """编号 → 文字，略去 PAD。"""
    return "".join(WORDS[i] for i in ids if i != PAD)


def to_ids(words):
    """空格分开的词 → LENGTH 个编号，右边补 PAD。"""
    ids = [ID[word] for word in words.split()]
    return ids + [PAD] * (LENGTH - len(ids))


for _ in range(4):
    print(to_text(write_review()))


# %% 两把尺子
def true_score(ids):
    """真正想要的：夸对一处 +1；抱怨、重复、文不对题各 −1；没写完 −1。"""
    topic, *said = [WORDS[i] for i in ids if i > END]
    fair = set(said) & set(PRAISE[topic])
    blame = sum(word in BLAME for word in said)
    repeats = len(said) - len(set(said))
    strange = set(said) - set(PRAISE[topic]) - set(BLAME) - {"真的"}
    return len(fair) - blame - repeats - len(strange) - (END not in ids)


def rater_score(ids):
    """赶时间的标注者：好话一个 +1，抱怨一个 −1，“真的”也当好话，重复照算。"""
    said = [WORDS[i] for i in ids if i > END][1:]
    return sum(-1 if word in BLAME else 1 for word in said)


print("想要  标注  短评")
for words in [
    "茶 ： 清香 ， 回甘 。",
    "茶 ： 清香 ， 偏贵 。",
    "茶 ： 真的 清香 ， 回甘 。",
    "茶 ： 真的 真的 真的 清香 。",
]:
    ids = to_ids(words)
    print(f"{true_score(ids):+4d}  {rater_score(ids):+4d}  {to_text(ids)}")


# %% 语言模型
class Block(nn.Module):
    """一层 Transformer：因果自注意力与前馈网络。"""

    def __init__(self, dim, n_head):
        super().__init__()
        self.n_head = n_head
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.ffn = nn.Sequential(
            nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)
        )

    def forward(self, x):
        """x: (B, T, C) -> (B, T, C)。"""
        B, T, C = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(B, T, 3, self.n_head, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # 各 (B, H, T, C/H)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(B, T, C))
        return x + self.ffn(self.norm2(x))


class Trunk(nn.Module):
    """语言模型的主干：嵌入、两层 Transformer、归一化，没有输出头。"""

    def __init__(self, dim=32, n_layer=2, n_head=2):
        super().__init__()
        self.embed = nn.Embedding(len(WORDS), dim)
        self.position = nn.Embedding(LENGTH, dim)
        self.blocks = nn.Sequential(*(Block(dim, n_head) for _ in range(n_layer)))
        self.norm = nn.LayerNorm(dim)

    def forward(self, ids):
        """ids: (B, T) -> 隐藏状态 (B, T, C)。"""
        x = self.embed(ids) + self.position.weight[: ids.shape[1]]
        return self.norm(self.blocks(x))


class LanguageModel(nn.Module):
    """主干加词表头：每个位置给下一个词元打分。"""

    def __init__(self, dim=32):
        super().__init__()
        self.trunk = Trunk(dim)
        self.head = nn.Linear(dim, len(WORDS))

    def forward(self, ids):
        """ids: (B, T) -> logits (B, T, V)；PAD 永远不会被选中。"""
        logits = self.head(self.trunk(ids))
        return logits.index_fill(-1, torch.tensor(PAD), -1e9)


def log_probs(model, ids):
    """每个评语词元的对数概率：ids (B, T) -> (B, T − 2)，PAD 处为 0。"""
    log_p = model(ids)[:, PROMPT - 1 : -1].log_softmax(-1)  # (B, T − 2, V)
    taken = log_p.gather(2, ids[:, PROMPT:, None])[:, :, 0]
    return taken.masked_fill(ids[:, PROMPT:] == PAD, 0.0)


@torch.no_grad()
def sample(model, topics):
    """按温度 1 采样评语。topics: (B,) -> (B, LENGTH)，句号之后都是 PAD。"""
    ids = torch.stack([topics, torch.full_like(topics, COLON)], dim=1)
    done = torch.zeros(len(ids), dtype=torch.bool)
    while ids.shape[1] < LENGTH:
        chance = model(ids)[:, -1].softmax(-1)
        token = torch.multinomial(chance, 1)[:, 0].masked_fill(done, PAD)
        ids = torch.cat([ids, token[:, None]], dim=1)
        done |= token == END
    return ids


def random_topics(count):
    """返回 (count,) 的主题编号。"""
    return torch.randint(ID["茶"], ID["茶"] + len(PRAISE), (count,))


# %% 监督微调 tags=["varies"]
def minimize(loss_of_step, parameters, steps, lr):
    """走 steps 步，每步最小化 loss_of_step() 的返回值；学习率先升后降。"""
    optimizer = torch.optim.AdamW(parameters, lr=lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=steps, pct_start=0.1
    )
    for _ in range(steps):
        loss = loss_of_step()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


reviews = torch.tensor([write_review() for _ in range(2000)])
base = LanguageModel()


def sft_loss():
    """一批短评的负对数似然，按真实词元平均。"""
    ids = reviews[torch.randint(len(reviews), (128,))]
    return -log_probs(base, ids).sum() / (ids[:, PROMPT:] != PAD).sum()


minimize(sft_loss, base.parameters(), steps=200, lr=1e-2)
base.requires_grad_(False)  # 从此冻结：它是起点，也是 KL 的参考
print("想要  微调后写的短评")
for ids in sample(base, random_topics(6)).tolist():
    print(f"{true_score(ids):+4d}  {to_text(ids)}")

# %% 偏好对
topics = random_topics(2600)
drafts = torch.stack([sample(base, topics), sample(base, topics)])  # (2, 2600, T)
scores = torch.tensor([[rater_score(ids) for ids in side] for side in drafts.tolist()])
clear = (scores[0] != scores[1]).nonzero()[:2000, 0]  # 分不出高下的不要
winner = (scores[1] > scores[0]).long()[clear]  # 0 或 1
chosen, rejected = drafts[winner, clear], drafts[1 - winner, clear]  # 各 (2000, T)
TRAIN, TEST = slice(0, 1600), slice(1600, 2000)
print("更好的：", tuple(chosen.shape), "更差的：", tuple(rejected.shape))


# %% 打分的头
class RewardModel(nn.Module):
    """另起一份主干，换上只有一个输出的头：一条序列一个分。"""

    def __init__(self, trunk):
        super().__init__()
        self.trunk = copy.deepcopy(trunk).requires_grad_(True)  # 不与策略共用
        self.head = nn.Linear(trunk.norm.normalized_shape[0], 1)

    def forward(self, ids):
        """ids: (B, T)，右边可以有 PAD -> 分数 (B,)。"""
        hidden = self.trunk(ids)  # (B, T, C)
        last = (ids != PAD).sum(1) - 1  # (B,)，最后一个真实词元
        return self.head(hidden[torch.arange(len(ids)), last])[:, 0]


reward_model = RewardModel(base.trunk)
short = torch.tensor([to_ids("茶 ： 清香 。"), to_ids("面 ： 偏贵 。")])
with torch.no_grad():
    padded, trimmed = reward_model(short), reward_model(short[:, :4])
print("分数的形状：", tuple(padded.shape))
print("补不补 PAD，分数一样：", torch.allclose(padded, trimmed, atol=1e-6))
print("最后一列的词元：", [WORDS[i] for i in short[:, -1]])


# %% 成对的损失
def preference_loss(better, worse):
    """Bradley–Terry：−log σ(好的分 − 差的分)，输入各为 (B,)，返回平均值。"""
    return -F.logsigmoid(better - worse).mean()


loss = preference_loss(torch.tensor([2.0, 0.5]), torch.tensor([1.0, 1.5]))
by_hand = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(1))) / 2
print(f"函数：{loss:.4f}，手算：{by_hand:.4f}")


# %% 训练奖励模型 tags=["varies"]
def reward_loss():
    """随机取 64 对偏好，返回它们的平均损失。"""
    rows = torch.randint(TRAIN.stop, (64,))
    return preference_loss(reward_model(chosen[rows]), reward_model(rejected[rows]))


minimize(reward_loss, reward_model.parameters(), steps=150, lr=1e-2)
reward_model.requires_grad_(False)
margin = reward_model(chosen[TEST]) - reward_model(rejected[TEST])  # (400,)
accuracy = (margin > 0).float().mean().item()
print(f"没见过的 400 对，判对的约占 {accuracy:.2f}")

fig, ax = plt.subplots(figsize=(6.4, 3.2))
ax.hist(margin.numpy(), bins=30)
ax.axvline(0, color="C1", linestyle="--", label="左边的判错了")
ax.set(xlabel="更好的得分 − 更差的得分", ylabel="多少对")
ax.legend()
plt.show()

# %% 奖励的刻度
drafts_scores = reward_model(sample(base, random_topics(500)))
center, unit = drafts_scores.mean(), drafts_scores.std()


def reward(ids):
    """奖励模型的分，换成以起点模型为 0、它的标准差为 1 的刻度：(B, T) -> (B,)。"""
    return (reward_model(ids) - center) / unit


# %% 三方打分 tags=["varies"]
print("想要  标注  奖励模型  短评")
for words in [
    "茶 ： 清香 ， 回甘 ， 解渴 。",
    "茶 ： 偏贵 ， 失望 。",
    "茶 ： 筋道 ， 鲜美 。",
    "茶 ： 真的 真的 真的 真的 真的 清香 。",
]:
    ids = to_ids(words)
    predicted = reward(torch.tensor([ids])).item()
    three = f"{true_score(ids):+4d}  {rater_score(ids):+4d}  {predicted:+8.1f}"
    print(three, "", to_text(ids))


# %% 优势
def advantages(rewards, values, mask, gamma=1.0, lam=0.95):
    """广义优势估计。输入都是 (B, T)，mask 为 1 处是真实词元；返回优势与回报。

    δ_t = r_t + γV_{t+1} − V_t，A_t = δ_t + γλA_{t+1}，回报是 A_t + V_t
    """
    advantage = torch.zeros_like(rewards)
    next_value = next_advantage = torch.zeros(len(rewards))
    for t in reversed(range(rewards.shape[1])):
        delta = rewards[:, t] + gamma * next_value - values[:, t]
        advantage[:, t] = (delta + gamma * lam * next_advantage) * mask[:, t]
        next_value, next_advantage = values[:, t] * mask[:, t], advantage[:, t]
    return advantage, (advantage + values) * mask


A, R = advantages(
    rewards=torch.tensor([[0.0, 0.0, 1.0, 0.0]]),
    values=torch.tensor([[0.5, 0.6, 0.8, 9.9]]),  # 第 4 格是 PAD，不该起作用
    mask=torch.tensor([[1.0, 1.0, 1.0, 0.0]]),
)
last = 1.0 - 0.8
middle = (0.8 - 0.6) + 0.95 * last
first = (0.6 - 0.5) + 0.95 * middle
print("函数：", [round(a, 4) for a in A[0, :3].tolist()])
print("手算：", [round(a, 4) for a in (first, middle, last)])


# %% 裁剪
def clipped_objective(ratio, advantage, eps=0.2):
    """PPO 的目标 min(ρA, clip(ρ)A)，逐元素；ρ 是新旧策略的概率之比。"""
    return torch.min(ratio * advantage, ratio.clamp(1 - eps, 1 + eps) * advantage)


print("比值  优势  目标  对比值的梯度")
for rho, a in [(1.1, 1.0), (1.5, 1.0), (0.5, 1.0), (1.5, -1.0), (0.5, -1.0)]:
    ratio = torch.tensor(rho, requires_grad=True)
    objective = clipped_objective(ratio, torch.tensor(a))
    objective.backward()
    print(f"{rho:4.1f}  {a:+4.0f}  {objective.item():+4.1f}  {ratio.grad.item():+4.0f}")


# %% 采样一批并算好奖励
class Critic(nn.Module):
    """价值网络：写到每个位置时，预计最后能拿多少分。它也有自己的主干。"""

    def __init__(self, trunk):
        super().__init__()
        self.trunk = copy.deepcopy(trunk).requires_grad_(True)
        self.head = nn.Linear(trunk.norm.normalized_shape[0], 1)

    def forward(self, ids):
        """ids: (B, T) -> 写下每个评语词元之前的价值 (B, T − 2)。"""
        return self.head(self.trunk(ids))[:, PROMPT - 1 : -1, 0]


def masked_mean(x, mask):
    """只在 mask 为 1 处取平均：(B, T) -> 标量。"""
    return (x * mask).sum() / mask.sum()


@torch.no_grad()
def rollout(policy, critic, beta, batch=128):
    """让策略写一批评语，返回更新要用的张量与这一批的统计。

    每个词元的奖励是 −β(log π − log π_ref)，奖励模型的分加在最后一个真实词元上
    """
    ids = sample(policy, random_topics(batch))  # (B, T)
    mask = (ids[:, PROMPT:] != PAD).float()  # (B, T − 2)
    old = log_probs(policy, ids)
    log_ratio = old - log_probs(base, ids)
    score = reward(ids)  # (B,)
    rewards = -beta * log_ratio
    rewards[torch.arange(batch), mask.sum(1).long() - 1] += score
    advantage, returns = advantages(rewards, critic(ids), mask)
    centered = advantage - masked_mean(advantage, mask)
    advantage = centered / (masked_mean(centered**2, mask).sqrt() + 1e-8)
    stats = {
        "奖励模型": score.mean().item(),
        "想要": float(np.mean([true_score(row) for row in ids.tolist()])),
        "KL": log_ratio.sum(1).mean().item(),  # 整条评语，单位是 nat
    }
    return ids, mask, old, advantage, returns, stats


# %% PPO 的循环
def ppo(beta, iterations=24, epochs=4, lr=1.5e-3):
    """从 base 出发训练一个策略。返回策略与每次迭代的统计（字典的列表）。"""
    policy = copy.deepcopy(base).requires_grad_(True)
    critic = Critic(reward_model.trunk)
    optimizer = torch.optim.AdamW(
        [
            {"params": policy.parameters(), "lr": lr},
            {"params": critic.parameters(), "lr": 3 * lr},
        ]
    )
    history = []
    for _ in range(iterations):
        ids, mask, old, advantage, returns, stats = rollout(policy, critic, beta)
        history.append(stats)
        for _ in range(epochs):  # 同一批样本用几次；走远了就没有梯度
            ratio = (log_probs(policy, ids) - old).exp()
            gain = masked_mean(clipped_objective(ratio, advantage), mask)
            miss = masked_mean((critic(ids) - returns) ** 2, mask)
            optimizer.zero_grad()
            (0.5 * miss - gain).backward()
            nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimizer.step()
    return policy, history


# %% 有 KL 与没有 KL tags=["varies"]
BETA = 0.5
runs = {}
for beta in (BETA, 0.0):
    torch.manual_seed(1)
    runs[beta] = ppo(beta)

print("系数        奖励模型  想要     KL")
for beta, (_, history) in runs.items():
    for name, part in [("开始时", history[:1]), ("末五次", history[-5:])]:
        means = [np.mean([stats[key] for stats in part]) for key in history[0]]
        print(
            f"{beta} {name}", "".join(f"{round(mean, 1) + 0:+8.1f}" for mean in means)
        )

# %% 画出两次训练
fig, axes = plt.subplots(2, 2, figsize=(6.4, 4.6), sharex=True, sharey="row")
for (top, bottom), (beta, (_, history)) in zip(axes.T, runs.items(), strict=True):
    top.plot([stats["奖励模型"] for stats in history], label="奖励模型的分")
    top.plot([stats["想要"] for stats in history], "--", label="真正想要的分")
    bottom.plot([stats["KL"] for stats in history], color="C2")
    top.set(title=f"KL 系数 {beta}")
    bottom.set(xlabel="迭代")
axes[0, 0].legend(loc="lower right", fontsize=11)
axes[0, 0].set_ylabel("平均分")
axes[1, 0].set_ylabel("离参考模型的 KL")
plt.show()

# %% 各写几条 tags=["varies"]
for beta, (policy, _) in runs.items():
    print(f"KL 系数 {beta}：")
    for ids in sample(policy, random_topics(6)).tolist():
        print(f"  {true_score(ids):+d}  {to_text(ids)}")


# %% DPO 的损失
def dpo_loss(policy, better, worse, beta=0.3):
    """−log σ(β(好的增量 − 差的增量))；增量是 log π − log π_ref，输入各为 (B, T)。"""
    gains = [
        (log_probs(policy, ids) - log_probs(base, ids)).sum(1)  # (B,)
        for ids in (better, worse)
    ]
    return -F.logsigmoid(beta * (gains[0] - gains[1])).mean()


ppo_policy = runs[BETA][0]
with torch.no_grad():
    at_start = dpo_loss(base, chosen[:1], rejected[:1]).item()
    pi, ref = (
        [log_probs(model, side[:1]).sum().item() for side in (chosen, rejected)]
        for model in (ppo_policy, base)
    )
    loss = dpo_loss(ppo_policy, chosen[:1], rejected[:1]).item()
x = 0.3 * ((pi[0] - ref[0]) - (pi[1] - ref[1]))
print(f"起点：{at_start:.4f}，ln 2 = {math.log(2):.4f}")
print("与手算一致：", math.isclose(loss, math.log(1 + math.exp(-x)), abs_tol=1e-5))

# %% 用 DPO 训练 tags=["varies"]
student = copy.deepcopy(base).requires_grad_(True)


def dpo_step():
    """随机取 64 对偏好的 DPO 损失。"""
    rows = torch.randint(TRAIN.stop, (64,))
    return dpo_loss(student, chosen[rows], rejected[rows])


minimize(dpo_step, student.parameters(), steps=50, lr=2e-3)
with torch.no_grad():
    written = sample(student, random_topics(256))
    kl = (log_probs(student, written) - log_probs(base, written)).sum(1).mean()
    wants = np.mean([true_score(ids) for ids in written.tolist()])
    test_loss = dpo_loss(student, chosen[TEST], rejected[TEST])
    shifts = [
        (log_probs(student, side[TEST]) - log_probs(base, side[TEST])).sum(1).mean()
        for side in (chosen, rejected)
    ]
print(f"没见过的偏好对，损失：{test_loss:.2f}（起点 0.69）")
print(f"对数概率的变化：更好的 {shifts[0]:+.1f}，更差的 {shifts[1]:+.1f}")
print(f"想要：{wants:+.1f}，奖励模型：{reward(written).mean():+.1f}，KL：{kl:.1f}")


# %% 组内优势
def group_advantages(scores):
    """同一个提示词的 G 条回答，减去平均、除以标准差：(G,) -> (G,)。"""
    return (scores - scores.mean()) / (scores.std(correction=0) + 1e-6)


relative = group_advantages(torch.tensor([3.0, 1.0, -1.0, 1.0]))
same = group_advantages(torch.tensor([1.0, 1.0, 1.0, 1.0]))
print("分数 3、1、−1、1：", [round(a, 2) for a in relative.tolist()])
print("四条一样好：", same.tolist())
