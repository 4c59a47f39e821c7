"""练习：版本号谁新谁旧

写两个函数。parse 把版本号变成三个整数：缺的补 0，“+”后面的去掉。
at_least 回答“装的版本够不够”。不许用字符串或小数比大小。
"""


def parse(text):
    """把版本号变成 (主, 次, 修订) 三个整数。

    "3.11" 得到 (3, 11, 0)，"2.13.0+cpu" 得到 (2, 13, 0)。
    """
    raise NotImplementedError


def at_least(installed, required):
    """installed 不低于 required 时返回 True，否则返回 False；两者都是版本号字符串。"""
    raise NotImplementedError


# 从这里起是检查，不用改
assert parse("3.11.7") == (3, 11, 7), f"parse('3.11.7') 得到 {parse('3.11.7')}，应为 (3, 11, 7)"
assert parse("3.11") == (3, 11, 0), f"parse('3.11') 得到 {parse('3.11')}：缺的一段要补 0"
assert parse("3") == (3, 0, 0), f"parse('3') 得到 {parse('3')}：缺的两段都要补 0"
assert parse("2.13.0+cpu") == (2, 13, 0), (
    f"parse('2.13.0+cpu') 得到 {parse('2.13.0+cpu')}：先去掉加号和它后面的部分"
)
assert at_least("3.11", "3.9"), "3.11 比 3.9 新：按整数比 11 和 9，不要按字符串或小数比"
assert not at_least("3.9", "3.11"), "3.9 比 3.11 旧：按整数比 9 和 11，不要按字符串或小数比"
assert at_least("3.11", "3.11"), "3.11 正好等于要求的 3.11：相等也算够"
assert at_least("3", "3.0.0"), "3 与 3.0.0 是同一个版本：先补成一样长再比"
assert at_least("2.13.0+cpu", "2.13"), "2.13.0+cpu 够 2.13：加号后面只说明是怎么编译的"
assert not at_least("1.26.4", "2"), "1.26.4 比 2 旧：先比主版本号"

print("全部通过")
