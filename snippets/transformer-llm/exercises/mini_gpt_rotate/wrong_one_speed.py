def rotate(x, start=0):
    """每一对都转得一样快"""
    half = x.shape[-1] // 2
    angle = torch.arange(start, start + x.shape[2])[:, None]
    a, b = x[..., :half], x[..., half:]
    turned = a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()
    return torch.cat(turned, dim=-1)
