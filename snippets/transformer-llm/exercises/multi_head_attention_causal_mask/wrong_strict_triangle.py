def make_mask(lengths, T):
    """错：下三角不带对角线，词元看不见自己，第 1 行全是 False"""
    causal = torch.ones(T, T, dtype=torch.bool).tril(diagonal=-1)
    real = torch.arange(T) < torch.tensor(lengths)[:, None]
    return causal & real[:, None, None, :]
