import math


def totl(values):
    """拼错的名字。"""
    return math.prod(values)
