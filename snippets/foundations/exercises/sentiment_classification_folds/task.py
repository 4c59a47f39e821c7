"""练习三：同一家的评论不许分开

真实的数据里，一条评论常有几个副本，一位顾客常写好几条。随便切分，训练集与验证集里
就有“自家人”。写 group_folds，把行分成 k 折，同一组的行必须在同一折里。要求：

- groups 是每一行的组号；交出 k 对（训练的行号，验证的行号），都是整数数组
- 每一行恰好在一折里当过验证；训练与验证没有相同的行，也没有相同的组
- 组的先后要按 seed 打乱，不能照原来的次序；各折的组数最多差一个
"""

import numpy as np


def group_folds(groups, k, seed=0):
    """groups (n,) 是组号；返回 k 对 (train, held) 的列表"""
    raise NotImplementedError


# 以下是检查，不用改
groups = np.array([7, 7, 3, 3, 3, 9, 1, 1, 4, 8, 8, 2])
pairs = list(group_folds(groups, 4))
assert len(pairs) == 4, f"应交出 4 折，却有 {len(pairs)} 折"
for i, (train, held) in enumerate(pairs):
    assert np.asarray(held).dtype != bool and np.asarray(train).dtype != bool, (
        "要的是行号，不是真假：用 np.flatnonzero"
    )
    both = set(train) & set(held)
    assert not both, f"第 {i + 1} 折里，第 {min(both)} 行既训练又验证"
    shared = set(groups[train]) & set(groups[held])
    assert not shared, (
        f"第 {i + 1} 折里，组 {min(shared)} 在训练与验证里都有：先分组，再分行"
    )
    assert len(train) + len(held) == len(groups), (
        f"第 {i + 1} 折只用了 {len(train) + len(held)} 行，应为 {len(groups)} 行"
    )
    number = len(set(groups[held]))
    assert number in (1, 2), f"第 {i + 1} 折验证了 {number} 组，7 组分 4 折应是 1 或 2 组"
times = np.bincount(np.concatenate([held for _, held in pairs]), minlength=len(groups))
assert (times == 1).all(), f"第 {times.argmax()} 行验证了 {times.max()} 次，应恰好一次"

sizes = sorted(len(held) for _, held in group_folds(np.arange(9), 4))
assert sizes == [2, 2, 2, 3], f"9 组分 4 折，各折的组数是 {sizes}，应为 [2, 2, 2, 3]"

many = np.arange(200)
first = [sorted(held) for _, held in group_folds(many, 5)]
assert first[0] != list(range(40)), "组没有打乱：数据常按类别排好，照原次序切会偏"
assert first == [sorted(held) for _, held in group_folds(many, 5)], (
    "同一个 seed 应得到同样的折：用 np.random.default_rng(seed)"
)
assert first != [sorted(held) for _, held in group_folds(many, 5, seed=1)], (
    "换了 seed，折应当不同：seed 用上了吗？"
)

# 标签是抛硬币，每组四行一模一样：不漏的话，只能猜对一半
rng = np.random.default_rng(1)
X = np.repeat(rng.normal(size=(100, 20)), 4, axis=0)
y = np.repeat(rng.integers(0, 2, size=100), 4)
right = []
for train, held in group_folds(np.repeat(np.arange(100), 4), 5):
    apart = ((X[held][:, None] - X[train]) ** 2).sum(axis=2)  # 与每条训练数据的距离
    right += list(y[train][apart.argmin(axis=1)] == y[held])  # 抄最近的那条
assert np.mean(right) < 0.7, (
    f"抛硬币的标签居然猜对 {np.mean(right):.2f}：副本漏到训练里去了"
)

print("全部通过")
