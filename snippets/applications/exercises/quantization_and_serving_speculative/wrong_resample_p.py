def accept(p, q, x):
    """目标更想要就一定留下，否则按比例"""
    return min(Fraction(1), p[x] / q[x])


def residual(p, q):
    """错：拒绝后从 p 重抽，p 里已经留下的那份被算了两次"""
    return list(p)


def verify(targets, drafts, guesses, uniforms):
    """从左到右，第一次拒绝就停"""
    for i, x in enumerate(guesses):
        if uniforms[i] >= accept(targets[i], drafts[i], x):
            return guesses[:i], residual(targets[i], drafts[i])
    return guesses, targets[-1]
