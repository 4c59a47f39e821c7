"""给小文法加一个模板，算出新的熵

文法是一个列表，每个模板是 (固定的字数, 槽的列表)，一个槽是它能填的词的列表。
先等概率选一个模板，再给每个槽各自等概率填一个词，槽与槽之间可以重复，
不同的填法讲出的故事都不同。

`story_entropy`：每个故事的熵（奈特）。
`floor`：每个字的熵，也就是损失的下限；每个故事的末尾还有一个结束符。
"""

import math


def story_entropy(grammar):
    """文法 -> 每个故事的熵（奈特）。"""
    raise NotImplementedError


def floor(grammar):
    """文法 -> 每个字的熵（奈特），字数里算上结束符。"""
    raise NotImplementedError


# 以下是检查，不用改
one = [(4, [["猫", "狗"]])]
value = story_entropy(one)
assert abs(value - math.log(2)) < 1e-6, (
    f"一个模板、一个两选一的槽，熵应是 ln 2 = 0.693，得到 {value:.3f}："
    "单位是奈特，用自然对数；模板只有一个，选模板的熵是 0"
)
two = [(4, [["猫", "狗"]]), (4, [["猫", "狗"], ["鱼", "虾", "米"]])]
value = story_entropy(two)
assert abs(value - 1.935601) < 1e-5, (
    f"两个模板（各 2 与 6 种填法），熵应是 ln 2 + (ln 2 + ln 6) / 2 = 1.936，得到 {value:.3f}："
    "先选模板的熵，加上各模板填词的熵的平均（ln 8 = 2.079 是把八个故事当成一样可能，"
    "少了选模板那一项会得到 1.242）"
)
value = floor(one)
assert abs(value - math.log(2) / 6) < 1e-6, (
    f"四个固定的字、一个一字的词、一个结束符，共 6 个，每个字的熵应是 0.1155，得到 {value:.4f}："
    "结束符也要预测，算进字数"
)
value = floor([(4, [["猫", "大花狗"]])])
assert abs(value - math.log(2) / 7) < 1e-6, (
    f"词长 1 与 3，平均 2，再加 4 个字与结束符共 7 个，应是 0.0990，得到 {value:.4f}："
    "槽的长度取各个词的平均"
)
value = floor([(1, [["猫", "狗"]]), (9, [["猫", "狗"]])])
assert abs(value - 2 * math.log(2) / 7) < 1e-6, (
    f"两个故事的长度是 3 与 11，平均 7，每个故事的熵 1.386，应是 0.1980，得到 {value:.4f}："
    "总的熵除以平均的长度，不是各模板先除再平均"
)
longer = two + [(6, [["红", "黄", "绿", "蓝"]])]
assert abs(story_entropy(longer) - 2.389017) < 1e-5, (
    f"加上第三个模板，熵应是 2.389，得到 {story_entropy(longer):.3f}："
    "模板从两个变成三个，选模板的熵与平均都要跟着变"
)
print("全部通过")
