def fuse(rankings, k=60):
    """名次从零数起"""
    total = {}
    for ranking in rankings:
        for place, row in enumerate(ranking):
            total[row] = total.get(row, 0) + 1 / max(k + place, 1e-9)
    return sorted(total, key=lambda row: -total[row])
