"""并列时取短的"""

from collections import Counter
from itertools import pairwise


def merge(word, pair, new):
    """把 word（字符串的元组）里每一处 pair 换成 new，返回新的元组"""
    out, i = [], 0
    while i < len(word):
        if tuple(word[i : i + 2]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def train(counts, n_merges):
    """从 {词: 次数} 学出合并，返回 [(左段, 右段), …]"""
    words = {tuple(word): n for word, n in counts.items()}
    rules = []
    for _ in range(n_merges):
        pairs = Counter()
        for word, n in words.items():
            for pair in pairwise(word):
                pairs[pair] += n
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], len("".join(pair)), pair))
        rules.append(best)
        words = {merge(word, best, "".join(best)): n for word, n in words.items()}
    return rules
