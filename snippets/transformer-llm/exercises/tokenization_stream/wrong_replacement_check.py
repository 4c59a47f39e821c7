"""解码出替换符就再等等：遇到真的 U+FFFD 就卡住"""


def stream(pieces):
    waiting = b""
    for piece in pieces:
        waiting += piece
        text = waiting.decode("utf-8", errors="replace")
        if text.endswith("\ufffd"):
            yield ""
        else:
            yield text
            waiting = b""
    yield waiting.decode("utf-8", errors="replace")
