def story_entropy(grammar):
    """选模板的熵，加上填词的熵的平均"""
    n = len(grammar)
    fill = [sum(math.log(len(slot)) for slot in slots) for _, slots in grammar]
    return math.log(n) + sum(fill)


def floor(grammar):
    """总的熵除以平均的长度"""
    lengths = [
        fixed + sum(sum(map(len, slot)) / len(slot) for slot in slots) + 1
        for fixed, slots in grammar
    ]
    return story_entropy(grammar) / (sum(lengths) / len(lengths))
