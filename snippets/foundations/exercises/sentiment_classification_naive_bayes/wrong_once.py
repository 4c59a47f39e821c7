"""一条里重复的词只算一次（那是伯努利模型的数法）"""

import math
from collections import Counter


def learn(documents, labels, alpha=1.0):
    vocabulary = {word for words in documents for word in words}
    prior, likelihood = {}, {}
    for c in (0, 1):
        mine = [words for words, label in zip(documents, labels) if label == c]
        counts = Counter(word for words in mine for word in set(words))
        total = counts.total() + alpha * len(vocabulary)
        prior[c] = len(mine) / len(documents)
        likelihood[c] = {word: (counts[word] + alpha) / total for word in vocabulary}
    return prior, likelihood


def posterior(words, prior, likelihood):
    joint = [
        math.log(prior[c])
        + sum(math.log(likelihood[c][w]) for w in words if w in likelihood[c])
        for c in (0, 1)
    ]
    top = max(joint)  # 大的那个变成 e 的 0 次方，不会溢出
    parts = [math.exp(value - top) for value in joint]
    return parts[1] / sum(parts)
