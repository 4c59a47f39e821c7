"""拼成字符串再替换：分不清段的边界"""


def merge(word, pair, new):
    return tuple(" ".join(word).replace(" ".join(pair), new).split(" "))
