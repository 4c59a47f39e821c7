def fuse(rankings, k=60):
    """只留下各路都有的"""
    total = {}
    for ranking in rankings:
        for place, row in enumerate(ranking, start=1):
            total[row] = total.get(row, 0) + 1 / (k + place)
    common = [row for row in total if all(row in ranking for ranking in rankings)]
    return sorted(common, key=lambda row: -total[row])
