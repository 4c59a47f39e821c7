def total(values):
    return 1


assert total([1]) == 1, "应为 3：有没有漏掉一个数？"
