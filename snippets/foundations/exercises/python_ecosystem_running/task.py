"""练习三：一遍读完，只留三个数

补全 running_stats。数据一批一批地来，总量可能比内存还大，求全部数的个数、平均、
标准差（除以 n）。要求：

- 每批用完就放手，手里除了当前这一批，只留几个数
- 各批的大小不一定相同，可能有空的批，也可能一批也没有（那就返回三个 0）
- 数在十亿附近、标准差只有 1 时也要准
- 写完运行这个文件，看到“全部通过”就对了
"""

import math
import tracemalloc
import weakref

import numpy as np


def running_stats(batches):
    """batches 是一个生成器，每次交出一个形状 (B,) 的小数数组，B 可以是 0

    返回 (个数, 平均, 标准差)，标准差除以 n
    """
    raise NotImplementedError


# 以下是检查，不用改
def one_by_one(arrays):
    """逐批交出数组，盯着还有几批没有放手"""
    alive = []
    for array in arrays:
        batch = array.copy()
        alive = [ref for ref in alive if ref() is not None]
        assert len(alive) <= 1, (
            f"要下一批时，前面还有 {len(alive)} 批留在内存里："
            "不要 list(batches)，也不要把批存进列表"
        )
        alive.append(weakref.ref(batch))
        yield batch
        del batch


def run(arrays):
    """运行 running_stats，顺便查返回的是不是三个有限的数"""
    try:
        n, mean, std = running_stats(one_by_one(arrays))
    except ZeroDivisionError as error:
        raise AssertionError(
            "除以了 0：空的批要跳过，一批也没有就返回三个 0"
        ) from error
    assert math.isfinite(mean) and math.isfinite(std), (
        f"得到 ({n}, {mean}, {std})：有空的批，或者负数开了根号？"
    )
    return n, mean, std


n, mean, std = run([np.array([2.0, 4.0]), np.array([6.0])])
assert n == 3, f"2、4、6 一共 3 个数，得到 {n}：最后一批不满，也要算"
assert math.isclose(mean, 4), (
    f"2、4、6 的平均是 {mean}，应为 4：两批大小不同，不能把每批的平均再平均"
)
assert not math.isclose(std, 2), "标准差除以了 n - 1，这里要除以 n"
assert math.isclose(std, math.sqrt(8 / 3)), (
    f"2、4、6 的标准差是 {std:.3f}，应为 1.633：合并时还要加上两批平均之差那一项，"
    "而且要用更新之前的平均"
)

assert run([]) == (0, 0, 0), "一批也没有时，应返回三个 0"
empty = np.array([])
n, mean, std = run([empty, np.array([1.0, 3.0]), empty])
assert (n, mean, std) == (2, 2, 1), f"夹着空的批时得到 {(n, mean, std)}，应为 (2, 2, 1)"

rng = np.random.default_rng(0)
for center in (0.0, 1e9):
    whole = rng.normal(center, 1.0, size=1000)
    n, mean, std = run(np.split(whole, [1, 300, 310, 999]))
    assert n == 1000 and math.isclose(
        mean, whole.mean(), rel_tol=1e-12, abs_tol=1e-12
    ), f"1000 个 {center:g} 附近的数，平均是 {mean}，应为 {whole.mean()}"
    assert math.isclose(std, whole.std(), rel_tol=1e-6), (
        f"1000 个 {center:g} 附近的数，标准差是 {std}，应为 {whole.std():.6f}："
        "平方和减平均的平方会被舍入误差吃掉，要累加“离平均有多远”"
    )

many = (np.full(1000, float(k % 2)) for k in range(400))  # 一共 3.2 MB
tracemalloc.start()
n, mean, std = running_stats(many)
peak = tracemalloc.get_traced_memory()[1] / 1e6
tracemalloc.stop()
assert (n, mean) == (400000, 0.5) and math.isclose(std, 0.5), (
    f"四十万个 0 与 1，得到 {(n, mean, std)}，应为 (400000, 0.5, 0.5)"
)
assert peak < 1, (
    f"一批只有 0.008 MB，内存却多占了 {peak:.1f} MB：换成列表、抄一份再存，也是全部攒着"
)

print("全部通过")
