def corrupt_spans(tokens, spans):
    """错：每一段都用同一个哨兵"""
    inputs, targets, last = [], [], 0
    for start, stop in spans:
        sentinel = "<X>"
        inputs += tokens[last:start] + [sentinel]
        targets += [sentinel] + tokens[start:stop]
        last = stop
    return inputs + tokens[last:], targets + [SENTINELS[len(spans)]]


def shift_right(targets):
    """去掉最后一个，开头补上 <pad>"""
    return ["<pad>"] + targets[:-1]
