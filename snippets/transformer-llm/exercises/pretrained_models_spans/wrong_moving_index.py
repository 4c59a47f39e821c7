def corrupt_spans(tokens, spans):
    """错：边换边删，第二段的位置已经变了"""
    inputs, targets = list(tokens), []
    for sentinel, (start, stop) in zip(SENTINELS, spans):
        targets += [sentinel] + tokens[start:stop]
        inputs[start:stop] = [sentinel]
    return inputs, targets + [SENTINELS[len(spans)]]


def shift_right(targets):
    """去掉最后一个，开头补上 <pad>"""
    return ["<pad>"] + targets[:-1]
