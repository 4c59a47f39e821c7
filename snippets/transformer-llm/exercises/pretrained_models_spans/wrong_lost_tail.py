def corrupt_spans(tokens, spans):
    """错：最后一段之后的字丢了"""
    inputs, targets, last = [], [], 0
    for sentinel, (start, stop) in zip(SENTINELS, spans):
        inputs += tokens[last:start] + [sentinel]
        targets += [sentinel] + tokens[start:stop]
        last = stop
    return inputs, targets + [SENTINELS[len(spans)]]


def shift_right(targets):
    """去掉最后一个，开头补上 <pad>"""
    return ["<pad>"] + targets[:-1]
