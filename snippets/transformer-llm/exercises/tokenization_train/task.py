"""练习一：从五个词学出合并

补全 merge 与 train。词还是按字切，段就是字符串，先不管字节。要求：

- merge 从左到右换，用过的段不再用
- train 每一步合次数最多的一对；次数相同时，取 (左段, 右段) 按字符串比较最小的
- 没有邻居可合就提前结束；写完运行这个文件，看到“全部通过”就对了
"""


def merge(word, pair, new):
    """把 word（字符串的元组）里每一处 pair 换成 new，返回新的元组"""
    raise NotImplementedError


def train(counts, n_merges):
    """从 {词: 次数} 学出合并

    返回 [(左段, 右段), …]，按学到的次序，最多 n_merges 个
    """
    raise NotImplementedError


# 以下是检查，不用改
def merged(word, pair):
    """调用 merge，新段就是两段连起来"""
    return merge(tuple(word), pair, "".join(pair))


got = merged("大学生", ("学", "生"))
assert got == ("大", "学生"), f"大学生 合并 学+生 得到 {got}，应为 ('大', '学生')"
got = merged("aaaaa", ("a", "a"))
assert got == ("aa", "aa", "a"), (
    f"aaaaa 合并 a+a 得到 {got}，应为 ('aa', 'aa', 'a')："
    "换掉一对之后要跳过两段，最后剩下的一个也要留着"
)
got = merged(["xa", "b", "a", "b"], ("a", "b"))
assert got == ("xa", "b", "ab"), (
    f"(xa, b, a, b) 合并 a+b 得到 {got}，应为 ('xa', 'b', 'ab')："
    "要整段相等才算，别把段拼成字符串再替换"
)

counts = {"学生": 6, "大学": 5, "学校": 4, "大学生": 3, "中学生": 2}
expected = [("学", "生"), ("大", "学"), ("学", "校"), ("大", "学生")]
got = train(dict(counts), 4)
assert got[:1] == expected[:1], (
    f"第一次合并了 {got[:1]}，应为 学+生：6+3+2 是 11 次，词出现几次就算几次"
)
assert got == expected, (
    f"四次合并是 {got}，应为 {expected}：每次合并之后都要重新数，大+学 已从 8 变成 5"
)

got = train({"zy": 2, "ab": 2}, 2)
assert got == [("a", "b"), ("z", "y")], (
    f"zy 与 ab 一样多时得到 {got}，应先合 a+b：并列取最小的一对，不是先出现的"
)
try:
    got = train({"ab": 1, "c": 9}, 10)
except (ValueError, IndexError, KeyError) as error:
    raise AssertionError(
        f"只有一对可合，却要合 10 次时报错了（{error}）：没有邻居就提前结束"
    ) from error
assert got == [("a", "b")], f"只有一对可合，却得到 {got}"
got = train({"abab": 3, "ab": 1}, 3)
assert got == [("a", "b"), ("ab", "ab")], (
    f"abab 出现 3 次、ab 出现 1 次，得到 {got}，应为 a+b、ab+ab，然后无可合"
)
got = train({"ab": 9, "aba": 2, "bc": 2, "ac": 2}, 4)
assert got == [("a", "b"), ("a", "c"), ("ab", "a"), ("b", "c")], (
    f"a+b 之后三对一样多，得到 {got}，应依次合 a+c、ab+a、b+c："
    "并列时先比左段，再比右段，不是比连起来的字符串，也不是比长短"
)

print("全部通过")
