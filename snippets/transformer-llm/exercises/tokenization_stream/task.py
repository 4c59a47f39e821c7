"""练习三：流式显示

模型一次吐一个词元，词元是字节串，可能停在半个字上。补全 stream：每收到一个字节串，
就交出这时已经完整的文字。不用 codecs，自己看 UTF-8 的首字节。要求：

- 每收到一个字节串交出一个字符串（可以是空的），字凑齐了就马上交出，不多等
- 全部收完再交出一个：没凑齐的字节显示为一个 U+FFFD；都凑齐了就交出空字符串
- 文字里本来就有 U+FFFD 时，它也是一个普通的字，不能卡住
- 只留着没凑齐的几个字节：不等全部收完，也不把交出过的从头再解一遍
- 写完运行这个文件，看到“全部通过”就对了

首字节 110xxxxx 后面还有 1 个，1110xxxx 还有 2 个，11110xxx 还有 3 个；
后面的都是 10xxxxxx；0xxxxxxx 自己就是一个字。收到的字节除了末尾可能不完整，都合法。
"""

import tracemalloc


def stream(pieces):
    """pieces 逐个给出字节串；逐个交出字符串（生成器）"""
    raise NotImplementedError


# 以下是检查，不用改
def run(pieces):
    """收集 stream 交出的全部字符串"""
    try:
        return list(stream(iter(pieces)))
    except UnicodeDecodeError as error:
        raise AssertionError(
            f"{pieces} 解码时报错（{error}）：半个字要先留着，别急着解码"
        ) from error


cat = "猫".encode()
got = run([cat[:1], cat[1:]])
assert len(got) == 3, (
    f"收到 2 个字节串，交出了 {len(got)} 个，应为 3 个：每收一个交一个，最后再交一个"
)
assert "\ufffd" not in got[0], "只收到猫的第一个字节，就交出了替换符：半个字要先留着"
assert got == ["", "猫", ""], f"猫 分两次到，得到 {got}，应为 ['', '猫', '']"
got = run([b"a", b"bc"])
assert got == ["a", "bc", ""], f"只有英文时得到 {got}，应立刻交出 ['a', 'bc', '']"

text = "é猫😀x"
for size in range(1, 5):
    data = text.encode()
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    got, arrived = run(pieces), b""
    assert "".join(got) == text, (
        f"{text} 每次到 {size} 个字节，拼起来是 {''.join(got)!r}，丢了或多了东西"
    )
    for i, piece in enumerate(pieces):
        arrived += piece
        ready = arrived.decode("utf-8", errors="ignore")  # 到此为止凑齐的字
        assert "".join(got[: i + 1]) == ready, (
            f"{text} 每次到 {size} 个字节，第 {i + 1} 次之后应已交出 {ready!r}，"
            f"你交出的是 {''.join(got[: i + 1])!r}：凑齐了就要马上交出"
        )

got = run([b"ok", cat[:2]])
assert got == ["ok", "", "\ufffd"], (
    f"最后停在半个字上，得到 {got}，应为 ['ok', '', '\ufffd']：收完才显示替换符"
)
got = run(["\ufffd".encode(), b"a"])
assert got == ["\ufffd", "a", ""], (
    f"文字里本来就有 U+FFFD，得到 {got}，应为 ['\ufffd', 'a', '']："
    "不能靠“解码出替换符”判断字有没有凑齐，要看首字节"
)
assert run([]) == [""], "一个也没收到时，应当只交出一个空字符串"

asked = []


def arriving():
    """一个一个到，记下取走了几个"""
    for piece in [b"a", b"b", b"c"]:
        asked.append(piece)
        yield piece


first = next(iter(stream(arriving())))
assert first == "a" and len(asked) == 1, (
    f"交出第一个字符串 {first!r} 之前取走了 {len(asked)} 个字节串，应当只取 1 个："
    "收一个交一个，不要等全部收完"
)

tracemalloc.start()
for _ in stream(cat * 100 for _ in range(2000)):
    pass
used = tracemalloc.get_traced_memory()[1]
tracemalloc.stop()
assert used < 100_000, (
    f"收了 600,000 个字节，你最多占了 {used} 个字节的内存："
    "已经交出的不要再留着，也不用从头再解"
)

print("全部通过")
