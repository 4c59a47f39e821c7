"""强化学习的四个零件：策略梯度、优势、裁剪、KL

用一台两个拉杆的老虎机手算策略梯度与基线，再写广义优势估计、PPO 的裁剪目标与 KL 的
三种估计，每一个都与笔算或精确值相同。不用模型

来源：REINFORCE，Williams 1992；广义优势估计，Schulman 等 2015（arXiv:1506.02438，
式 16）；PPO，Schulman 等 2017（arXiv:1707.06347，式 7）；KL 的估计，Schulman 2020
"""

# %% 准备
import math

import matplotlib.pyplot as plt
import numpy as np
import torch

# %% 两个拉杆
theta = 0.0  # 唯一的参数：拉甲杆的概率是 σ(θ)
p = 1 / (1 + math.exp(-theta))
REWARD = {"甲": 5.0, "乙": 4.0}
SLOPE = {"甲": 1 - p, "乙": -p}  # log π 对 θ 的导数
exact = p * (1 - p) * (REWARD["甲"] - REWARD["乙"])
print(f"平均奖励的精确梯度：{exact:.2f}")
for arm in REWARD:
    print(f"拉到{arm}：奖励 {REWARD[arm]:.0f} × 导数 {SLOPE[arm]:+.1f} = {REWARD[arm] * SLOPE[arm]:+.2f}")

# %% 减去基线
baseline = p * REWARD["甲"] + (1 - p) * REWARD["乙"]  # 平均能得的分
for name, b in [("不减", 0.0), ("减去平均", baseline)]:
    samples = [(REWARD[arm] - b) * SLOPE[arm] for arm in REWARD]  # 两种各半
    print(f"{name}：{samples}，平均 {np.mean(samples):.2f}，标准差 {np.std(samples):.2f}")

# %% 一句话的对数概率
chances = torch.tensor([0.5, 0.4, 0.9])  # 三个词元，各在前文之后的概率
whole = chances.prod()  # 整句的概率是连乘
print(f"整句的对数概率 {whole.log():.3f}，逐个词元相加 {chances.log().sum():.3f}")


# %% 优势
def advantages(rewards, values, mask, gamma=1.0, lam=0.95):
    """广义优势估计：rewards、values、mask 各 (B, T)，返回优势与回报，各 (B, T)

    δ_t = r_t + γV_{t+1} − V_t，A_t = δ_t + γλA_{t+1}，回报是 A_t + V_t；
    mask 为 0 处是补齐的，不参与
    """
    advantage = torch.zeros_like(rewards)
    next_value = next_advantage = torch.zeros(len(rewards))
    for t in reversed(range(rewards.shape[1])):
        delta = rewards[:, t] + gamma * next_value - values[:, t]
        advantage[:, t] = (delta + gamma * lam * next_advantage) * mask[:, t]
        next_value, next_advantage = values[:, t] * mask[:, t], advantage[:, t]
    return advantage, (advantage + values) * mask


A, returns = advantages(
    rewards=torch.tensor([[0.0, 0.0, 1.0, 0.0]]),
    values=torch.tensor([[0.5, 0.6, 0.8, 9.9]]),  # 第 4 格是补齐的，不该起作用
    mask=torch.tensor([[1.0, 1.0, 1.0, 0.0]]),
)
last = 1.0 - 0.8
middle = (0.8 - 0.6) + 0.95 * last
first = (0.6 - 0.5) + 0.95 * middle
print("函数：", [round(a, 4) for a in A[0, :3].tolist()])
print("手算：", [round(a, 4) for a in (first, middle, last)])


# %% 旧样本也能用
theta = torch.tensor(0.0, requires_grad=True)
ratio = theta.sigmoid() / p  # 拉甲的概率，新的除以旧的；此刻恰好是 1
slope_ratio = torch.autograd.grad(ratio, theta)[0]
slope_log = torch.autograd.grad(theta.sigmoid().log(), theta)[0]
print(f"ρ = 1 时：ρ 的导数 {slope_ratio:+.1f}，ln π 的导数 {slope_log:+.1f}")
p_new = 0.8  # 更新之后，拉甲的概率
by_new = p_new * REWARD["甲"] + (1 - p_new) * REWARD["乙"]
by_old = p * (p_new / p) * REWARD["甲"] + (1 - p) * ((1 - p_new) / (1 - p)) * REWARD["乙"]
print(f"新策略自己试，平均 {by_new:.1f}；旧策略试、乘上 ρ，平均 {by_old:.1f}")


# %% 裁剪
def clipped_objective(ratio, advantage, eps=0.2):
    """PPO 的目标 min(ρA, clip(ρ)A)，逐元素；ρ 是新旧策略的概率之比"""
    return torch.min(ratio * advantage, ratio.clamp(1 - eps, 1 + eps) * advantage)


print("比值  优势  目标  对比值的梯度")
for rho, a in [(1.1, 1.0), (1.5, 1.0), (0.5, 1.0), (1.5, -1.0), (0.5, -1.0)]:
    ratio = torch.tensor(rho, requires_grad=True)
    objective = clipped_objective(ratio, torch.tensor(a))
    objective.backward()
    print(f"{rho:4.1f}  {a:+4.0f}  {objective.item():+4.1f}  {ratio.grad.item():+4.0f}")

# %% 裁剪的样子
fig, axes = plt.subplots(2, 1, figsize=(4.6, 5.2), sharex=True)
rho = torch.linspace(0, 2, 201)
for ax, a, name in zip(axes, (1.0, -1.0), ("写得好：优势 +1", "写得差：优势 −1")):
    ax.plot(rho, rho * a, "--", color="0.6")
    ax.plot(rho, clipped_objective(rho, torch.tensor(a)))
    ax.axvspan(0.8, 1.2, color="0.5", alpha=0.12)
    ax.set(title=name, ylabel="目标")
axes[1].set_xlabel("新旧概率之比 ρ")
plt.show()

# %% KL 的三种估计
reference = torch.tensor([0.25, 0.25, 0.25, 0.25])  # 参考模型：四种结尾一样可能
policy = torch.tensor([0.7, 0.1, 0.1, 0.1])
kl = (policy * (policy / reference).log()).sum().item()
torch.manual_seed(0)
drawn = torch.multinomial(policy, 100_000, replacement=True)  # 从策略里抽
u = reference[drawn] / policy[drawn]
print(f"精确值 {kl:.3f}")
for name, k in [("k1", -u.log()), ("k2", u.log() ** 2 / 2), ("k3", u - 1 - u.log())]:
    low = "有负的" if k.min() < 0 else "没有负的"
    print(f"{name}：平均 {k.mean():.2f}，标准差 {k.std():.2f}，{low}")
