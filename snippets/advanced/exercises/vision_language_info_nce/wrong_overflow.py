def info_nce(images, texts, temperature):
    """错：没有减去最大值，温度小时溢出"""
    images = images / np.linalg.norm(images, axis=1, keepdims=True)
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    logits = images @ texts.T / temperature  # (N, N)

    def one_way(scores):
        np.seterr(over="ignore", invalid="ignore")
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return -np.diag(log_p).mean()

    return float((one_way(logits) + one_way(logits.T)) / 2)
