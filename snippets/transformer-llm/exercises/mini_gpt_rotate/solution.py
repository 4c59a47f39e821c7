def rotate(x, start=0):
    """角度表 (T, d/2)，前一半与后一半配对"""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half) / half)  # −2i/d = −i/(d/2)
    angle = torch.outer(torch.arange(start, start + x.shape[2]), speed)
    a, b = x[..., :half], x[..., half:]  # 各 (B, H, T, d/2)
    turned = a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()
    return torch.cat(turned, dim=-1)
