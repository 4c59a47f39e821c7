def fuse(rankings, k=60):
    """后一路盖掉了前一路"""
    total = {}
    for ranking in rankings:
        for place, row in enumerate(ranking, start=1):
            total[row] = 1 / (k + place)
    return sorted(total, key=lambda row: -total[row])
