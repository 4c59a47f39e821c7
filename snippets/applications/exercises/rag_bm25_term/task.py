"""BM25 的一项

写出 `term_score`：一个词对一份文档的 BM25 得分，也就是稀罕程度乘上饱和的词频。
公式在“关键词：BM25”一节；照公式写，先不看那里的代码。
"""

import math


def term_score(tf, length, mean_length, n, N, k1=1.5, b=0.75):
    """返回一个数

    tf 是词在这份文档里出现的次数，length 是这份文档的词数，mean_length 是平均词数，
    n 是含有这个词的文档数，N 是文档总数
    """
    raise NotImplementedError


# 以下是检查，不用改
score = term_score(1, 4, 4, 1, 3)
assert isinstance(score, float), f"应返回一个小数，得到了 {type(score).__name__}"
assert term_score(0, 4, 4, 1, 3) == 0, "词没有出现时得分应为 0"
assert term_score(1, 4, 4, 3, 3) > 0, (
    f"三份文档都有的词得了 {term_score(1, 4, 4, 3, 3):.3f}，应大于 0：对数里先加 1 了吗？"
)
assert term_score(1, 4, 4, 1, 3) > term_score(1, 4, 4, 3, 3), (
    "只有一份文档有的词，得分应比三份都有的高：n 与 N 放反了吗？"
)
rare = term_score(1, 4, 4, 1, 3)
assert abs(rare - math.log(1 + 2.5 / 1.5)) < 1e-9, (
    f"文档恰好是平均长度、词出现一次时，得分就是稀罕程度 0.981，得到了 {rare:.3f}："
    "对数是自然对数吗？n 与 N − n 都加了 0.5 吗？分子乘了 k1 + 1 吗？"
)
twice, many = term_score(2, 4, 4, 1, 3), term_score(1000, 4, 4, 1, 3)
assert twice < 2 * rare, "出现两次的得分不该是一次的两倍：词频没有饱和，分母里也要有 tf"
assert abs(many / rare - 2.5) < 0.01, (
    f"词频很大时应趋近稀罕程度的 k1 + 1 = 2.5 倍，得到 {many / rare:.2f} 倍"
)
assert term_score(1, 3, 4, 1, 3) > rare > term_score(1, 5, 4, 1, 3), (
    "同样出现一次，短文档应得分更高、长文档更低：length / mean_length 倒过来了，或者没有用上？"
)
assert abs(term_score(1, 3, 4, 1, 3) - 1.10520) < 1e-4, (
    f"手算过的一项应是 1.105，得到了 {term_score(1, 3, 4, 1, 3):.3f}："
    "k1 要乘整个括号，b 只乘长度那一半，另一半是 1 − b"
)
assert abs(term_score(1, 9, 4, 1, 3, b=0) - rare) < 1e-9, "b = 0 时长度不该有影响"
assert abs(term_score(1, 8, 4, 1, 3, b=1) - rare * 2.5 / 4) < 1e-9, (
    "b = 1 时长度应完全起作用：两倍长的文档，分母是 1 + 1.5 × 2 = 4。b 是写死的吗？"
)
assert abs(term_score(7, 4, 4, 1, 3, k1=0) - rare) < 1e-9, (
    "k1 = 0 时只看有没有，出现七次与一次同分。k1 是写死的吗？"
)
print("全部通过")
