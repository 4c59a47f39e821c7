"""低秩的改动：用 NumPy 从零做一次 LoRA

先看两个瘦矩阵用梯度下降能学到多好（学到的就是 SVD）；再让一个线性模型看着
数字的左半边补右半边，换到没见过的数字 6 上，比较全参数微调与低秩微调；
最后量一量：权重与改动，到底谁更低秩

来源：Hu et al. 2021《LoRA: Low-Rank Adaptation of Large Language Models》
（arXiv:2106.09685，4.1 节）；数据是 scikit-learn 自带的手写数字
"""

# %% 学出来的低秩近似
import matplotlib.pyplot as plt
import numpy as np

target = np.random.default_rng(0).normal(size=(8, 6))  # 想要逼近的矩阵
S = np.linalg.svd(target, compute_uv=False)
for r in [1, 2, 4]:
    rng = np.random.default_rng(r)
    B, A = rng.normal(size=(8, r)), rng.normal(size=(r, 6))
    for _ in range(5000):
        gap = B @ A - target  # (8, r) @ (r, 6) -> (8, 6)
        B, A = B - 0.02 * gap @ A.T, A - 0.02 * B.T @ gap  # 顺着误差变小的方向走
    error, best = np.linalg.norm(B @ A - target), np.sqrt((S[r:] ** 2).sum())
    print(f"秩 {r}：学到的误差 {error:.4f}，SVD 的误差 {best:.4f}")

# %% 看左半边，补右半边
from sklearn.datasets import load_digits

digits = load_digits()
pixels = digits.images / 16  # (1797, 8, 8)，0 白 1 黑


def halves(images):
    """把 (n, 8, 8) 的图切成输入与答案。

    输入是左半边的 32 个像素再加一个常数 1，(n, 33)；答案是右半边，(n, 32)
    """
    left = images[:, :, :4].reshape(-1, 32)
    return np.c_[left, np.ones(len(left))], images[:, :, 4:].reshape(-1, 32)


X_old, Y_old = halves(pixels[digits.target != 6])  # 旧数据：没有 6
X_six, Y_six = halves(pixels[digits.target == 6])
X, Y, X_test, Y_test = X_six[:100], Y_six[:100], X_six[100:], Y_six[100:]
# 预训练：在旧数据上误差最小的 W，让 X @ W.T 接近 Y
W0 = np.linalg.lstsq(X_old, Y_old, rcond=1e-3)[0].T  # (32, 33)


def error_of(W, X, Y):
    """补出来的像素与答案差多少，平方的平均再开方。"""
    return np.sqrt(((X @ W.T - Y) ** 2).mean())


print("W0 的形状", W0.shape, "，共", W0.size, "个数")
print(f"旧数字上的误差 {error_of(W0, X_old, Y_old):.3f}", end="，")
print(f"没见过的 6 上 {error_of(W0, X_test, Y_test):.3f}")


# %% 两种微调
def gradient(W):
    """W 的每个数变大一点，误差平方的一半涨多快，100 张 6 的平均，(32, 33)。"""
    return (X @ W.T - Y).T @ X / len(X)  # (32, 100) @ (100, 33)


def tune_full(steps=1000, rate=0.1):
    """全参数微调：1056 个数都动，返回新的 W (32, 33)。"""
    W = W0.copy()
    for _ in range(steps):
        W -= rate * gradient(W)
    return W


def tune_lora(r, steps=1000, rate=0.1):
    """低秩微调：W0 不动，只学 B (32, r) 与 A (r, 33)，返回 B、A。"""
    A = np.random.default_rng(0).normal(size=(r, 33)) / np.sqrt(33)
    B = np.zeros((32, r))  # 从 0 开始，所以一开始与 W0 完全相同
    for _ in range(steps):
        g = gradient(W0 + B @ A)
        B, A = B - rate * g @ A.T, A - rate * B.T @ g
    return B, A


W_full = tune_full()
print(f"不微调　　　　　　　　　误差 {error_of(W0, X_test, Y_test):.3f}")
print(f"全参数微调，{W_full.size} 个数，误差 {error_of(W_full, X_test, Y_test):.3f}")
lora = {r: tune_lora(r) for r in [1, 2, 4, 8]}
for r, (B, A) in lora.items():
    error = error_of(W0 + B @ A, X_test, Y_test)
    print(f"秩 {r}，只学 {B.size + A.size:4d} 个数，误差 {error:.3f}")

# %% 补出来的样子
samples = [3, 10, 20]
weights = {"答案": None, "微调前": W0, "秩 1": W0 + lora[1][0] @ lora[1][1]}
weights["全参数"] = W_full
fig, axes = plt.subplots(3, 4, figsize=(4.6, 3.8))
for row, i in zip(axes, samples, strict=True):
    for ax, (name, W) in zip(row, weights.items(), strict=True):
        right = Y_test[i] if W is None else W @ X_test[i]  # (32, 33) @ (33,) -> (32,)
        left = X_test[i, :32].reshape(8, 4)
        ax.imshow(np.c_[left, right.reshape(8, 4)], cmap="gray_r", vmin=0, vmax=1)
        ax.axvline(3.5, color="C1", lw=1.5)
        ax.set(xticks=[], yticks=[])
        ax.grid(visible=False)
        if i == samples[0]:
            ax.set_title(name, fontsize=15)
plt.show()


# %% 砍改动，还是砍权重
def truncate(A, k):
    """只留前 k 个奇异值，形状不变。"""
    U, S, Vt = np.linalg.svd(A, full_matrices=False)
    return U[:, :k] * S[:k] @ Vt[:k]


for r, (B, A) in lora.items():
    whole = error_of(truncate(W_full, r), X_test, Y_test)
    after = error_of(W0 + truncate(W_full - W0, r), X_test, Y_test)
    during = error_of(W0 + B @ A, X_test, Y_test)
    print(f"秩 {r}：砍整个权重 {whole:.3f}，事后砍改动 {after:.3f}", end="，")
    print(f"一开始就低秩 {during:.3f}")

# %% 权重与改动，谁更低秩
noise = np.random.default_rng(0).normal(size=W0.shape)
for name, M in {"权重 W0": W0, "全参数的改动": W_full - W0, "随机矩阵": noise}.items():
    lost = [np.linalg.norm(M - truncate(M, r)) / np.linalg.norm(M) for r in lora]
    print(f"{name}：留 1、2、4、8 个方向，误差", "、".join(f"{x:.0%}" for x in lost))

# %% 大模型上的账
d = 4096
for r in [1, 8, 64]:
    print(f"{d} × {d}，秩 {r:4d}：{r * 2 * d:10,} 个数，占 {2 * r / d:.2%}")

# %% 真模型的权重是低秩的吗
from pathlib import Path

from safetensors.numpy import load_file

stored = Path("models/mini-gpt/model.safetensors")  # 第 3 阶段训练的小模型
if stored.exists():
    W = load_file(stored)["model.layers.0.self_attn.q_proj.weight"]
    noise = np.random.default_rng(0).normal(size=W.shape)
    for name, M in {"q_proj": W, "随机矩阵": noise}.items():
        lost = np.linalg.norm(M - truncate(M, 8)) / np.linalg.norm(M)
        print(f"{name} {M.shape}：只留 8 个方向，误差 {lost:.0%}")
else:
    print("这里没有", stored, "，到第 3 阶段训练好再来量")
