def make_mask(lengths, T):
    """因果掩码与填充掩码取“并且”，靠广播对齐"""
    causal = torch.ones(T, T, dtype=torch.bool).tril()  # (T, T)
    real = torch.arange(T) < torch.tensor(lengths)[:, None]  # (T,) < (B, 1) -> (B, T)
    return causal & real[:, None, None, :]  # (T, T) & (B, 1, 1, T) -> (B, 1, T, T)
