"""先把全部收完再一个个交：不再是流式"""


def complete(data):
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0b11000000:
            need = 2 if byte < 0b11100000 else 3 if byte < 0b11110000 else 4
            return len(data) - back if need > back else len(data)
    return len(data)


def stream(pieces):
    waiting = b""
    for piece in list(pieces):
        waiting += piece
        n = complete(waiting)
        yield waiting[:n].decode("utf-8")
        waiting = waiting[n:]
    yield "\ufffd" if waiting else ""
