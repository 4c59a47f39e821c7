def corrupt_spans(tokens, spans):
    """错：哨兵写在字的后面"""
    inputs, targets, last = [], [], 0
    for sentinel, (start, stop) in zip(SENTINELS, spans):
        inputs += tokens[last:start] + [sentinel]
        targets += tokens[start:stop] + [sentinel]
        last = stop
    return inputs + tokens[last:], targets + [SENTINELS[len(spans)]]


def shift_right(targets):
    """去掉最后一个，开头补上 <pad>"""
    return ["<pad>"] + targets[:-1]
