"""不管凑没凑齐就解码：直接报错"""


def stream(pieces):
    for piece in pieces:
        yield piece.decode("utf-8")
    yield ""
