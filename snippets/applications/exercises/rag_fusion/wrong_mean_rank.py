def fuse(rankings, k=60):
    """按平均名次排，缺席的算最后一名"""
    rows = {row for ranking in rankings for row in ranking}

    def place(row):
        return sum(r.index(row) + 1 if row in r else len(r) + 1 for r in rankings)

    return sorted(rows, key=lambda row: (place(row), row))
