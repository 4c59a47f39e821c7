def quantize(x):
    """错：全是 0 时比例是 0，除出了 NaN"""
    smallest, largest = min(x.min(), 0.0), max(x.max(), 0.0)
    scale = (largest - smallest) / 255
    if scale == 0:
        return np.full(x.shape, -128, dtype=np.int8), scale, -128
    zero_point = int(np.clip(-128 - round(smallest / scale), -128, 127))
    return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8), scale, zero_point


def dequantize(q, scale, zero_point):
    return scale * (q.astype(np.float64) - zero_point)
