def rotate(x, start=0):
    """先改了前一半，再用改过的去算后一半"""
    half = x.shape[-1] // 2
    speed = 10000.0 ** (-torch.arange(half) / half)
    angle = torch.outer(torch.arange(start, start + x.shape[2]), speed)
    out = x.clone()
    a, b = out[..., :half], out[..., half:]
    out[..., :half] = a * angle.cos() - b * angle.sin()
    out[..., half:] = a * angle.sin() + b * angle.cos()
    return out
