"""只看到倒数第二段：最后一段丢了"""


def merge(word, pair, new):
    out, i = [], 0
    while i < len(word) - 1:
        if tuple(word[i : i + 2]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)
