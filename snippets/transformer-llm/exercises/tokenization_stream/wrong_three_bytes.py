"""以为每个字都是三个字节：英文、é 与表情都错位"""


def stream(pieces):
    waiting = b""
    for piece in pieces:
        waiting += piece
        n = len(waiting) // 3 * 3
        yield waiting[:n].decode("utf-8", errors="replace")
        waiting = waiting[n:]
    yield waiting.decode("utf-8", errors="replace")
