def accept(p, q, x):
    """目标更想要就一定留下，否则按比例"""
    return min(Fraction(1), p[x] / q[x])


def residual(p, q):
    """目标比草稿多出来的部分，归一"""
    rest = [max(Fraction(0), a - b) for a, b in zip(p, q, strict=True)]
    total = sum(rest)
    return [r / total for r in rest] if total else list(p)


def verify(targets, drafts, guesses, uniforms):
    """从左到右，第一次拒绝就停"""
    for i, x in enumerate(guesses):
        if uniforms[i] >= accept(targets[i], drafts[0], x):
            return guesses[:i], residual(targets[i], drafts[0])
    return guesses, targets[-1]
