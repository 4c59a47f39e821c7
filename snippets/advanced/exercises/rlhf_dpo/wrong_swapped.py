def dpo_loss(policy_better, policy_worse, ref_better, ref_worse, beta):
    total = 0.0
    for pb, pw, rb, rw in zip(policy_better, policy_worse, ref_better, ref_worse):
        x = -beta * ((pw - rw) - (pb - rb))
        total += max(x, 0) + math.log1p(math.exp(-abs(x)))  # log(1 + e^x)
    return total / len(policy_better)


def implied_reward(policy, ref, beta):
    return [beta * (p - q) for p, q in zip(policy, ref)]
