"""每来一块都从头解一遍：越往后越慢，内存越占越多"""


def stream(pieces):
    data, shown = b"", ""
    for piece in pieces:
        data += piece
        text = data.decode("utf-8", errors="ignore")
        yield text[len(shown) :]
        shown = text
    yield data.decode("utf-8", errors="replace")[len(shown) :]
