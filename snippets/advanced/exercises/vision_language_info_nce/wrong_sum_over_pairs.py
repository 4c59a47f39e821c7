def info_nce(images, texts, temperature):
    """错：每个方向对 N 求了和，没有取平均"""
    images = images / np.linalg.norm(images, axis=1, keepdims=True)
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    logits = images @ texts.T / temperature  # (N, N)

    def one_way(scores):
        scores = scores - scores.max(axis=1, keepdims=True)
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return -np.diag(log_p).sum()

    return float((one_way(logits) + one_way(logits.T)) / 2)
