def quantize(x):
    """错：最大与最小相同就当作没有东西可量化"""
    if x.max() == x.min():
        return np.zeros(x.shape, dtype=np.int8), 1.0, 0
    smallest, largest = min(x.min(), 0.0), max(x.max(), 0.0)
    scale = (largest - smallest) / 255
    zero_point = int(np.clip(-128 - round(smallest / scale), -128, 127))
    return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8), scale, zero_point


def dequantize(q, scale, zero_point):
    return scale * (q.astype(np.float64) - zero_point)
