def sums(values):
    return 0
