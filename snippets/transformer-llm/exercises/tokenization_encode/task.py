"""练习二：用学到的合并去编码

补全 encode 与 decode。merges 是 {(左编号, 右编号): 新编号}，新编号越小学得越早；
0–255 号就是同值的字节（这里不用 GPT-2 的次序）。要求：

- encode 每一步在现有的邻居里挑学得最早的一对，合掉，直到没有可合的
- decode 先把所有字节接起来，再一次解码；不成字的显示为 U+FFFD，不报错
- 任意字符串编码再解码都要还原；写完运行这个文件，看到“全部通过”就对了
"""


def encode(text, merges):
    """把字符串变成编号的列表"""
    raise NotImplementedError


def decode(ids, merges):
    """把编号的列表变回字符串"""
    raise NotImplementedError


# 以下是检查，不用改
def readable(ids, merges):
    """解码；出错时说成一句话"""
    try:
        return decode(ids, merges)
    except (UnicodeDecodeError, KeyError, IndexError, ValueError) as error:
        raise AssertionError(
            f"解码 {ids} 时报错：{error}。字节要先全部接起来，再用 errors='replace' 解码"
        ) from error


a, b, c, d = b"abcd"
MERGES = {(b, c): 256, (a, b): 257, (257, c): 258, (258, d): 259}

got = encode("bc", MERGES)
assert got == [256], f"bc 编成 {got}，应为 [256]"
got = encode("abc", MERGES)
assert got == [a, 256], (
    f"abc 编成 {got}，应为 [97, 256]：b+c 学得比 a+b 早，先合它；"
    "不是从左往右，也不是挑词表里最长的"
)
got = encode("abab", MERGES)
assert got == [257, 257], f"abab 编成 {got}，应为 [257, 257]：每一处都要合"
got = encode("aaa", {(a, a): 256})
assert got == [256, a], (
    f"aaa 编成 {got}，应为 [256, 97]：从左到右合，中间的 a 用过就不能再用"
)

CHAIN = {(a, b): 256, (256, c): 257, (257, d): 258}
got = encode("abcd", CHAIN)
assert got == [258], f"abcd 编成 {got}，应为 [258]：合出来的新段还要继续合"

got = encode("cdab", {(a, b): 256, (c, d): 257, (257, 256): 258})
assert got == [258], f"cdab 编成 {got}，应为 [258]"
assert encode("", MERGES) == [], "空字符串应当得到空列表"

got = encode("猫", {})
assert got == [0xE7, 0x8C, 0xAB], (
    f"没有合并时，猫 编成 {got}，应为三个字节 [231, 140, 171]：先 encode('utf-8')"
)
e7, x8c, xab = "猫".encode()
CAT = {(e7, x8c): 256, (256, xab): 257}
assert encode("猫猫", CAT) == [257, 257], "猫猫 应编成 [257, 257]"
got = readable([e7, x8c, xab], CAT)
assert got == "猫", (
    f"三个字节解码成 {got!r}，应为 '猫'：不能一个编号一个编号地解码，要先接起来"
)
got = readable([256], CAT)
assert got == "\ufffd", f"半个字解码成 {got!r}，应为一个替换符 U+FFFD"

for text in ["abcabcd", "猫和狗", "naïve café", "😀🐱", "a\r\n\tb", "\x00", ""]:
    for merges in [{}, MERGES, CHAIN, CAT]:
        got = readable(encode(text, merges), merges)
        assert got == text, f"{text!r} 编码再解码成了 {got!r}"

print("全部通过")
