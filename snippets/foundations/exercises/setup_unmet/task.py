"""练习：还差哪几个软件包

一条要求形如 "numpy>=2.4,<3"：名字后面跟着一个或几个条件，用逗号隔开，
每个条件都要满足。写 unmet，按原来的次序返回没有满足的要求。
"""

import operator
import re

COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def numbers(version):
    """把版本号变成三个整数，缺的补 0："2.13.0+cpu" 得到 (2, 13, 0)。"""
    parts = [int(part) for part in version.split("+")[0].split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def split(requirement):
    """把 "numpy>=2.4,<3" 拆成 ("numpy", [(">=", "2.4"), ("<", "3")])。"""
    name = re.match(r"[\w.-]+", requirement)[0]
    return name, re.findall(r"(>=|<=|==|!=|>|<)\s*([\w.+]+)", requirement[len(name) :])


def same_name(name):
    """软件包的名字不分大小写，“_” 与 “-” 是一回事：都换成小写和 “-”。"""
    return name.lower().replace("_", "-")


def unmet(requirements, installed):
    """返回没有满足的要求（字符串列表），次序不变。

    requirements 是要求的列表；installed 是字典，软件包的名字对应已装的版本号。
    """
    raise NotImplementedError


# 从这里起是检查，不用改
here = {"numpy": "2.4.6", "torch": "2.13.0+cpu", "pandas": "2.2.3", "scikit_learn": "1.9.1"}


def check(requirements, expected, hint):
    """比较 unmet 的结果与应有的结果，不同时说出提示。"""
    answer = unmet(requirements, here)
    assert answer == expected, f"{requirements} 得到 {answer}，应为 {expected}：{hint}"


check(["numpy>=2.4"], [], "2.4.6 不低于 2.4，已经满足")
check(["pandas>=3"], ["pandas>=3"], "装的是 2.2.3，低于 3")
check(["peft>=0.21"], ["peft>=0.21"], "字典里没有这个名字，就是没有安装，也算没满足")
check(["numpy>=2,<2.4"], ["numpy>=2,<2.4"], "逗号隔开的条件要一条不漏，2.4.6 不小于 2.4")
check(["torch==2.13.0"], [], "2.13.0+cpu 与 2.13.0 是同一个版本，用 numbers 比")
check(["scikit-learn>=1.9"], [], "scikit_learn 与 scikit-learn 是同一个名字，先用 same_name")
check(
    ["pandas>=3", "numpy>=2.4", "peft>=0.21"],
    ["pandas>=3", "peft>=0.21"],
    "每条要求都要查到，次序不变",
)

print("全部通过")
