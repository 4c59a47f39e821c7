def rotate(x, start=0):
    """漏了负号，不再是旋转"""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half) / half)
    angle = torch.outer(torch.arange(start, start + x.shape[2]), speed)
    a, b = x[..., :half], x[..., half:]
    turned = a * angle.cos() + b * angle.sin(), a * angle.sin() + b * angle.cos()
    return torch.cat(turned, dim=-1)
