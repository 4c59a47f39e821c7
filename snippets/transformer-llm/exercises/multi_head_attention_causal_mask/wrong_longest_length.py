def make_mask(lengths, T):
    """错：把最长的一句当成了补齐后的长度"""
    T = max(lengths)
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    real = torch.arange(T) < torch.tensor(lengths)[:, None]
    return causal & real[:, None, None, :]
