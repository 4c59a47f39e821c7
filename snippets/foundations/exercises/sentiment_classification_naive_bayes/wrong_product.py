"""直接连乘：词一多，两边都成了 0"""

import math
from collections import Counter


def learn(documents, labels, alpha=1.0):
    vocabulary = {word for words in documents for word in words}
    prior, likelihood = {}, {}
    for c in (0, 1):
        mine = [words for words, label in zip(documents, labels) if label == c]
        counts = Counter(word for words in mine for word in words)
        total = counts.total() + alpha * len(vocabulary)
        prior[c] = len(mine) / len(documents)
        likelihood[c] = {word: (counts[word] + alpha) / total for word in vocabulary}
    return prior, likelihood


def posterior(words, prior, likelihood):
    parts = [
        prior[c] * math.prod(likelihood[c][w] for w in words if w in likelihood[c])
        for c in (0, 1)
    ]
    return parts[1] / sum(parts)
