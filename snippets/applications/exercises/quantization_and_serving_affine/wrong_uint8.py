def quantize(x):
    """错：用了 0 到 255 的无符号整数"""
    smallest, largest = min(x.min(), 0.0), max(x.max(), 0.0)
    scale = max(largest - smallest, 1e-12) / 255
    zero_point = int(np.clip(-round(smallest / scale), 0, 255))
    return np.clip(np.round(x / scale) + zero_point, 0, 255).astype(np.uint8), scale, zero_point


def dequantize(q, scale, zero_point):
    return scale * (q.astype(np.float64) - zero_point)
