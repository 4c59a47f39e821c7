def rotate(x, start=0):
    """把批也算进了位置"""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half) / half)
    count = torch.arange(start, start + x.shape[:3].numel()).reshape(x.shape[:3])
    angle = count[..., None] * speed
    a, b = x[..., :half], x[..., half:]
    turned = a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()
    return torch.cat(turned, dim=-1)
