def fuse(rankings, k=60):
    """缺席的也按最后一名给分"""
    rows = {row for ranking in rankings for row in ranking}
    total = {}
    for row in rows:
        places = [r.index(row) + 1 if row in r else len(r) + 1 for r in rankings]
        total[row] = sum(1 / (k + place) for place in places)
    return sorted(total, key=lambda row: -total[row])
