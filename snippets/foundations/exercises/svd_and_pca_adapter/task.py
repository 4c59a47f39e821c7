"""练习三：把一个改动压成 LoRA 的两个瘦矩阵

有人全参数微调了一层，改动是 delta。事后压不如一开始就只学低秩的改动，但手里
只有微调好的模型时，只能这样做。补全 compress：找出误差不超过 tolerance 的
最小的秩，把 delta 压成 B 与 A。要求：

- 相对误差：差的平方和开方，除以 delta 的平方和开方
- 返回的秩是够用的秩里最小的；B @ A 是这个秩里最好的近似
- B 与 A 各分一半力气：B 的每一列与 A 对应的那一行一样长（训练时两边才一样好学）
- 写完运行这个文件，看到“全部通过”就对了
"""

import numpy as np


def compress(delta, tolerance):
    """delta (m, n) -> B (m, r) 与 A (r, n)，相对误差不超过 tolerance

    tolerance 在 0 与 1 之间；r 至少是 1
    """
    raise NotImplementedError


# 以下是检查，不用改
def relative(delta, B, A):
    """相对误差，形状对不上时说成一句话"""
    assert B.ndim == A.ndim == 2 and B.shape[1] == A.shape[0], (
        f"B {B.shape} 与 A {A.shape} 乘不起来：应为 (m, r) 与 (r, n)"
    )
    assert (B @ A).shape == delta.shape, (
        f"B @ A 的形状是 {(B @ A).shape}，应为 {delta.shape}"
    )
    return np.linalg.norm(delta - B @ A) / np.linalg.norm(delta)


def with_singular_values(S, m, n):
    """造一个奇异值恰好是 S 的 (m, n) 矩阵"""
    rng = np.random.default_rng(0)
    U, _ = np.linalg.qr(rng.normal(size=(m, len(S))))
    V, _ = np.linalg.qr(rng.normal(size=(n, len(S))))
    return U * np.array(S) @ V.T


def tried(delta, tolerance):
    """调用 compress，形状拼不起来时说成一句话"""
    try:
        return compress(delta, tolerance)
    except ValueError as error:
        raise AssertionError(
            "乘的时候形状对不上：奇异值乘到列上是 U[:, :r] * root，"
            f"乘到行上要先竖起来，root[:, None] * Vt[:r]（NumPy 说：{error}）"
        ) from None


table = np.outer(np.arange(1.0, 10), np.arange(1.0, 10))
B, A = tried(table, 0.01)
assert relative(table, B, A) < 1e-9, (
    f"九九乘法表的秩是 1，误差却有 {relative(table, B, A):.2f}："
    "奇异值乘进去了吗？不多也不少，总共乘一次"
)
assert B.shape == (9, 1), f"乘法表的秩是 1，你用了 {B.shape[1]}"

# 奇异值 8、4、4、2，平方和 100：只留 1、2、3 个，误差是 0.60、0.45、0.20
delta = with_singular_values([8, 4, 4, 2], 12, 7)
for tolerance, rank in [(0.5, 2), (0.58, 2), (0.3, 3), (0.21, 3), (0.15, 4), (0.7, 1)]:
    B, A = tried(delta, tolerance)
    got = relative(delta, B, A)
    assert got <= tolerance + 1e-9, (
        f"要求误差不超过 {tolerance}，秩 {B.shape[1]} 的误差却是 {got:.2f}："
        "误差要开方；也检查一下有没有少留一个"
    )
    assert B.shape[1] == rank, (
        f"误差不超过 {tolerance}，秩 {rank} 就够了，你用了 {B.shape[1]}："
        "误差看的是丢掉的奇异值的平方和，再开方"
    )
    columns, rows = np.linalg.norm(B, axis=0), np.linalg.norm(A, axis=1)
    assert np.allclose(columns, rows), (
        f"B 的列长 {columns.round(2)}，A 的行长 {rows.round(2)}，应当一样："
        "每边乘奇异值的平方根"
    )

print("全部通过")
