def pass_at_k(n, c, k):
    if k > n:
        raise ValueError("k 不能大于 n")
    return 1 - (1 - c / n) ** k


def mean_pass_at_k(counts, n, k):
    return sum(pass_at_k(n, c, k) for c in counts) / len(counts)
