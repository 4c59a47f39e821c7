import math


def pass_at_k(n, c, k):
    if k > n:
        raise ValueError("k 不能大于 n")
    if n - c < k:
        return 1.0

    def choose(a, b):
        return float(math.factorial(a)) / (
            float(math.factorial(b)) * float(math.factorial(a - b))
        )

    return 1 - choose(n - c, k) / choose(n, k)


def mean_pass_at_k(counts, n, k):
    return sum(pass_at_k(n, c, k) for c in counts) / len(counts)
