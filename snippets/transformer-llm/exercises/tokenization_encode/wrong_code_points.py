"""按字的编号而不是字节：超过 255 的字没有词元"""

from itertools import pairwise


def encode(text, merges):
    """把字符串变成编号的列表"""
    ids = [ord(char) for char in text]
    while True:
        known = [pair for pair in pairwise(ids) if pair in merges]
        if not known:
            return ids
        best = min(known, key=merges.get)
        out, i = [], 0
        while i < len(ids):
            if tuple(ids[i : i + 2]) == best:
                out.append(merges[best])
                i += 2
            else:
                out.append(ids[i])
                i += 1
        ids = out
