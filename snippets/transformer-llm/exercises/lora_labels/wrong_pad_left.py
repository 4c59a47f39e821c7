def encode_chat(turns, vocab):
    """角色词元是提示，只有助手的话与 <eos> 写进标签"""
    ids, labels = [vocab["<bos>"]], [-100]
    for role, text in turns:
        words = [vocab.get(char, vocab["<unk>"]) for char in text]
        if role == "assistant":
            words.append(vocab["<eos>"])
        ids += [vocab[f"<|{role}|>"], *words]
        labels += [-100] + (words if role == "assistant" else [-100] * len(words))
    return ids, labels


def pad_batch(rows, pad):
    """错：补在了左边"""
    length = max(len(ids) for ids, _ in rows)
    gaps = [length - len(ids) for ids, _ in rows]
    ids = [[pad] * gap + row for (row, _), gap in zip(rows, gaps, strict=True)]
    mask = [[1] * (length - gap) + [0] * gap for gap in gaps]
    labels = [row + [-100] * gap for (_, row), gap in zip(rows, gaps, strict=True)]
    return ids, mask, labels
