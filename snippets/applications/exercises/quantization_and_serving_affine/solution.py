def quantize(x):
    """区间包含 0；取整、加零点、截断"""
    smallest, largest = min(x.min(), 0.0), max(x.max(), 0.0)
    scale = max(largest - smallest, 1e-12) / 255
    zero_point = int(-128 - round(smallest / scale))
    q = np.round(x / scale) + zero_point
    return np.clip(q, -128, 127).astype(np.int8), scale, zero_point


def dequantize(q, scale, zero_point):
    """先变宽，再减零点"""
    return scale * (q.astype(np.float64) - zero_point)
