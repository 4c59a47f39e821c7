def quantize(x):
    """错：区间没有把 0 包含进去，全是正数时零点跑出 int8"""
    scale = max(x.max() - x.min(), 1e-12) / 255
    zero_point = int(-128 - round(x.min() / scale))
    return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8), scale, zero_point


def dequantize(q, scale, zero_point):
    return scale * (q.astype(np.float64) - zero_point)
