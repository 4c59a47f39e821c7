"""判：对、错答、异常、超时、被拦下

`judge` 不自己运行代码，由参数 `check` 与 `run` 来做，它只管判得准：

- `check(code)` 返回问题的说明，没有问题返回空字符串；有问题就是“被拦下”，不许再运行；
- `run(code, inputs)` 返回 (状态, 内容)。状态是“完成”时，内容是各份输入的值的列表；
  状态是“异常”或“超时”时，内容是一句说明；
- 期望的值由参考答案 `reference` 跑出来。参考答案自己跑不成，题目就是坏的，抛 ValueError；
  过了 check 就先跑参考答案，候选怎样都不能让坏题目蒙混过去；
- 值要类型也相同才算对：1、1.0 与 True 不是一回事；嵌在列表里的也一样。
  值都可以写成 JSON，列表与元组写成 JSON 是一样的，算相等。

`summary` 数出五种结论各有几个，没有出现的也要写 0。
"""

VERDICTS = ["对", "错答", "异常", "超时", "被拦下"]


def judge(code, reference, inputs, check, run):
    """返回 VERDICTS 里的一个字符串；参考答案跑不成时抛 ValueError"""
    raise NotImplementedError


def summary(verdicts):
    """verdicts 是结论的列表；返回 {结论: 个数}，五种都有，按 VERDICTS 的次序"""
    raise NotImplementedError


# 以下是检查，不用改
RESULTS = {
    "参考": ("完成", [9, [1, 2]]),
    "同样": ("完成", [9, [1, 2]]),
    "元组": ("完成", [9, (1, 2)]),
    "差一": ("完成", [9, [1, 3]]),
    "小数": ("完成", [9.0, [1, 2]]),
    "里面是真": ("完成", [9, [True, 2]]),
    "少一份": ("完成", [9]),
    "没交": ("完成", []),
    "除零": ("异常", "ZeroDivisionError: division by zero"),
    "死循环": ("超时", "等了 3 秒"),
    "说通过": ("异常", "完成"),
    "坏参考": ("异常", "ZeroDivisionError: division by zero"),
    "慢参考": ("超时", "等了 3 秒"),
    "危险": ("完成", [9, [1, 2]]),
}
ran = []


def check(code):
    """替身：只拦下“危险”"""
    return "不许使用 open" if code == "危险" else ""


def run(code, inputs):
    """替身：照表返回，并记下跑过谁"""
    ran.append(code)
    return RESULTS[code]


def verdict(code, reference="参考"):
    """判一份，并把意外的报错说成话"""
    ran.clear()
    try:
        return judge(code, reference, [[1], [2]], check, run)
    except ValueError as error:
        if reference == "参考":
            raise AssertionError(f"判“{code}”时不该抛 ValueError：{error}") from None
        raise


for code, want, why in [
    ("同样", "对", "各份的值都相同"),
    ("差一", "错答", "嵌在里面的 3 与 2 不同"),
    ("小数", "错答", "9.0 与 9 用 == 比是相等的，类型却不同"),
    ("里面是真", "错答", "True 与 1 用 == 比是相等的，嵌在列表里也要分清"),
    ("元组", "对", "元组与列表写成 JSON 是一样的"),
    ("少一份", "错答", "两份输入只交回一个值；用 zip 会悄悄少比一份"),
    ("没交", "错答", "一个值也没有交回，all([]) 却是 True"),
    ("除零", "异常", "出错与答错不是一回事"),
    ("死循环", "超时", "超时与异常不是一回事"),
    ("说通过", "异常", "要看状态，不能看说明里写了什么"),
]:
    got = verdict(code)
    assert got == want, f"“{code}”应判 {want}（{why}），你判的是 {got}"

got = verdict("危险")
assert got == "被拦下", f"名单不许的代码应判“被拦下”，你判的是 {got}"
assert "危险" not in ran, "被拦下的代码不许运行，你却把它交给了 run：先 check，后 run"
for reference in ["坏参考", "慢参考"]:
    for code in ["除零", "死循环", "同样"]:
        try:
            got = verdict(code, reference)
        except ValueError:
            continue
        raise AssertionError(
            f"参考答案是“{reference}”时题目就是坏的，应抛 ValueError；"
            f"你判“{code}”为 {got}。两个同样的错误不能当作相等"
        )

got = summary(["对", "错答", "对"])
assert got == {"对": 2, "错答": 1, "异常": 0, "超时": 0, "被拦下": 0}, (
    f"没有出现的结论也要写 0，得到 {got}"
)
assert list(summary(["超时", "对"])) == VERDICTS, "次序应与 VERDICTS 相同，好让两次评测对得上"
print("全部通过")
