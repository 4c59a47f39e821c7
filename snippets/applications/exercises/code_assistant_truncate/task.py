"""停止条件：把续写截到函数体写完的地方

模型接着 `def f(xs):` 写，写完函数往往还要往下写。`truncate` 只留下函数体：

- 先看停止字符串：在**最早**出现的那一个之前截断，停止字符串本身不要；
- 再看缩进：括号之外，遇到顶格的非空行，函数就写完了；
  函数体中间的空行要留下，末尾的空行（只有空格的也算）去掉；
- 括号没有闭合时，顶格的行还在函数里，不能停（括号只数 ( [ {，不必管字符串里的）。

结果不为空时以一个换行结尾。

`finished` 说一段续写是不是写完了：截断之后接在 def 后面能解析，就是写完了。
"""

HEAD = "def f(xs):\n"


def truncate(text, stops=()):
    """text 是续写，stops 是停止字符串；返回函数体，一行代码也没有时返回空字符串"""
    raise NotImplementedError


def finished(text):
    """text 是续写；返回 True 或 False"""
    raise NotImplementedError


# 以下是检查，不用改
got = truncate("    return 1\n\n\ndef g(xs):\n    return 2\n")
assert got == "    return 1\n", f"后面的 def g 不属于 f，末尾的空行也不要，得到 {got!r}"
got = truncate("    y = 1\n\n    return y\nprint(f([1]))\n")
assert got == "    y = 1\n\n    return y\n", (
    f"函数体中间的空行不是结尾，顶格的 print 才是，得到 {got!r}"
)
got = truncate("    if xs:\n        return 1\n    return 0\n")
assert got == "    if xs:\n        return 1\n    return 0\n", f"缩进更深的行也是函数体，得到 {got!r}"
got = truncate("    return [\n1,\n2,\n]\nx = 3\n")
assert got == "    return [\n1,\n2,\n]\n", (
    f"方括号还没闭合，顶格的 1, 仍在函数里；闭合以后的 x = 3 才不是，得到 {got!r}"
)
got = truncate("    return {\n'a': (1,\n2)}\nx = 3\n")
assert got == "    return {\n'a': (1,\n2)}\n", f"三种括号都要数，得到 {got!r}"
got = truncate("    return 1\n    # 完\n    return 2\n<end>\n", ["<end>", "# 完", "没有"])
assert got != "    return 1\n    \n", "停对了，末尾却留下只有空格的一行：它也算空行，要去掉"
assert got == "    return 1\n", f"三个停止字符串里出现了两个，应停在最早出现的那一个之前，得到 {got!r}"
got = truncate("    return 1<end>\n    return 2\n", ["<end>"])
assert got == "    return 1\n", f"停止字符串本身不要，末尾补一个换行，得到 {got!r}"
got = truncate("    return 1", ["<end>"])
assert got == "    return 1\n", f"没有出现停止字符串时，一个字也不能少，得到 {got!r}"
got = truncate("return 1\n")
assert got == "", f"第一行就顶格，没有函数体，应返回空字符串，得到 {got!r}"
assert truncate("\n\n") == "", f"只有空行，应返回空字符串，得到 {truncate(chr(10) * 2)!r}"

for text, want in [
    ("    return sum(xs)\n", True),
    ("    return sum(xs)\n\ndef g(", True),
    ("    return sum(x for x in", False),
    ("    for x in xs:\n", False),
    ("", False),
    ("    return sum(xs))\n", False),
]:
    got = finished(text)
    assert got is want, (
        f"{text!r} {'已经' if want else '没有'}写完，你的 finished 返回 {got}："
        "先截断，再接上 HEAD 交给 ast.parse"
    )
print("全部通过")
