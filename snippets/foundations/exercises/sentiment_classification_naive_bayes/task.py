"""练习一：只用字典的朴素贝叶斯

写两个函数，不用 NumPy。learn 从分好词的评论里数数，posterior 判断一条新评论。要求：

- P(词|类) = (这一类里这个词的次数 + alpha) / (这一类的总次数 + alpha · 词表大小)
- 词表是训练时见过的所有词，两类合在一起；新评论里没见过的词跳过
- 先验是两类评论条数的比例；几千个词的评论也不能溢出
"""

import math


def learn(documents, labels, alpha=1.0):
    """documents 是词的列表的列表，labels 是 0 与 1 的列表

    返回 (prior, likelihood)：prior[c] 是类 c 的先验概率，
    likelihood[c] 是字典 {词: P(词|c)}，两个字典都含有词表里的每个词
    """
    raise NotImplementedError


def posterior(words, prior, likelihood):
    """words 是词的列表，返回它属于类 1 的概率"""
    raise NotImplementedError


# 以下是检查，不用改
toy = [["好", "好", "看"], ["好", "用"], ["不", "好"], ["难", "看"]]
prior, likelihood = learn(toy, [1, 1, 0, 0])
assert math.isclose(prior[1], 0.5), f"先验是 {prior[1]}，四条里两条好评，应为 0.5"
assert set(likelihood[0]) == set(likelihood[1]) == set("好看用不难"), (
    "两类的字典都应有全部 5 个词：没在这一类出现过的词，平滑之后也有概率"
)
assert math.isclose(likelihood[1]["好"], 0.4), (
    f"P(好|好评) 是 {likelihood[1]['好']:.3f}，应为 (3+1)/(5+5)=0.4："
    "次数要把重复的也算上，分母要加 alpha 乘词表大小"
)
assert math.isclose(likelihood[1]["不"], 0.1), (
    f"P(不|好评) 是 {likelihood[1]['不']:.3f}，应为 (0+1)/(5+5)=0.1"
)
for c in (0, 1):
    total = sum(likelihood[c].values())
    assert math.isclose(total, 1), f"类 {c} 的概率之和是 {total:.3f}，应为 1"
p = posterior(["不", "好", "看"], prior, likelihood)
assert math.isclose(p, 0.42163, abs_tol=1e-4), f"“不好看”是好评的概率是 {p:.4f}，应为 0.4216"
q = posterior(["不", "好", "看", "便宜"], prior, likelihood)
assert math.isclose(p, q), "“便宜”没见过，应当跳过，概率不变"

prior, likelihood = learn([["好"], ["好"], ["好"], ["差"]], [1, 1, 1, 0])
p = posterior([], prior, likelihood)
assert math.isclose(p, 0.75), (
    f"一个词也没有时只剩先验，应为 0.75，却是 {p:.2f}：先验乘进去了吗？"
)
_, half = learn(toy, [1, 1, 0, 0], alpha=0.5)
assert math.isclose(half[1]["不"], 0.5 / 7.5), (
    f"alpha 为 0.5 时 P(不|好评) 是 {half[1]['不']:.4f}，应为 0.5/(5+0.5·5)"
)
prior, likelihood = learn(toy, [1, 1, 0, 0])
try:
    p = posterior(["好", "看", "不"] * 1000, prior, likelihood)
except (ZeroDivisionError, OverflowError, ValueError) as error:
    raise AssertionError(
        f"三千个词时算不出来（{error}）：把对数相加，再用两类之差算概率"
    ) from error
assert p < 1e-6, f"三千个词时概率是 {p:.2f}，应当接近 0：连乘是不是先溢出成 0 了？"
p = posterior(["用"] * 3000, prior, likelihood)
assert p > 1 - 1e-6, f"三千个“用”时概率是 {p:.2f}，应当接近 1：连乘是不是溢出了？"

print("全部通过")
