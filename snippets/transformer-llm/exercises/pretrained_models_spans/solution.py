def corrupt_spans(tokens, spans):
    """记住上一段的终点，把中间没挖的字接上"""
    inputs, targets, last = [], [], 0
    for sentinel, (start, stop) in zip(SENTINELS, spans):
        inputs += tokens[last:start] + [sentinel]
        targets += [sentinel] + tokens[start:stop]
        last = stop
    return inputs + tokens[last:], targets + [SENTINELS[len(spans)]]


def shift_right(targets):
    """去掉最后一个，开头补上 <pad>"""
    return ["<pad>"] + targets[:-1]
