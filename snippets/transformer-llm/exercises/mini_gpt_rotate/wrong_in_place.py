def rotate(x, start=0):
    """写进了传进来的 x"""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half) / half)
    angle = torch.outer(torch.arange(start, start + x.shape[2]), speed)
    a, b = x[..., :half].clone(), x[..., half:].clone()
    x[..., :half] = a * angle.cos() - b * angle.sin()
    x[..., half:] = a * angle.sin() + b * angle.cos()
    return x
