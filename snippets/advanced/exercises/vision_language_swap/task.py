"""它在看图，还是在猜

`prior`：不看图能答对多少。每种问题总答训练集里最常见的答案，返回在测试集上的正确率。
`swapped`：换图检验。把图整体错开一位（第 i 题配第 i+1 张图，最后一题配第 0 张），
问题与标准答案不动，返回三个比例：不换图答对的、换图后答对的、换图后答案变了的。
"""

from collections import Counter


def prior(train, test):
    """train 与 test 都是 (问题, 答案) 的列表；返回 0 到 1 的正确率

    训练集里没出现过的问题，答训练集里所有答案中最常见的那一个
    """
    raise NotImplementedError


def swapped(answer, images, questions, truths):
    """answer(图, 问题) → 答案。返回 (不换图答对, 换图后答对, 答案变了) 三个比例"""
    raise NotImplementedError


# 以下是检查，不用改
train = [("颜色", "红")] * 3 + [("颜色", "蓝")] + [("形状", "圆")] * 5 + [("形状", "方")]
test = [("颜色", "红"), ("颜色", "蓝"), ("形状", "圆"), ("形状", "方")]
score = prior(train, test)
assert score != 0.25, (
    "得到 0.25：像是不分问题，一律答了全体最常见的“圆”。每种问题要各数各的"
)
assert score == 0.5, f"总答“红”和“圆”，四题对两题，应是 0.5，实际 {score}"
skewed = [("颜色", "蓝")] * 9 + [("颜色", "红")]
score = prior(train, skewed)
assert score < 0.5, (
    f"测试集里九成是“蓝”，训练集里“红”最多，应是 0.1，实际 {score}：答案要从训练集里数"
)
assert abs(score - 0.1) < 1e-9, f"十题只对一题，应是 0.1，实际 {score}"
score = prior(train, [("位置", "圆"), ("位置", "左")])
assert score == 0.5, (
    f"没见过的问题要答训练集全体最常见的“圆”，两题对一题，应是 0.5，实际 {score}"
)

images = ["红", "蓝", "绿", "红"]
questions = ["颜色"] * 4
truths = ["红", "蓝", "绿", "红"]
result = swapped(lambda image, question: image, images, questions, truths)
assert len(result) == 3, f"应返回三个比例，实际是 {result}"
assert result[0] == 1, f"会看图的答题器，不换图应全对，实际 {result[0]}"
assert result[1] == 0.25, (
    f"错开一位后四题只对一题（第 3 题配到第 0 张，都是红），应是 0.25，实际 {result[1]}："
    "图错开，标准答案不能跟着动；最后一题要配第 0 张"
)
assert result[2] == 0.75, (
    f"四题里三题的答案变了，应是 0.75，实际 {result[2]}：是换图后的答案与不换图的答案比"
)
blind = [float(x) for x in swapped(lambda image, question: "红", images, questions, truths)]
assert blind == [0.5, 0.5, 0], (
    f"只会答“红”的答题器应得 0.5、0.5、0，实际 {blind}："
    "“变了”是两次的答案不同，不是答错了"
)
pictures = ["甲", "乙", "丙"]
seen_pairs = []
swapped(lambda image, question: seen_pairs.append((image, question)), pictures, "一二三", "一二三")
assert not {("丙", "一"), ("甲", "二"), ("乙", "三")} <= set(seen_pairs), (
    "第 i 题配到了第 i−1 张图：错开的方向反了，第 i 题要配第 i+1 张"
)
assert set(seen_pairs) == {
    ("甲", "一"), ("乙", "二"), ("丙", "三"), ("乙", "一"), ("丙", "二"), ("甲", "三"),
}, f"三题应配到 (乙, 一)、(丙, 二)、(甲, 三)，实际问过 {seen_pairs}：问题不能跟着图走"
assert pictures == ["甲", "乙", "丙"], "检验之后，传进来的列表被改动了：错开时要另做一份"
print("全部通过")
