"""代码生成助手：pass@k 的无偏估计

数一遍、推一遍、模拟一遍；再看直接代入偏多少，大阶乘会怎样。

来源：Chen 等 2021（arXiv:2107.03374，2.1 节）
"""

# %% 准备
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np

# %% 五份里对了两份
marks = [1, 1, 0, 0, 0]  # 1 是对
picks = list(itertools.combinations(range(5), 2))
all_wrong = [p for p in picks if not any(marks[i] for i in p)]
print("挑两份的办法：", len(picks))
print("两份都错的：", all_wrong)
print("至少一份对：", 1 - len(all_wrong) / len(picks))


# %% 无偏估计
def pass_at_k(n, c, k):
    """n 份里 c 份对，随便挑 k 份、至少一份对的概率。n、c、k 是整数，k ≤ n。"""
    if n - c < k:
        return 1.0  # 错的不到 k 份，怎么挑都会挑到对的
    return 1.0 - float(np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))


print("公式：", round(pass_at_k(5, 2, 2), 3))
print("组合数：", 1 - math.comb(3, 2) / math.comb(5, 2))
print("200 份对 3 份，挑 100 份：", round(pass_at_k(200, 3, 100), 4))

# %% 用大阶乘 tags=["raises-exception"]
float(math.factorial(200))

# %% 偏多少
n, k, p = 10, 5, 0.1  # 假装知道真的答对率
rng = np.random.default_rng(0)
c = rng.binomial(n, p, size=100_000)  # 十万次评测，每次十份
table = np.array([pass_at_k(n, i, k) for i in range(n + 1)])
plug_in = 1 - (1 - c / n) ** k
print(f"真值 {1 - (1 - p) ** k:.3f}")
print(f"无偏估计，平均 {table[c].mean():.2f}，单次的标准差 {table[c].std():.2f}")
print(f"直接代入，平均 {plug_in.mean():.2f}，单次的标准差 {plug_in.std():.2f}")


# %% 精确的平均
def mean_estimate(estimate, n, k, p):
    """对 c 的二项分布求估计的精确平均。estimate(n, c, k) 返回一个数。"""
    return sum(
        math.comb(n, c) * p**c * (1 - p) ** (n - c) * estimate(n, c, k)
        for c in range(n + 1)
    )


def naive(n, c, k):
    """直接把 c / n 当作真的答对率代进去。"""
    return 1 - (1 - c / n) ** k


for size in [5, 10, 20, 100]:
    a, b = (mean_estimate(e, size, 5, p) for e in (pass_at_k, naive))
    print(f"每题 {size} 份：无偏 {a:.3f}，代入 {b:.3f}，差 {b - a:+.3f}")

# %% 偏差的曲线
ks = np.arange(1, 11)
fig, ax = plt.subplots(figsize=(4.6, 4.6))
for p, color in [(0.05, "C0"), (0.1, "C1"), (0.3, "C2")]:
    ax.plot(ks, 1 - (1 - p) ** ks, color=color, label=f"真值，答对率 {p}")
    ax.plot(ks, [mean_estimate(pass_at_k, 10, int(k), p) for k in ks], "o", color=color)
    means = [mean_estimate(naive, 10, int(k), p) for k in ks]
    ax.plot(ks, means, "--", color=color)
ax.plot([], [], "o", color="0.4", label="无偏估计的平均")
ax.plot([], [], "--", color="0.4", label="直接代入的平均")
ax.set(xlabel="k", ylabel="pass@k", ylim=(0, 1.02), xticks=ks)
fig.legend(loc="outside lower center", ncols=2)
plt.show()
