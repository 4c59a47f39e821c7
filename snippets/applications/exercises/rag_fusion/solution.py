def fuse(rankings, k=60):
    """按名次的倒数计分，各路相加"""
    total = {}
    for ranking in rankings:
        for place, row in enumerate(ranking, start=1):
            total[row] = total.get(row, 0) + 1 / (k + place)
    return sorted(total, key=lambda row: -total[row])
