def prior(train, test):
    """每种问题各数各的，没见过的问题用全体的"""
    overall = Counter(answer for _, answer in train).most_common(1)[0][0]
    counts = {}
    for question, answer in train:
        counts.setdefault(question, Counter())[answer] += 1
    best = {question: c.most_common(1)[0][0] for question, c in counts.items()}
    return sum(best.get(q, overall) == a for q, a in test) / len(test)


def swapped(answer, images, questions, truths):
    """图错开一位，问题与标准答案不动"""
    moved = [*images[1:], images[0]]
    before = [answer(i, q) for i, q in zip(images, questions)]
    after = [answer(i, q) for i, q in zip(moved, questions)]
    n = len(images)
    return (
        sum(b == t for b, t in zip(before, truths)) / n,
        sum(a == t for a, t in zip(after, truths)) / n,
        sum(a != b for a, b in zip(after, before)) / n,
    )
