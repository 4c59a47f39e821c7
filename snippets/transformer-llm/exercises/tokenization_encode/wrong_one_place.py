"""只换第一处，就把这一对从规则里划掉"""

from itertools import pairwise


def encode(text, merges):
    """把字符串变成编号的列表"""
    ids = list(text.encode("utf-8"))
    merges = dict(merges)
    while True:
        known = [pair for pair in pairwise(ids) if pair in merges]
        if not known:
            return ids
        best = min(known, key=merges.get)
        out, i = [], 0
        while i < len(ids):
            if tuple(ids[i : i + 2]) == best and merges[best] not in out:
                out.append(merges[best])
                i += 2
            else:
                out.append(ids[i])
                i += 1
        ids = out
        del merges[best]
