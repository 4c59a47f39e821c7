def quantize(x):
    smallest, largest = min(x.min(), 0.0), max(x.max(), 0.0)
    scale = max(largest - smallest, 1e-12) / 255
    zero_point = int(np.clip(-128 - round(smallest / scale), -128, 127))
    return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8), scale, zero_point


def dequantize(q, scale, zero_point):
    """错：在 int8 里相减，127 − (−73) 溢出"""
    return scale * (q - np.int8(zero_point)).astype(np.float64)
