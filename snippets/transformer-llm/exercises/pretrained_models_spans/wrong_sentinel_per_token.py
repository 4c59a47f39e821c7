def corrupt_spans(tokens, spans):
    """错：像 BERT 那样，一个字换一个哨兵"""
    inputs, targets, last = [], [], 0
    for sentinel, (start, stop) in zip(SENTINELS, spans):
        inputs += tokens[last:start] + [sentinel] * (stop - start)
        targets += [sentinel] + tokens[start:stop]
        last = stop
    return inputs + tokens[last:], targets + [SENTINELS[len(spans)]]


def shift_right(targets):
    """去掉最后一个，开头补上 <pad>"""
    return ["<pad>"] + targets[:-1]
