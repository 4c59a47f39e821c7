def rotate(x, start=0):
    """转反了"""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half) / half)
    angle = torch.outer(torch.arange(start, start + x.shape[2]), speed)
    a, b = x[..., :half], x[..., half:]
    turned = a * angle.cos() + b * angle.sin(), b * angle.cos() - a * angle.sin()
    return torch.cat(turned, dim=-1)
