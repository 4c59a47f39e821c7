def pass_at_k(n, c, k):
    if k > n:
        raise ValueError("k 不能大于 n")
    wrong = 1.0
    for i in range(n - c, n):
        wrong *= max(0.0, 1 - k / i)
    return 1 - wrong


def mean_pass_at_k(counts, n, k):
    return sum(pass_at_k(n, c, k) for c in counts) / len(counts)
