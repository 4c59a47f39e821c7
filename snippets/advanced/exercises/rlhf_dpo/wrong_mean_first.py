def dpo_loss(policy_better, policy_worse, ref_better, ref_worse, beta):
    n = len(policy_better)
    rows = zip(policy_better, policy_worse, ref_better, ref_worse)
    x = -beta * sum((pb - rb) - (pw - rw) for pb, pw, rb, rw in rows) / n
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def implied_reward(policy, ref, beta):
    return [beta * (p - q) for p, q in zip(policy, ref)]
