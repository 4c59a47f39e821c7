def term_score(tf, length, mean_length, n, N, k1=1.5, b=0.75):
    """分子忘了乘系数"""
    idf = math.log(1 + (N - n + 0.5) / (n + 0.5))
    norm = k1 * (1 - b + b * length / mean_length)
    return idf * tf / (tf + norm)
