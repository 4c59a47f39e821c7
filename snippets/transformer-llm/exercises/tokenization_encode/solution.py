"""答案：挑最早的一对，合，再挑"""

from itertools import pairwise


def encode(text, merges):
    """把字符串变成编号的列表"""
    ids = list(text.encode("utf-8"))
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


def decode(ids, merges):
    """把编号的列表变回字符串"""
    vocab = {i: bytes([i]) for i in range(256)}
    for (left, right), new in merges.items():
        vocab[new] = vocab[left] + vocab[right]
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")
