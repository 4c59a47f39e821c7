"""pass@k 的无偏估计，数值要稳

每题生成 n 份，c 份正确。随便挑 k 份（不放回），至少一份正确的概率是多少？
n 可能上千，所以不能先算出巨大的阶乘再转成浮点数；k 大于 n 时没有意义，抛 ValueError。

`mean_pass_at_k` 对一组题求平均：先逐题估计，再平均。
"""

import itertools


def pass_at_k(n, c, k):
    """n、c、k 是整数，0 ≤ c ≤ n，k ≥ 1；返回 0 到 1 之间的浮点数，k > n 抛 ValueError"""
    raise NotImplementedError


def mean_pass_at_k(counts, n, k):
    """counts 是每题答对的份数（列表），每题都是 n 份；返回各题 pass@k 的平均"""
    raise NotImplementedError


# 以下是检查，不用改
got = pass_at_k(5, 2, 1)
assert abs(got - 0.4) < 1e-9, (
    f"5 份对 2 份，挑 1 份，对的概率就是 2/5 = 0.4，你的是 {got:.3f}：减反了，还是 c 与 n − c 弄反了？"
)
got = pass_at_k(5, 2, 2)
assert abs(got - 0.7) < 1e-9, (
    f"5 份对 2 份，挑 2 份：10 种挑法里 3 种全错，应为 0.7，你的是 {got:.3f}。"
    "得到 0.64 是把 c/n 直接代入（放回地挑）；得到 0.1 是算成了“两份都对”"
)
assert pass_at_k(5, 4, 2) == 1, (
    f"5 份里只有 1 份错，挑 2 份一定挑到对的，应为 1，你的是 {pass_at_k(5, 4, 2)}"
)
assert pass_at_k(5, 0, 5) == 0, f"一份也没对，应为 0，你的是 {pass_at_k(5, 0, 5)}"
for n, c, k in [(6, 1, 3), (8, 3, 4), (9, 2, 2), (7, 7, 1), (6, 5, 1)]:
    picks = list(itertools.combinations(range(n), k))
    share = sum(any(i < c for i in pick) for pick in picks) / len(picks)
    got = pass_at_k(n, c, k)
    assert abs(got - share) < 1e-9, (
        f"n={n}、c={c}、k={k}：逐个数出来是 {share:.4f}，你的是 {got:.4f}"
    )
try:
    got = pass_at_k(2000, 10, 500)
except OverflowError as error:
    raise AssertionError(f"n=2000 时溢出了（{error}）：别把大阶乘转成浮点数") from None
assert abs(got - 0.944109) < 1e-5, (
    f"n=2000、c=10、k=500 应约为 0.9441，你的是 {got}：中间有没有溢出成 inf 或 nan？"
)
try:
    pass_at_k(5, 5, 6)
except ValueError:
    pass
except ZeroDivisionError:
    raise AssertionError("挑法的总数是 0，直接相除就报错：先判断 k 大于 n，抛 ValueError") from None
else:
    raise AssertionError("只有 5 份，挑不出 6 份：k 大于 n 应抛 ValueError，不管对了几份")

got = mean_pass_at_k([10, 0], 10, 5)
assert abs(got - 0.5) < 1e-9, (
    f"一题全对、一题全错，平均应为 0.5，你的是 {got:.3f}："
    "先逐题估计再平均，不能先把答对的份数平均（那样会接近 1）"
)
got = mean_pass_at_k([2, 2, 0], 5, 2)
assert abs(got - 1.4 / 3) < 1e-9, (
    f"三题的 pass@2 是 0.7、0.7、0，平均应为 0.467，你的是 {got:.3f}：一份没对的题也要算进分母"
)
print("全部通过")
