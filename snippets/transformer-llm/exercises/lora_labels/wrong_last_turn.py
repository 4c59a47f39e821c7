def encode_chat(turns, vocab):
    """错：只学最后一轮"""
    ids, labels = [vocab["<bos>"]], [-100]
    for role, text in turns:
        words = [vocab.get(char, vocab["<unk>"]) for char in text]
        if role == "assistant":
            words.append(vocab["<eos>"])
        ids += [vocab[f"<|{role}|>"], *words]
        labels += [-100] + (words if role == "assistant" else [-100] * len(words))
    start = len(ids) - ids[::-1].index(vocab["<|assistant|>"]) if "assistant" in dict(turns) else 0
    return ids, [-100] * start + labels[start:]


def pad_batch(rows, pad):
    """补的位置：编号 pad、掩码 0、标签 −100"""
    length = max(len(ids) for ids, _ in rows)
    gaps = [length - len(ids) for ids, _ in rows]
    ids = [row + [pad] * gap for (row, _), gap in zip(rows, gaps, strict=True)]
    mask = [[1] * (length - gap) + [0] * gap for gap in gaps]
    labels = [row + [-100] * gap for (_, row), gap in zip(rows, gaps, strict=True)]
    return ids, mask, labels
