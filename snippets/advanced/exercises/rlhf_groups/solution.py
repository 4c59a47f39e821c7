def group_advantages(scores, size):
    found = []
    for start in range(0, len(scores), size):
        group = scores[start : start + size]
        mean = sum(group) / size
        std = math.sqrt(sum((s - mean) ** 2 for s in group) / size)
        found += [(s - mean) / (std + 1e-6) for s in group]
    return found


def objective(log_new, log_old, log_ref, advantage, beta, eps=0.2):
    total = 0.0
    for new, old, ref in zip(log_new, log_old, log_ref):
        ratio = math.exp(new - old)
        clipped = min(max(ratio, 1 - eps), 1 + eps)
        k3 = math.exp(ref - new) - 1 - (ref - new)
        total += min(ratio * advantage, clipped * advantage) - beta * k3
    return total / len(log_new)
