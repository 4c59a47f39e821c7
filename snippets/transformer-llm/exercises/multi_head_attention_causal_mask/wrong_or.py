def make_mask(lengths, T):
    """错：该用“并且”的地方用了“或者”，真词元里的未来又看得见了"""
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    real = torch.arange(T) < torch.tensor(lengths)[:, None]
    return causal | real[:, None, None, :]
