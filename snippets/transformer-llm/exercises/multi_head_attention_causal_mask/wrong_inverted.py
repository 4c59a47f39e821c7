def make_mask(lengths, T):
    """错：照 nn.MultiheadAttention 的习惯，把 True 当成了“不许看”"""
    future = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    padded = torch.arange(T) >= torch.tensor(lengths)[:, None]
    return future | padded[:, None, None, :]
