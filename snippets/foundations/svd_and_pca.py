"""矩阵分解：从乘法表到 SVD 与 PCA

先看一张表能省多少、一个矩阵把平面怎样了；用反复相乘找特征向量，在一个
2 × 2 上手算奇异值分解，再用它压缩一幅画，和一万个随机的对手比误差；
最后证明主成分分析就是减去平均值之后的 SVD

来源：Deisenroth 等《Mathematics for Machine Learning》4.2–4.6 节（特征值、SVD、
低秩近似）、第 10 章（PCA）；Eckart、Young 1936（最佳低秩近似）
"""

# %% 三张表的秩
import matplotlib.pyplot as plt
import numpy as np

n = np.arange(1, 10)
times = n[:, None] @ n[None, :]  # 一列 (9, 1) 乘一行 (1, 9) -> (9, 9)
plus = n[:, None] + n[None, :]  # 第 i 行第 j 列是 i + j
shuffled = np.random.default_rng(0).integers(1, 82, size=(9, 9))
tables = {"九九乘法表": times, "加法表": plus, "随机表": shuffled}
for name, table in tables.items():
    print(f"{name}：{table.size} 个数，秩 {np.linalg.matrix_rank(table)}")

# %% 四个矩阵，四种动作
turn, c = np.radians(30), np.cos(np.radians(30))
moves = {
    "伸缩": np.array([[1.5, 0], [0, 0.5]]),
    "旋转 30°": np.array([[c, -np.sin(turn)], [np.sin(turn), c]]),
    "剪切": np.array([[1, 0.8], [0, 1]]),
    "压扁": np.array([[0.8, 0.4], [0.6, 0.3]]),
}
for name, M in moves.items():
    print(f"{name}：x 轴到 {M[:, 0].round(2)}，y 轴到 {M[:, 1].round(2)}", end="，")
    print("秩", np.linalg.matrix_rank(M))

# %% 画出四种动作
flag = np.array([[0, 0, 1, 0.7, 1, 0], [0, 1.2, 1.2, 0.9, 0.6, 0.6]])  # 一面小旗
steps = np.linspace(-1, 1.5, 6)
fig, axes = plt.subplots(2, 2, figsize=(4.8, 4.8))
for ax, (name, M) in zip(axes.flat, moves.items(), strict=True):
    for s in steps:  # 一张方格纸，跟着一起变
        for line in ([[s, s], [-1, 1.5]], [[-1, 1.5], [s, s]]):
            ax.plot(*(M @ np.array(line)), color="#c3c9d2", lw=1)
    ax.fill(*flag, color="C5", alpha=0.25)
    ax.fill(*(M @ flag), color="C0", alpha=0.6, lw=4)  # (2, 2) @ (2, 6) -> (2, 6)
    for axis, color in zip(M.T, ["C1", "C2"], strict=True):  # 两列：两个轴的去处
        ax.annotate("", axis, (0, 0), arrowprops={"color": color, "width": 2})
    ax.set(aspect="equal", xlim=(-1.4, 1.9), ylim=(-1.4, 1.9))
    ax.axis("off")
    ax.set_title(name, fontsize=16)
plt.show()

# %% 反复相乘
M = np.array([[2.0, 1.0], [1.0, 2.0]])
x = np.array([1.0, 0.0])
for step in range(1, 6):
    y = M @ x
    print(f"第 {step} 次：{y}，第一个数是第二个的 {y[0] / y[1]:.3f} 倍", end="，")
    print(f"伸长 {np.linalg.norm(y) / np.linalg.norm(x):.3f} 倍")
    x = y


# %% 幂迭代
def power_iteration(M, steps=2000):
    """反复乘 M，找它伸缩得最厉害的特征方向。

    M 是对称矩阵 (n, n)，返回特征值（一个数）与长度为 1 的特征向量 (n,)
    """
    v = np.random.default_rng(0).normal(size=len(M))  # 随便从哪里出发
    for _ in range(steps):
        v = M @ v
        v = v / np.linalg.norm(v)  # 每次都缩回长度 1，免得越来越大
    return v @ M @ v, v


value, v = power_iteration(M)
print(f"特征值 {value:.3f}，方向 {(v * np.sign(v[0])).round(3)}")
print("M v 等于 λ v：", np.allclose(M @ v, value * v))
rest = M - value * np.outer(v, v)  # 把这个方向减掉，(2, 1) @ (1, 2) -> (2, 2)
value2, v2 = power_iteration(rest)
print(f"减掉它再来一次：特征值 {value2:.3f}，方向 {(v2 * np.sign(v2[0])).round(3)}")
print(f"两个方向的点积 {abs(v @ v2):.3f}")

# %% 圆变成椭圆
A = np.array([[1.2, 1.1], [0.4, 1.2]])  # 这一课的主角，不对称
angle = np.radians(np.arange(0, 360))
circle = np.stack([np.cos(angle), np.sin(angle)])  # 四周的 360 个方向，(2, 360)
length = np.linalg.norm(A @ circle, axis=0)  # 每个方向被拉成多长，(360,)
extremes = {"最长": length.argmax() % 180, "最短": length.argmin() % 180}
for name, i in extremes.items():
    print(f"{name}：{i}° 方向 {circle[:, i].round(2)}，变成 {length[i]:.2f} 倍长")

# %% 手算奇异值分解
squared = A.T @ A
print("A.T @ A 是")
print(squared.round(2))
values, vectors = np.linalg.eigh(squared)  # 对称矩阵专用，特征值从小到大
print("它的特征值：", values.round(2), "开方：", np.sqrt(values).round(2))
v1, v2 = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
print("A v1 等于", (A @ v1).round(2), "，A v2 等于", (A @ v2).round(2))
u1, u2 = A @ v1 / 2, A @ v2 / 0.5
print("u1", u1.round(2), "u2", u2.round(2), f"点积 {abs(u1 @ u2):.2f}")
back = 2 * np.outer(u1, v1) + 0.5 * np.outer(u2, v2)
print("两张表相加就是 A：", np.allclose(back, A))

# %% 转、拉、再转
U, V = np.stack([u1, u2], axis=1), np.stack([v1, v2], axis=1)  # 两列，各 (2, 2)
stages = {
    "出发": np.eye(2),
    "乘 $V^T$：转": V.T,
    "再乘 $\\Sigma$：拉": np.diag([2, 0.5]) @ V.T,
    "再乘 $U$：转": U @ np.diag([2, 0.5]) @ V.T,
}
fig, axes = plt.subplots(2, 2, figsize=(5, 4.6))
for ax, (name, M) in zip(axes.flat, stages.items(), strict=True):
    ax.plot(*(M @ circle), color="C5", lw=1.5)
    for i, (v, color) in enumerate(zip(V.T, ["C0", "C1"], strict=True)):
        end = M @ v
        ax.annotate("", end, (0, 0), arrowprops={"color": color, "width": 2})
        label = {
            "出发": f"$v_{i + 1}$",
            "再乘 $U$：转": rf"$\sigma_{i + 1}u_{i + 1}$",
        }.get(name)
        if label:
            away = end * (1 + 0.35 / np.linalg.norm(end))
            ax.text(*away, label, color=color, fontsize=14, ha="center", va="center")
    ax.set(aspect="equal", xlim=(-2, 2), ylim=(-1.7, 1.7))
    ax.axis("off")
    ax.set_title(name, fontsize=16)
plt.show()


# %% 自己的奇异值分解
def svd_by_power(A, k):
    """用幂迭代求前 k 个奇异值与方向，k 不超过 A 的秩。

    A (m, n)，返回 U (m, k)、S (k,)、Vt (k, n)，从大到小
    """
    rest = A.T @ A  # (n, m) @ (m, n) -> (n, n)，一定对称
    U, S, Vt = [], [], []
    for _ in range(k):
        value, v = power_iteration(rest)
        sigma = np.sqrt(value)
        U.append(A @ v / sigma)  # A v 的长度就是 σ，除掉它
        S.append(sigma)
        Vt.append(v)
        rest = rest - value * np.outer(v, v)  # 减掉这个方向，下一轮找次大的
    return np.stack(U, axis=1), np.array(S), np.stack(Vt)


B = np.random.default_rng(1).normal(size=(5, 3))  # 不是方阵也行
U, S, Vt = svd_by_power(B, 3)
U_np, S_np, Vt_np = np.linalg.svd(B, full_matrices=False)
print("我们的奇异值：", S.round(4))
print("NumPy 的　　：", S_np.round(4))
print("形状：U", U.shape, "S", S.shape, "Vt", Vt.shape)
print("每个方向与 NumPy 的点积：", np.abs((Vt * Vt_np).sum(axis=1)).round(4))
print("乘回去就是 B：", np.allclose(U * S @ Vt, B))  # U * S：第 i 列乘 S[i]


# %% 只留前 k 个
def truncate(A, k):
    """秩不超过 k 的矩阵里离 A 最近的一个，形状与 A 相同 (m, n)。"""
    U, S, Vt = np.linalg.svd(A, full_matrices=False)
    return U[:, :k] * S[:k] @ Vt[:k]  # (m, k) @ (k, n) -> (m, n)


A1 = truncate(A, 1)
print("秩 1 的近似：")
print(A1.round(2))
print("差：")
print((A - A1).round(2))
print(f"差的平方和开方 {np.linalg.norm(A - A1):.2f}，丢掉的奇异值是 0.5")


# %% 画一幅山水
def landscape(height=96, width=144):
    """一幅灰度画：天、落日、两重山与水中倒影，(height, width)，0 黑 1 白。"""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    picture = 0.95 - 0.35 * y  # 天，越低越暗
    picture[(x - 0.7) ** 2 * 2.25 + (y - 0.25) ** 2 < 0.012] = 1.0
    far = 0.42 + 0.08 * np.sin(9 * x) + 0.03 * np.sin(23 * x + 1)
    near = 0.52 + 0.1 * np.sin(5 * x + 2.5) + 0.02 * np.sin(31 * x)
    picture[y > far] = 0.55
    picture[y > near] = 0.25
    shore = int(0.66 * height)  # 水面以下是上下颠倒的倒影，暗一些，带波纹
    mirror = picture[shore - (height - shore) : shore][::-1]
    picture[shore:] = 0.75 * mirror + 0.08 * np.sin(60 * y[shore:] + 4 * x[shore:])
    return picture.clip(0, 1)


picture = landscape()
height, width = picture.shape
ranks = [1, 5, 20]
print(f"原画 {height} × {width}，{picture.size} 个数")
for k in ranks:
    gap = np.linalg.norm(picture - truncate(picture, k))
    relative = gap / np.linalg.norm(picture)
    print(f"秩 {k:2d}：{k * (height + width):5d} 个数，误差 {relative:.1%}")

# %% 看压缩的结果
shown = {"原画": picture} | {f"秩 {k}": truncate(picture, k) for k in ranks[:3]}
fig, axes = plt.subplots(2, 2, figsize=(6, 4.4))
fig.set_label("png")
for ax, (name, image) in zip(axes.flat, shown.items(), strict=True):
    ax.imshow(image, cmap="gray", vmin=0, vmax=1)
    ax.set_title(name, fontsize=16)
    ax.axis("off")
plt.show()

# %% 误差早就写在奇异值里
S_picture = np.linalg.svd(picture, compute_uv=False)
for k in ranks:
    measured = np.linalg.norm(picture - truncate(picture, k))
    dropped = np.sqrt((S_picture[k:] ** 2).sum())
    print(f"秩 {k:2d}：量出来 {measured:.4f}，丢掉的奇异值平方和开方 {dropped:.4f}")

# %% 与一万个随机矩阵比
rng = np.random.default_rng(0)
target = rng.normal(size=(8, 6))
best = np.linalg.norm(target - truncate(target, 2))
error = {"两个因子全随机": [], "左边随机，右边配到最好": [], "在答案旁边抖一抖": []}
U, S, Vt = np.linalg.svd(target, full_matrices=False)
for _ in range(10_000):
    left, right = rng.normal(size=(8, 2)), rng.normal(size=(2, 6))
    fitted = np.linalg.lstsq(left, target)[0]  # 最小二乘：左边定了，右边的最优解
    near = (U[:, :2] * S[:2] + 0.2 * left) @ (Vt[:2] + 0.2 * right)
    rivals = [left @ right, left @ fitted, near]
    for name, rival in zip(error, rivals, strict=True):
        error[name].append(np.linalg.norm(target - rival))
print(f"SVD 的秩 2 近似，误差 {best:.3f}")
for name, errors in error.items():
    print(f"{name}：最好的一个 {min(errors):.3f}，胜过 SVD 的", end=" ")
    print(f"{(np.array(errors) < best).sum()} 个")

# %% 画出一万次比赛
fig, ax = plt.subplots(figsize=(5.6, 3.4))
bins = np.linspace(3, 23, 100)
for name, errors in error.items():
    ax.hist(errors, bins=bins, alpha=0.75, label=name)
ax.axvline(best, color="#24292f", linestyle="--")
ax.text(best - 0.1, 1500, "SVD", ha="right", fontsize=15)
ax.set_xlim(0, 23)
ax.set_xlabel("误差", fontsize=14)
ax.set_ylabel("个数", fontsize=14)
ax.legend(fontsize=13)
plt.show()

# %% 四个人的两门成绩
scores = np.array([[1.0, 2.0], [2.0, 1.0], [4.0, 5.0], [5.0, 4.0]])  # (人, 科目)
mean = scores.mean(axis=0)
X = scores - mean  # 每一列减去自己的平均值
covariance = X.T @ X / (len(X) - 1)  # (2, 4) @ (4, 2) -> (2, 2)
print("减去平均值：", X.tolist())
print("协方差：", covariance.round(2).tolist())
print("与 np.cov 相同：", np.allclose(covariance, np.cov(scores.T)))


# %% 主成分分析就是 SVD
def pca(data, k):
    """用 SVD 做主成分分析。

    data (样本, 特征)，返回平均值 (特征,)、k 个主方向 (k, 特征)、
    每个方向上的方差占总方差的比例 (k,)
    """
    mean = data.mean(axis=0)
    _, S, Vt = np.linalg.svd(data - mean, full_matrices=False)
    variance = S**2 / (len(data) - 1)
    return mean, Vt[:k], (variance / variance.sum())[:k]


mean, directions, share = pca(scores, 2)
directions *= np.sign(directions[:, :1])  # v 与 −v 一样好，取第一个数为正的
print("主方向：")
print(directions.round(3))
print("占的方差：", share.round(3), "加起来", share.sum().round(3))
print("四个人在第一主方向上的坐标：", (X @ directions[0]).round(2))

# %% 与 scikit-learn 比较
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

digits = load_digits()  # 1797 张 8 × 8 的手写数字，每张拉成 64 个数
mean, directions, share = pca(digits.data, 64)
theirs = PCA(64).fit(digits.data)
same = np.abs((directions[:10] * theirs.components_[:10]).sum(axis=1))
print("数据", digits.data.shape)
print("前 10 个方向与 scikit-learn 的点积，最小的是", same.min().round(6))
print("方差比例相同：", np.allclose(share, theirs.explained_variance_ratio_))
print("64 个比例加起来：", share.sum().round(6))
for k in [2, 10, 30]:
    print(f"前 {k:2d} 个方向占 {share[:k].sum():.1%}")

# %% 把六十四维画到纸上
flat = (digits.data - mean) @ directions[:2].T  # (1797, 64) @ (64, 2) -> (1797, 2)
fig, ax = plt.subplots(figsize=(5.2, 4.4))
fig.set_label("png")
for digit, color in zip([0, 1, 4, 6], ["C0", "C1", "C2", "C3"], strict=True):
    points = flat[digits.target == digit]
    ax.scatter(*points.T, s=9, color=color, alpha=0.5)
    ax.text(*points.mean(axis=0), digit, fontsize=26, ha="center", va="center")
ax.set_xlabel("第一主方向", fontsize=14)
ax.set_ylabel("第二主方向", fontsize=14)
plt.show()

# %% 由几个方向拼回来
one = digits.data[0]
fig, axes = plt.subplots(1, 4, figsize=(6, 2))
for ax, k in zip(axes, [2, 10, 30, 64], strict=True):
    coordinates = (one - mean) @ directions[:k].T  # (64,) @ (64, k) -> (k,)
    rebuilt = mean + coordinates @ directions[:k]  # (k,) @ (k, 64) -> (64,)
    ax.imshow(rebuilt.reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
    ax.set_title(f"{k} 个", fontsize=16)
    ax.axis("off")
plt.show()
