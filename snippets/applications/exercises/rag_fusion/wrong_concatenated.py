def fuse(rankings, k=60):
    """把几路首尾相接"""
    return [row for ranking in rankings for row in ranking]
