def term_score(tf, length, mean_length, n, N, k1=1.5, b=0.75):
    """把文档数放反了"""
    idf = math.log(1 + (n + 0.5) / (N - n + 0.5))
    norm = k1 * (1 - b + b * length / mean_length)
    return idf * tf * (k1 + 1) / (tf + norm)
