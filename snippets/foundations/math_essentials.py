"""手算得出的小算例

第 1 阶段页面里的算例都在这里：点积、特征向量、奇异值分解、贝叶斯、最大似然、
softmax、交叉熵、梯度检查、拉格朗日乘数法，最后是过拟合、交叉验证与数据泄漏。
在 snippets/ 文件夹里运行：python foundations/math_essentials.py

来源：Deisenroth 等《Mathematics for Machine Learning》第 2–7 章；
Hastie 等《The Elements of Statistical Learning》7.10.2 节（数据泄漏的例子）；
Hu 等 2021，LoRA（低秩矩阵的参数个数）。
"""

# %% 点积与余弦
import matplotlib.pyplot as plt
import numpy as np

cat = np.array([0.9, 0.8, 0.1])  # 三维依次是：会动、有毛、有轮子
dog = np.array([0.8, 0.9, 0.2])
car = np.array([0.7, 0.0, 0.9])


def cosine(a, b):
    """余弦相似度：a、b 形状 (C,)，返回 −1 到 1 之间的数；零向量得到 nan。"""
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


for name, other in {"狗": dog, "车": car, "3 狗": 3 * dog}.items():
    print(f"猫 · {name}：点积 {cat @ other:.2f}，余弦 {cosine(cat, other):.2f}")

# %% 矩阵是一次变换
A = np.array([[2.0, 1.0], [1.0, 2.0]])
B = np.array([[0.0, -1.0], [1.0, 0.0]])  # 逆时针转 90°
x, y = np.array([1.0, 0.0]), np.array([0.0, 1.0])

print("A 把 x 送到", A @ x, "把 y 送到", A @ y)
print("先加再变 = 先变再加：", np.allclose(A @ (x + y), A @ x + A @ y))
print("两层合成一层：", np.allclose(B @ (A @ x), (B @ A) @ x))
print("压扁的矩阵，秩是", np.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))

# %% 特征向量
eigenvalues, eigenvectors = np.linalg.eigh(A)  # 对称矩阵，从小到大
for value, vector in zip(eigenvalues, eigenvectors.T, strict=True):
    v = vector * np.sign(vector[1])  # v 与 −v 是同一个方向，取朝上的
    print(f"特征值 {value:.0f}，方向", v.round(3), end="，")
    print("A v 等于 λ v：", np.allclose(A @ v, value * v))
print(f"连乘 50 次：0.9 变成 {0.9**50:.4f}，1.1 变成 {1.1**50:.1f}")

# %% 画出一次变换
angle = np.linspace(0, 2 * np.pi, 200)
circle = np.stack([np.cos(angle), np.sin(angle)])  # (2, 200)
ellipse = A @ circle  # (2, 2) @ (2, 200) -> (2, 200)

fig, ax = plt.subplots(figsize=(4.2, 4))
ax.plot(*circle, color="C5", label="变换前")
ax.plot(*ellipse, color="C0", label="变换后")
for value, vector in zip(eigenvalues, eigenvectors.T, strict=True):
    end = value * vector * np.sign(vector[1])
    ax.plot([0, end[0]], [0, end[1]], "o-", color="C1", markevery=[1])
    side = "right" if end[0] < 0 else "left"
    ax.text(*(end * 1.1), f"×{value:.0f}", color="C1", fontsize=15, ha=side)
ax.set(aspect="equal", xlim=(-3, 3), ylim=(-3, 3))
ax.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2])
ax.legend(loc="lower right")
plt.show()

# %% 奇异值分解
rng = np.random.default_rng(0)
low_rank = rng.normal(size=(64, 2)) @ rng.normal(size=(2, 64))  # 秩 2
W = low_rank + 0.1 * rng.normal(size=(64, 64))
U, S, Vt = np.linalg.svd(W)
W2 = U[:, :2] * S[:2] @ Vt[:2]  # (64, 2) @ (2, 64) -> (64, 64)
error = np.linalg.norm(W - W2) / np.linalg.norm(W)

print("前 4 个奇异值：", S[:4].round(1))
print(f"只留 2 个方向：{W.size} 个数变成 {2 * (64 + 64)} 个", end="，")
print(f"误差 {error:.1%}")
full, lora = 4096 * 4096, 8 * (4096 + 4096)
print(f"4096 × 4096 的矩阵有 {full:,} 个数", end="，")
print(f"秩 8 的 LoRA 有 {lora:,} 个，占 {lora / full:.2%}")

# %% 主成分分析
across = rng.normal(size=100)
up = 2 * across + 0.3 * rng.normal(size=100)
points = np.stack([across, up], axis=1)  # (100, 2)
centered = points - points.mean(axis=0)
_, spread, directions = np.linalg.svd(centered, full_matrices=False)
share = spread**2 / (spread**2).sum()

print("第一主方向：", (directions[0] * np.sign(directions[0, 0])).round(2))
print("各方向占的方差：", share.round(3))

# %% 贝叶斯定理
hit, false_alarm = 0.95, 0.05  # AI 写的判对 95%，人写的误判 5%
for prior in [0.01, 0.10, 0.50]:
    flagged = hit * prior + false_alarm * (1 - prior)
    print(f"事先 {prior:.0%} 是 AI 写的 → 被标出之后 {hit * prior / flagged:.0%}")

# %% 最大似然估计
following = "爱爱想爱爱想爱爱想爱"  # 语料里“我”后面的 10 个字
count = following.count("爱")


def log_likelihood(p):
    """若“爱”的概率是 p，这 10 个字的概率的对数。p 在 0 与 1 之间，可以是数组。"""
    return count * np.log(p) + (10 - count) * np.log(1 - p)


for p in [0.5, 0.7, 0.9]:
    print(f"猜 p = {p}：对数似然 {log_likelihood(p):.2f}")
candidates = np.arange(1, 100) / 100
best = log_likelihood(candidates).argmax()
print("99 个候选里最好的 p =", candidates[best])


# %% softmax 与交叉熵
def softmax(scores):
    """把分数变成概率。scores 形状 (V,)，返回 (V,)，和为 1。"""
    e = np.exp(scores - scores.max())  # 先减最大值，免得溢出
    return e / e.sum()


logits = np.array([2.0, 1.0, 0.0])
probs = softmax(logits)
print("指数", np.exp(logits).round(3))
print("概率", probs.round(3))
for name, p in zip("猫狗车", probs, strict=True):
    print(f"答案是{name}：损失 {-np.log(p):.3f}，困惑度 {1 / p:.2f}")
print("温度 0.5 →", softmax(logits / 0.5).round(3))
print("温度 2.0 →", softmax(logits / 2.0).round(3))

# %% 熵与 KL 散度
p = np.array([0.5, 0.25, 0.25])  # 真实的分布
q = np.array([0.8, 0.1, 0.1])  # 模型以为的分布
entropy = -(p * np.log2(p)).sum()
cross_entropy = -(p * np.log2(q)).sum()
kl, reverse = (p * np.log2(p / q)).sum(), (q * np.log2(q / p)).sum()

print(f"熵 H(p) {entropy:.3f} 比特，交叉熵 H(p, q) {cross_entropy:.3f} 比特")
print(f"KL(p‖q) {kl:.3f}，两者之差 {cross_entropy - entropy:.3f}")
print(f"反过来 KL(q‖p) {reverse:.3f}")

# %% 链式法则
import torch

x, w, b, target = 3.0, 2.0, -1.0, 4.0
z = w * x + b  # 一个最小的网络：预测
e = z - target  # 误差
loss = e**2
d_loss_d_e, d_e_d_z, d_z_d_w = 2 * e, 1.0, x  # 每一段各自的导数
print("预测", z, "误差", e, "损失", loss)
print("dL/dw = 2e × 1 × x =", d_loss_d_e * d_e_d_z * d_z_d_w)

weight = torch.tensor(w, requires_grad=True)
((weight * x + b - target) ** 2).backward()
print("PyTorch 的 backward() =", weight.grad.item())

# %% 梯度检查
label, h = 0, 1e-5  # 正确答案是第 0 个；h 是轻推的幅度


def loss_of(scores):
    """一个样本的交叉熵。scores 形状 (V,)，返回一个数，单位奈特。"""
    return -np.log(softmax(scores)[label])


formula = probs - np.eye(3)[label]  # 推导的结果：概率减去答案
rise = [loss_of(logits + n) - loss_of(logits - n) for n in h * np.eye(3)]
measured = np.array(rise) / (2 * h)
scores = torch.tensor(logits, requires_grad=True)
torch.nn.functional.cross_entropy(scores, torch.tensor(label)).backward()

print("公式 p − y：", formula.round(3))
print("轻推一下量：", measured.round(3))
print("自动微分　：", scores.grad.numpy().round(3))

# %% 学习率与曲率
curvature = np.array([1.0, 10.0])  # 损失 ½(x² + 10y²)：一条窄谷


def descend(learning_rate, steps=30):
    """从 (8, 2) 出发做梯度下降，返回走过的点，形状 (steps + 1, 2)。"""
    path = [np.array([8.0, 2.0])]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * curvature * path[-1])
    return np.array(path)


paths = {rate: descend(rate) for rate in [0.02, 0.18, 0.21]}
for rate, path in paths.items():
    end = 0.5 * (curvature * path[-1] ** 2).sum()
    print(f"学习率 {rate}：损失从 52.0 到 {end:.2f}")
print("会不会发散的分界线 2 / 最大特征值 =", 2 / curvature.max())

# %% 画出下山的路
grid_x, grid_y = np.meshgrid(np.linspace(-9, 9, 100), np.linspace(-4, 4, 100))
verdicts = ["太小：走不完", "合适：来回摆，但在收拢", "太大：越摆越开"]
fig, axes = plt.subplots(3, 1, figsize=(5.6, 5.6), sharex=True)
for ax, (rate, path), verdict in zip(axes, paths.items(), verdicts, strict=True):
    ax.contour(grid_x, grid_y, 0.5 * (grid_x**2 + 10 * grid_y**2), 8, colors="#c3c9d2")
    ax.plot(*path[:16].T, "o-", color="C1", markersize=4)
    ax.plot(0, 0, "*", color="C2", markersize=14)
    ax.set(xlim=(-9, 9), ylim=(-4, 4), yticks=[-3, 0, 3])
    ax.set_title(f"学习率 {rate}（{verdict}）")
    ax.grid(visible=False)
plt.show()

# %% 拉格朗日乘数法
from scipy.optimize import minimize


def objective(p):
    """负的“平均分数 + 熵”。p 形状 (V,)，各项为正；越小越好。"""
    return -(p @ logits - (p * np.log(p)).sum())


uniform = np.full(3, 1 / 3)
sum_is_one = {"type": "eq", "fun": lambda p: p.sum() - 1}
between = [(1e-9, 1)] * 3
found = minimize(objective, uniform, bounds=between, constraints=sum_is_one).x
multiplier = logits - np.log(found) - 1  # 每个坐标算出的 λ 应当相同

print("数值优化找到：", found.round(3))
print("softmax 给出：", softmax(logits).round(3))
print("三个坐标各自算出的 λ：", multiplier.round(2))

# %% 过拟合
from numpy.polynomial import Polynomial


def noisy(x):
    """sin(2πx) 加上标准差 0.25 的噪声。x 形状 (n,)，返回 (n,)。"""
    return np.sin(2 * np.pi * x) + 0.25 * rng.normal(size=len(x))


rng = np.random.default_rng(0)
train_x, valid_x = np.linspace(0, 1, 16), np.linspace(0, 1, 201)
train_y, valid_y = noisy(train_x), noisy(valid_x)
degrees = range(1, 13)
train_error, valid_error = [], []
for degree in degrees:
    curve = Polynomial.fit(train_x, train_y, degree)
    train_error.append(np.sqrt(np.mean((curve(train_x) - train_y) ** 2)))
    valid_error.append(np.sqrt(np.mean((curve(valid_x) - valid_y) ** 2)))

for degree in [1, 3, 12]:
    print(f"{degree} 次：训练误差 {train_error[degree - 1]:.2f}", end="，")
    print(f"验证误差 {valid_error[degree - 1]:.2f}")

fig, ax = plt.subplots()
ax.plot(degrees, train_error, "o-", label="训练集")
ax.plot(degrees, valid_error, "s-", label="验证集")
ax.axhline(0.25, color="C5", linestyle=":", label="噪声的大小")
ax.set(xlabel="多项式的次数（模型有多灵活）", ylabel="均方根误差", ylim=(0, 0.7))
ax.legend()
plt.show()

# %% 正则化与交叉验证
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

powers = PolynomialFeatures(12, include_bias=False)  # x, x², …, x¹²
model = make_pipeline(powers, StandardScaler(), Ridge())
search = GridSearchCV(
    model,
    {"ridge__alpha": [1e-6, 1e-4, 1e-2, 1.0, 100.0]},  # 惩罚从几乎没有到很重
    cv=KFold(5, shuffle=True, random_state=0),
    scoring="neg_root_mean_squared_error",
)
search.fit(train_x[:, None], train_y)
for setting, score in zip(
    search.cv_results_["params"],
    search.cv_results_["mean_test_score"],
    strict=True,
):
    ridge = model.set_params(**setting).fit(train_x[:, None], train_y)
    rms = np.sqrt(np.mean((ridge.predict(valid_x[:, None]) - valid_y) ** 2))
    print(f"α = {setting['ridge__alpha']:<6g}", end=" ")
    print(f"交叉验证 {-score:.2f}，新数据 {rms:.2f}")
print("交叉验证选中 α =", search.best_params_["ridge__alpha"])

# %% 数据泄漏
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

rng = np.random.default_rng(0)
noise = rng.normal(size=(50, 5000))  # 5000 个特征，全是随机数
coin = rng.permutation([0, 1] * 25)  # 标签也是抛硬币得来的

picked = SelectKBest(k=20).fit_transform(noise, coin)  # 先看着全部标签挑特征
leaky = cross_val_score(LogisticRegression(), picked, coin, cv=5).mean()
honest_model = make_pipeline(SelectKBest(k=20), LogisticRegression())
honest = cross_val_score(honest_model, noise, coin, cv=5).mean()

print(f"先挑特征再交叉验证：准确率 {leaky:.2f}")
print(f"每一折里面各挑各的：准确率 {honest:.2f}")
