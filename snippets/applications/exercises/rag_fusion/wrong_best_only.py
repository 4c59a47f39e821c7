def fuse(rankings, k=60):
    """只取最好的一路，没有相加"""
    total = {}
    for ranking in rankings:
        for place, row in enumerate(ranking, start=1):
            total[row] = max(total.get(row, 0), 1 / (k + place))
    return sorted(total, key=lambda row: -total[row])
