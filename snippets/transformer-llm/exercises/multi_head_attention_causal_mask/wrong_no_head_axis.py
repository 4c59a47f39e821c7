def make_mask(lengths, T):
    """错：没有给头留一个轴，(B, T, T) 会和 (B, H, T, T) 错位对齐"""
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    real = torch.arange(T) < torch.tensor(lengths)[:, None]
    return causal & real[:, None, :]
