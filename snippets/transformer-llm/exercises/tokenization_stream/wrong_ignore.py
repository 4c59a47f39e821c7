"""丢掉半个字：后一半来了也拼不回去"""


def stream(pieces):
    for piece in pieces:
        yield piece.decode("utf-8", errors="ignore")
    yield ""
