def sigmoid(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def dpo_loss(policy_better, policy_worse, ref_better, ref_worse, beta):
    total = 0.0
    for pb, pw, rb, rw in zip(policy_better, policy_worse, ref_better, ref_worse):
        total -= math.log(sigmoid(beta * ((pb - rb) - (pw - rw))))
    return total / len(policy_better)


def implied_reward(policy, ref, beta):
    return [beta * (p - q) for p, q in zip(policy, ref)]
