"""每个字节串各自解码：半个字成了替换符"""


def stream(pieces):
    for piece in pieces:
        yield piece.decode("utf-8", errors="replace")
    yield ""
