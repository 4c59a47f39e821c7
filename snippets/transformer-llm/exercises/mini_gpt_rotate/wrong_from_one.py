def rotate(x, start=0):
    """位置从 1 数起"""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half) / half)
    angle = torch.outer(torch.arange(start + 1, start + x.shape[2] + 1), speed)
    a, b = x[..., :half], x[..., half:]
    turned = a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()
    return torch.cat(turned, dim=-1)
