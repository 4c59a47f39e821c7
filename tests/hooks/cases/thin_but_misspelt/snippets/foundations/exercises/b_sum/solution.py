def total(values):
    """返回 values 的和。"""
    return sum(values)
