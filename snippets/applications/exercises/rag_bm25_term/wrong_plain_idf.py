def term_score(tf, length, mean_length, n, N, k1=1.5, b=0.75):
    """用了最简单的稀罕程度"""
    idf = math.log(N / n)
    norm = k1 * (1 - b + b * length / mean_length)
    return idf * tf * (k1 + 1) / (tf + norm)
