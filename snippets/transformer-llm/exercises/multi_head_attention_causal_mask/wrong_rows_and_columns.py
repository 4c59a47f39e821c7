def make_mask(lengths, T):
    """错：行和列都遮，填充所在的行一个词也看不到"""
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    real = torch.arange(T) < torch.tensor(lengths)[:, None]
    return causal & real[:, None, None, :] & real[:, None, :, None]
