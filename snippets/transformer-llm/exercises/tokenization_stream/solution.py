"""答案：从末尾往回找首字节，看它要几个"""


def complete(data):
    """data 开头有多少个字节已经凑成完整的字。"""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0b11000000:  # 最后一个首字节
            need = 2 if byte < 0b11100000 else 3 if byte < 0b11110000 else 4
            return len(data) - back if need > back else len(data)
        if byte < 0b10000000:  # 一个字节的字，后面不会有欠着的
            break
    return len(data)


def stream(pieces):
    """pieces 逐个给出字节串；逐个交出字符串（生成器）"""
    waiting = b""
    for piece in pieces:
        waiting += piece
        n = complete(waiting)
        yield waiting[:n].decode("utf-8")
        waiting = waiting[n:]
    yield "\ufffd" if waiting else ""
