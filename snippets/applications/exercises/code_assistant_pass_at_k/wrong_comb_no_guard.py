import math


def pass_at_k(n, c, k):
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def mean_pass_at_k(counts, n, k):
    return sum(pass_at_k(n, c, k) for c in counts) / len(counts)
