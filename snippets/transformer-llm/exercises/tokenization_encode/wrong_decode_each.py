"""一个编号一个编号地解码：半个字成了乱码"""

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
    return "".join(vocab[i].decode("utf-8", errors="replace") for i in ids)
