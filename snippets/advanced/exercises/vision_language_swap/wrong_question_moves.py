def prior(train, test):
    """这一步是对的"""
    overall = Counter(answer for _, answer in train).most_common(1)[0][0]
    counts = {}
    for question, answer in train:
        counts.setdefault(question, Counter())[answer] += 1
    best = {question: c.most_common(1)[0][0] for question, c in counts.items()}
    return sum(best.get(q, overall) == a for q, a in test) / len(test)


def swapped(answer, images, questions, truths):
    """错：问题也跟着图错开了"""
    moved = [*images[1:], images[0]]
    before = [answer(i, q) for i, q in zip(images, questions)]
    after = [answer(i, q) for i, q in zip(moved, [*questions[1:], questions[0]])]
    n = len(images)
    return (
        sum(b == t for b, t in zip(before, truths)) / n,
        sum(a == t for a, t in zip(after, truths)) / n,
        sum(a != b for a, b in zip(after, before)) / n,
    )
