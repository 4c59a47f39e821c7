"""写 top-p 采样的那一步：留下谁

一个列表是每个字的概率（和为 1，没有排好序）。
从大到小累加，刚够 p 就停：让总和**不小于** p 的最少几个字留下，其余改成 0，
再除以留下的总和，使它们加起来还是 1。至少留一个字。次序与原来相同。
"""


def top_p(probs, p):
    """概率的列表 -> 只留刚够 p 的几个、重新归一化的列表。"""
    raise NotImplementedError


# 以下是检查，不用改
def near(a, b):
    """两列数逐个相差不到一百万分之一。"""
    return len(a) == len(b) and all(abs(x - y) < 1e-6 for x, y in zip(a, b))


given = [0.5, 0.3, 0.15, 0.05]
out = top_p(given, 0.9)
assert len(out) == 4, f"给了 4 个概率，返回了 {len(out)} 个：没留下的位置填 0，不要删掉"
assert near([x for x in out if x == 0], [0]), (
    f"p = 0.9 时只该去掉最小的一个（0.5 + 0.3 = 0.8 还不够，要加上 0.15），得到 {out}："
    "跨过 p 的那一个要留下"
)
assert abs(sum(out) - 1) < 1e-6, f"留下的加起来是 {sum(out):.3f}，应为 1：再除以留下的总和"
assert near(out, [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]), (
    f"得到 {out}：留下的几个之间的比例应与原来相同"
)
out = top_p([0.05, 0.5, 0.15, 0.3], 0.9)
assert near(out, [0, 0.5 / 0.95, 0.15 / 0.95, 0.3 / 0.95]), (
    f"同样四个数换了次序，得到 {out}：先排序再累加，最后放回原来的位置"
)
out = top_p([0.1, 0.7, 0.2], 0.3)
assert near(out, [0, 1, 0]), f"最大的一个就够了，只该留它，得到 {out}"
out = top_p([0.25, 0.5, 0.25], 0.5)
assert near(out, [0, 1, 0]), (
    f"累加恰好等于 p 时就该停，只留 0.5 那一个，得到 {out}"
)
out = top_p([0.2, 0.2, 0.2, 0.2, 0.2], 0.5)
assert sum(x > 0 for x in out) == 3, (
    f"五个一样大的，刚够 0.5 要三个，留了 {sum(x > 0 for x in out)} 个："
    "按次序一个一个地留，别用“概率不小于某个数”来判断：一样大的会全留下"
)
out = top_p([0.4, 0.6], 1.0)
assert near(out, [0.4, 0.6]), f"p = 1 时谁也不去掉，得到 {out}"
kept = [0.6, 0.4]
top_p(kept, 0.5)
assert kept == [0.6, 0.4], f"传进来的列表被改成了 {kept}：复制一份再改"
print("全部通过")
