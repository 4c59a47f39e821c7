"""投机解码的接受与拒绝

写出 `accept`、`residual` 与 `verify`。检查用分数枚举每一种可能，
所以概率都是 `Fraction`，用加减乘除与 `min`、`max` 就够，别转成小数。

例如 p 是 (1/2, 3/10, 1/5)、q 是 (1/5, 7/10, 1/10) 时，
猜到第 2 个词（编号 1）留下的概率是 3/7，拒绝之后从 (3/4, 0, 1/4) 里重抽。
"""

from fractions import Fraction


def accept(p, q, x):
    """草稿从 q 里抽到 x，返回留下它的概率"""
    raise NotImplementedError


def residual(p, q):
    """返回拒绝之后重抽用的分布，一个列表，和为 1；p 与 q 相同时返回 p"""
    raise NotImplementedError


def verify(targets, drafts, guesses, uniforms):
    """检查一轮草稿，返回 (留下的词元的列表, 下一个词元该从哪个分布抽)

    targets 有 γ+1 个分布，drafts、guesses、uniforms 各有 γ 个；
    uniforms[i] 在 [0, 1) 里，小于留下的概率就留下第 i 个
    """
    raise NotImplementedError


# 以下是检查，不用改
def F(*parts):
    """几份里各占几份"""
    return [Fraction(n, sum(parts)) for n in parts]


p, q = F(5, 3, 2), F(2, 7, 1)
assert accept(p, q, 1) == Fraction(3, 7), (
    f"留下编号 1 的概率是 {accept(p, q, 1)}，应为 3/7：目标给 3/10，草稿给 7/10"
)
assert accept(p, q, 0) == 1, (
    f"留下编号 0 的概率是 {accept(p, q, 0)}，应为 1：目标比草稿更想要它，概率不能超过 1"
)
for p, q in [(F(5, 3, 2), F(2, 7, 1)), (F(1, 0, 3), F(2, 1, 1)), (F(1, 2, 3, 4), F(4, 3, 2, 1))]:
    rest = residual(p, q)
    assert sum(rest) == 1, f"重抽的分布加起来是 {sum(rest)}，应为 1：归一了吗"
    assert min(rest) >= 0, f"重抽的分布里有负数 {min(rest)}：负的部分要换成 0"
    n = range(len(p))
    kept = [q[x] * accept(p, q, x) for x in n]
    out = [kept[x] + (1 - sum(kept)) * rest[x] for x in n]
    assert out == p, (
        f"p 是 {[str(v) for v in p]}，枚举得到的却是 {[str(v) for v in out]}："
        "重抽该补的是 p 比 q 多出来的那一份"
    )
p = F(1, 1)
assert residual(p, p) == p, "p 与 q 相同时不会拒绝，residual 应返回 p，而不是除以 0"
a, b, c = F(5, 3, 2), F(1, 1, 8), F(6, 2, 2)
d = F(2, 7, 1)
kept, rest = verify([a, b, c], [d, d], [0, 2], [Fraction(1, 2), Fraction(1, 2)])
assert list(kept) == [0, 2] and rest == c, (
    f"两个都该留下，却得到 {list(kept)}；全部留下时，下一个词元从目标的第 γ+1 个分布抽"
)
kept, rest = verify([a, b, c], [d, d], [1, 2], [Fraction(1, 2), Fraction(0)])
assert list(kept) == [], (
    f"第 1 个被拒绝（1/2 不小于 3/7），却留下了 {list(kept)}：它后面的也要作废"
)
assert rest == F(3, 0, 1), f"在第 1 个处拒绝，应从 (3/4, 0, 1/4) 重抽，得到 {[str(v) for v in rest]}"
kept, rest = verify([a, b, c], [d, d], [0, 1], [Fraction(0), Fraction(9, 10)])
assert list(kept) == [0], f"第 2 个被拒绝，应留下 [0]，得到 {list(kept)}"
assert rest == residual(b, d), "在第 2 个处拒绝，重抽要用第 2 个位置的 p 与 q"
e, f = F(8, 1, 1), F(1, 1, 8)
kept, rest = verify([a, b, c], [d, e], [0, 1], [Fraction(0), Fraction(1, 2)])
assert list(kept) == [0, 1] and rest == c, (
    f"第 2 个猜测该用第 2 个草稿分布来查，应留下 [0, 1]，得到 {list(kept)}"
)
kept, rest = verify([a, b, c], [d, f], [0, 2], [Fraction(0), Fraction(1, 2)])
assert list(kept) == [0, 2] and rest == c, (
    f"第 2 个猜测该用第 2 个目标分布来查，应留下 [0, 2]，得到 {list(kept)}"
)
kept, _ = verify([a, b, c], [d, d], [1, 0], [Fraction(3, 7), Fraction(0)])
assert list(kept) == [], "恰好等于留下的概率时应拒绝：均匀数小于它才留下"
print("全部通过")
