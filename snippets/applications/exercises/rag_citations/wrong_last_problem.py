def supports(source, claim):
    """数字是子集，相邻两字有七成"""
    numbers = set(re.findall(r"\d+", claim))
    pairs = bigrams(claim)
    enough = len(pairs & bigrams(source)) >= 0.7 * len(pairs)
    return numbers <= set(re.findall(r"\d+", source)) and enough


def check_citations(answer, sources):
    """报的是最后一个问题"""
    if answer == UNKNOWN:
        return []
    result = []
    for claim, marks in re.findall(r"([^。\[\]]+。)((?:\[\d+\])*)", answer):
        reason = "" if marks else "没有出处"
        for number in map(int, re.findall(r"\d+", marks)):
            if not 1 <= number <= len(sources):
                reason = reason or "没有这个编号"
            elif not supports(sources[number - 1], claim):
                reason = "资料不支持"
        if reason:
            result.append((claim, reason))
    return result
