def top_p(probs, p):
    """从大到小累加，刚够 p 就停"""
    order = sorted(range(len(probs)), key=lambda i: -probs[i])
    out, total = [0.0] * len(probs), 0.0
    for i in order:
        out[i] = probs[i]
        total += probs[i]
        if total >= p:
            break
    return [x / total for x in out if x > 0]
