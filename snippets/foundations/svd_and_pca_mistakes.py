"""SVD 与 PCA 里会出的错：每个都真的发生一次

幂迭代停不下来、把奇异值当成矩阵、V 忘了转置、正负号不同、没有减平均值、
单位不同、用 AᵀA 丢了小的奇异值

来源：NumPy 与 scikit-learn 的文档；Golub、Van Loan《Matrix Computations》
"""

# %% 停不下来的幂迭代
import numpy as np

matrices = {
    "旋转 90°": np.array([[0.0, -1.0], [1.0, 0.0]]),  # 每个方向都拐弯
    "左右翻转": np.array([[-1.0, 0.0], [0.0, 1.0]]),  # 特征值 −1 与 1，一样大
}
for name, M in matrices.items():
    v = np.array([0.6, 0.8])
    seen = []
    for _ in range(4):
        v = M @ v
        v = v / np.linalg.norm(v)
        seen.append(v.round(1).tolist())
    print(f"{name}：{seen}")

# %% 差一点就慢很多
for second in [1.0, 2.9, 2.999]:
    M, v = np.diag([3.0, second]), np.array([0.6, 0.8])
    steps = 0
    while abs(v[1]) > 1e-6:  # 与真正的方向 (1, 0) 还差多少
        v = M @ v / np.linalg.norm(M @ v)
        steps += 1
    print(f"特征值 3 与 {second}：要 {steps} 步")

# %% 奇异值不是矩阵 tags=["raises-exception"]
A = np.array([[3.0, 1.0], [1.0, 2.0], [0.0, 4.0]])
U, S, Vt = np.linalg.svd(A)
print("形状", U.shape, S.shape, Vt.shape)
U @ S @ Vt

# %% 乘回去的两种写法
U, S, Vt = np.linalg.svd(A, full_matrices=False)
print("形状", U.shape, S.shape, Vt.shape)
print("U * S @ Vt：", np.allclose(U * S @ Vt, A))
print("U @ np.diag(S) @ Vt：", np.allclose(U @ np.diag(S) @ Vt, A))
print("又多转置了一次：", np.allclose(U * S @ Vt.T, A))

# %% 没有减平均值
rng = np.random.default_rng(0)
across = rng.normal(size=200)
spread = np.stack([across, -across + 0.3 * rng.normal(size=200)], axis=1)
data = spread + np.array([10.0, 10.0])  # 沿左上到右下散开，整体挪到 (10, 10)
for name, table in {"没有减": data, "减了": data - data.mean(axis=0)}.items():
    _, S, Vt = np.linalg.svd(table, full_matrices=False)
    print(f"{name}：第一方向 {(Vt[0] * np.sign(Vt[0, 0])).round(2)}", end="，")
    print(f"占平方和的 {S[0] ** 2 / (S**2).sum():.1%}")

# %% 单位不同
from sklearn.decomposition import PCA

height = rng.normal(170, 8, size=500)  # 厘米
weight = 60 + 0.5 * (height - 170) + rng.normal(0, 5, size=500)  # 千克
for unit, scale in {"米": 0.01, "厘米": 1, "毫米": 10}.items():
    people = np.stack([height * scale, weight], axis=1)
    first = PCA(1).fit(people).components_[0]
    print(f"身高用{unit}：第一主方向 {np.abs(first).round(2)}", end="，")
    scaled = (people - people.mean(axis=0)) / people.std(axis=0)
    print(f"先除以标准差 {np.abs(PCA(1).fit(scaled).components_[0]).round(2)}")

# %% 同一个答案，两种符号
table = rng.normal(size=(6, 3))
_, _, once = np.linalg.svd(table, full_matrices=False)
again = -once  # 另一台电脑、另一个库，可能给出这一组
print("逐个比较：", np.allclose(once, again))
print("点积取绝对值：", np.abs((once * again).sum(axis=1)).round(2))

# %% 小的奇异值丢了
tiny = np.array([[1.0, 1.0], [1e-9, 0.0], [0.0, 1e-9]])
values = np.linalg.eigvalsh(tiny.T @ tiny)[::-1]
print("先算 A.T @ A 再开方：", [f"{x:.1e}" for x in np.sqrt(values.clip(0))])
print("直接 svd：", [f"{x:.1e}" for x in np.linalg.svd(tiny, compute_uv=False)])

# %% 行与列弄反了
from sklearn.datasets import load_digits

digits = load_digits().data
for name, images in {"一行一张图": digits, "一列一张图": digits.T}.items():
    print(f"{name}：主方向的形状 {PCA(2).fit(images).components_.shape}")
