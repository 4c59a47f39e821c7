def advantages(rewards, values, gamma, lam):
    found = [0.0] * len(rewards)
    next_value = next_advantage = 0.0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_value - values[t]
        found[t] = delta + lam * next_advantage
        next_value, next_advantage = values[t], found[t]
    return found


def token_rewards(score, log_p, log_ref, beta):
    found = [-beta * (p - q) for p, q in zip(log_p, log_ref)]
    found[-1] += score
    return found
