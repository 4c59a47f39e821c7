def prior(train, test):
    """错：不分问题，一律答全体最常见的"""
    overall = Counter(answer for _, answer in train).most_common(1)[0][0]
    return sum(overall == a for q, a in test) / len(test)


def swapped(answer, images, questions, truths):
    """这一步是对的"""
    moved = [*images[1:], images[0]]
    before = [answer(i, q) for i, q in zip(images, questions)]
    after = [answer(i, q) for i, q in zip(moved, questions)]
    n = len(images)
    return (
        sum(b == t for b, t in zip(before, truths)) / n,
        sum(a == t for a, t in zip(after, truths)) / n,
        sum(a != b for a, b in zip(after, before)) / n,
    )
