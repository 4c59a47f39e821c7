def fuse(rankings, k=60):
    """只看前两路"""
    total = {}
    for ranking in rankings[:2]:
        for place, row in enumerate(ranking, start=1):
            total[row] = total.get(row, 0) + 1 / (k + place)
    return sorted(total, key=lambda row: -total[row])
