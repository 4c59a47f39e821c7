"""核对引文

回答由句子组成，每句以“。”结尾，编号紧跟在“。”后面，如 `每月 10 日发。[1][3]`。
写出两个函数：`supports` 判断一条资料支不支持一句话；
`check_citations` 找出有问题的句子。

支持的意思是：句子里的每个数都在资料里（15 里没有 5），
而且句子的相邻两字，至少七成也在资料里。这条规则看不出“不”字的增减。
与正文的 `check_citations` 同样逐句核对，只是资料就是一串文字，而且只返回有问题的句子。
"""

import re

UNKNOWN = "不知道。"


def bigrams(text):
    """相邻两字的集合，标点与空格不算"""
    text = re.sub(r"\W", "", text)
    return {text[i : i + 2] for i in range(len(text) - 1)}


def supports(source, claim):
    """资料 source 支持句子 claim 吗，返回 True 或 False"""
    raise NotImplementedError


def check_citations(answer, sources):
    """返回有问题的句子：列表，每项是 (句子, 原因)，句子不带编号

    原因是“没有出处”“没有这个编号”“资料不支持”之一；编号从 1 数起。
    一句有几个编号，每个都要支持它；一句只报第一个问题。回答是 UNKNOWN 时没有问题
    """
    raise NotImplementedError


# 以下是检查，不用改
# 三条资料是另编的，与手册无关
SOURCES = ["每月 10 日发上个月的工资。", "丢了工牌补办 15 元，从工资里扣。", "食堂午餐公司补 15 元。"]
assert supports(SOURCES[0], "每月 10 日发上个月的工资。") is True, "逐字照抄的一句应算支持，返回 True"
assert supports(SOURCES[0], "每月 10 日，发上个月工资。") is True, "只改了标点、少了一个“的”，应算支持"
assert supports(SOURCES[0], "每月 12 日发上个月的工资。") is False, "10 改成了 12，不该算支持：数字要逐个核对"
assert supports(SOURCES[1], "丢了工牌补办 5 元，从工资里扣。") is False, (
    "资料里是 15，句子里是 5：不能用 in 在文字里找，要先把完整的数取出来"
)
assert supports(SOURCES[0], "食堂午餐很好吃。") is False, "句子与资料说的不是一件事，不该算支持"
assert supports(SOURCES[1], "丢了工牌补办 15 元。") is True, (
    "句子比资料短，应算支持：分母是句子的相邻两字，不是资料的"
)


def check(answer, expected, why):
    """调用要写的函数，比较结果"""
    got = check_citations(answer, SOURCES)
    assert got == expected, f"{answer} 得到 {got}，应是 {expected}：{why}"


PAY, BADGE = "每月 10 日发上个月的工资。", "丢了工牌补办 15 元。"
check(f"{PAY}[1]", [], "引得对，没有问题；编号从 1 数起")
check(UNKNOWN, [], "说不知道不需要出处")
check(f"{PAY}[2]", [(PAY, "资料不支持")], "第 2 条资料说的是工牌，只有被引的那一条算数")
check(PAY, [(PAY, "没有出处")], "没有编号就是没有出处")
check(f"{PAY}[4]", [(PAY, "没有这个编号")], "只有 3 条资料")
check(f"{PAY}[0]", [(PAY, "没有这个编号")], "编号 0 不存在，sources[-1] 却取得到")
check(f"{PAY}[1][2]", [(PAY, "资料不支持")], "每个编号都要支持这句话，不只是第一个")
check(f"{PAY}[2][1]", [(PAY, "资料不支持")], "每个编号都要支持这句话，不只是最后一个")
check(f"{PAY}[1]{BADGE}[2]", [], "两句各引各的")
check(f"{PAY}[2]{BADGE}[1]", [(PAY, "资料不支持"), (BADGE, "资料不支持")], "编号属于它前面的那一句，两句都要报")
check(f"{BADGE}{PAY}[1]", [(BADGE, "没有出处")], "前一句没有编号，不能借用后一句的")
check(f"{PAY}[1]{BADGE}", [(BADGE, "没有出处")], "最后一句没有编号，也要报")
check(f"{PAY}[9][2]", [(PAY, "没有这个编号")], "一句只报第一个问题")
print("全部通过")
