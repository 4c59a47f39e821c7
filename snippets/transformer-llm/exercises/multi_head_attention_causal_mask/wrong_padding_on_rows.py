def make_mask(lengths, T):
    """错：把填充放在了行上，遮的是“谁在看”，不是“看谁”"""
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    real = torch.arange(T) < torch.tensor(lengths)[:, None]
    return causal & real[:, None, :, None]
