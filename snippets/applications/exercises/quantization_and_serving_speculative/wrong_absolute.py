def accept(p, q, x):
    """目标更想要就一定留下，否则按比例"""
    return min(Fraction(1), p[x] / q[x])


def residual(p, q):
    """错：取了绝对值，没有把负的换成 0"""
    rest = [abs(a - b) for a, b in zip(p, q, strict=True)]
    total = sum(rest)
    return [r / total for r in rest] if total else list(p)


def verify(targets, drafts, guesses, uniforms):
    """从左到右，第一次拒绝就停"""
    for i, x in enumerate(guesses):
        if uniforms[i] >= accept(targets[i], drafts[i], x):
            return guesses[:i], residual(targets[i], drafts[i])
    return guesses, targets[-1]
