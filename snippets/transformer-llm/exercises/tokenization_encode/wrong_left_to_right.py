"""从左往右，遇到能合的就合：不管谁学得早"""

from itertools import pairwise


def encode(text, merges):
    """把字符串变成编号的列表"""
    ids = list(text.encode("utf-8"))
    while True:
        known = [pair for pair in pairwise(ids) if pair in merges]
        if not known:
            return ids
        best = known[0]
        out, i = [], 0
        while i < len(ids):
            if tuple(ids[i : i + 2]) == best:
                out.append(merges[best])
                i += 2
            else:
                out.append(ids[i])
                i += 1
        ids = out
