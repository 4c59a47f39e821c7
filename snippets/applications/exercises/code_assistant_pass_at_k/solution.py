def pass_at_k(n, c, k):
    if k > n:
        raise ValueError("k 不能大于 n")
    wrong = 1.0
    for i in range(n - c + 1, n + 1):  # 连乘 c 项；错的不到 k 份时，其中一项正好是 0
        wrong *= 1 - k / i
    return 1 - wrong


def mean_pass_at_k(counts, n, k):
    return sum(pass_at_k(n, c, k) for c in counts) / len(counts)
