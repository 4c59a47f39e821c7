def taken_log_probs(logits, ids, start):
    found = []
    for t in range(start, len(ids)):
        row = logits[t - 1]
        total = math.log(sum(math.exp(x) for x in row))
        found.append(row[ids[t]] - total)
    return found


def ppo_loss(log_new, log_old, advantages, values, returns, mask, eps=0.2):
    gain = miss = 0.0
    for new, old, a, v, g, m in zip(log_new, log_old, advantages, values, returns, mask):
        ratio = math.exp(new - old)
        clipped = min(max(ratio, 1 - eps), 1 + eps)
        gain += m * min(ratio * a, clipped * a)
        miss += m * (v - g) ** 2
    return (0.5 * miss - gain) / sum(mask)
