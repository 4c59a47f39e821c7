"""GRPO 的组内优势与目标

`group_advantages`：分数的列表，每 size 个是同一个提示的一组。减去这一组的平均，除以这一组的
标准差（除以个数，不是个数减一），分母再加 1e-6。

`objective`：一条回答的目标。每个词元的比值 ρ 都用同一个优势 A，先裁剪（eps），再减去
β 乘这个词元的 k3 估计，最后对词元取平均。k3 = u − 1 − ln u，其中 u = π_ref / π。
"""

import math


def group_advantages(scores, size):
    """返回与 scores 一样长的列表"""
    raise NotImplementedError


def objective(log_new, log_old, log_ref, advantage, beta, eps=0.2):
    """三个列表是每个词元的对数概率：正在更新的、采样时的、参考的；返回一个数"""
    raise NotImplementedError


# 以下是检查，不用改
def close(a, b, tolerance=1e-4):
    return len(a) == len(b) and all(abs(x - y) < tolerance for x, y in zip(a, b))


got = group_advantages([3.0, 1.0, -1.0, 1.0], 4)
assert close(got, [math.sqrt(2), 0, -math.sqrt(2), 0]), (
    f"平均 1、标准差 √2，应是 1.414、0、−1.414、0，实际是 {[round(x, 3) for x in got]}：标准差除以个数"
)
got = group_advantages([1.0, 1.0, 1.0, 1.0], 4)
assert close(got, [0, 0, 0, 0]), f"一组一样好，优势应全是 0，实际是 {got}：分母加上 1e-6"
got = group_advantages([1.0, 0.0, 11.0, 10.0], 2)
assert close(got, [1, -1, 1, -1]), (
    f"两组各两条，每组自己比，应是 1、−1、1、−1，实际是 {[round(x, 3) for x in got]}：不要跨组取平均"
)
got = group_advantages([0.0, 0.0, 5.0, 3.0], 2)
assert close(got, [0, 0, 1, -1]), (
    f"第一组全错、优势全 0，第二组照常，应是 0、0、1、−1，实际是 {[round(x, 3) for x in got]}"
)

log = [-1.0, -2.0]
got = objective(log, log, log, 2.0, 0.5)
assert abs(got - 2.0) < 1e-12, f"三份一样时，比值是 1、KL 是 0，目标就是优势 2，实际是 {got}"
new = [-1.0 + math.log(1.5), -2.0]
got = objective(new, log, new, 1.0, 0.0)
assert abs(got - 1.1) < 1e-12, (
    f"两个词元的比值是 1.5 与 1：前一个裁到 1.2，平均 1.1，实际是 {got:.4f}"
)
got = objective(new, log, new, -1.0, 0.0)
assert abs(got + 1.25) < 1e-12, (
    f"优势是 −1 时，1.5 倍的不裁（要把它拉回来），平均 −1.25，实际是 {got:.4f}：取两者的较小者"
)
ref = [-1.0 + math.log(2.0), -2.0]
got = objective(log, log, ref, 0.0, 1.0)
expected = -(2 - 1 - math.log(2)) / 2
assert abs(got - expected) < 1e-12, (
    f"参考的概率是两倍：k3 = 2 − 1 − ln 2 = 0.3069，两个词元平均、再取负，应是 {expected:.4f}，实际是 {got:.4f}："
    "u 是 π_ref / π，KL 要从目标里减去"
)
got = objective(log, log, [-1.0 - math.log(2.0), -2.0], 0.0, 1.0)
expected = -(0.5 - 1 + math.log(2)) / 2
assert abs(got - expected) < 1e-12, f"参考的概率是一半：应是 {expected:.4f}，实际是 {got:.4f}"
print("全部通过")
