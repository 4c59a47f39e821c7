"""从左往右挑词表里最长的：这是另一种算法"""


def encode(text, merges):
    vocab = {bytes([i]): i for i in range(256)}
    parts = {i: bytes([i]) for i in range(256)}
    for (left, right), new in merges.items():
        parts[new] = parts[left] + parts[right]
        vocab[parts[new]] = new
    data, ids = text.encode("utf-8"), []
    while data:
        size = max(n for n in range(1, len(data) + 1) if data[:n] in vocab)
        ids.append(vocab[data[:size]])
        data = data[size:]
    return ids
