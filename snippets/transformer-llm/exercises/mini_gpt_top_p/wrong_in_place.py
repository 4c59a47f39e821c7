def top_p(probs, p):
    """从大到小累加，刚够 p 就停"""
    order = sorted(range(len(probs)), key=lambda i: -probs[i])
    total = 0.0
    for i in order:
        total += probs[i]
        if total >= p:
            break
    total = 0.0
    for i in order:
        keep = total < p
        total += probs[i]
        probs[i] = probs[i] if keep else 0.0
    return [x / sum(probs) for x in probs]
