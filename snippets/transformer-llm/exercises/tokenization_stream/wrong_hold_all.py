"""全部收完才交出：不再是流式"""


def stream(pieces):
    data = b""
    for piece in pieces:
        data += piece
        yield ""
    yield data.decode("utf-8", errors="replace")
