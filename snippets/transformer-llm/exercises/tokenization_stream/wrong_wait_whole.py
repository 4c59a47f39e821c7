"""整份能解码才交出：一个半字拖住了前面凑齐的字"""


def stream(pieces):
    waiting = b""
    for piece in pieces:
        waiting += piece
        try:
            text = waiting.decode("utf-8")
        except UnicodeDecodeError:
            yield ""
        else:
            yield text
            waiting = b""
    yield "\ufffd" if waiting else ""
