import math


def pass_at_k(n, c, k):
    if k > n:
        raise ValueError("k 不能大于 n")
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def mean_pass_at_k(counts, n, k):
    average = round(sum(counts) / len(counts))
    return pass_at_k(n, average, k)
