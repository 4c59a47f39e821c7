def quantize(x):
    """错：转 int8 之前没有截断，128 绕回成 −128"""
    smallest, largest = min(x.min(), 0.0), max(x.max(), 0.0)
    scale = max(largest - smallest, 1e-12) / 255
    zero_point = int(np.clip(-128 - round(smallest / scale), -128, 127))
    q = (np.round(x / scale) + zero_point).astype(int)
    return ((q + 128) % 256 - 128).astype(np.int8), scale, zero_point


def dequantize(q, scale, zero_point):
    return scale * (q.astype(np.float64) - zero_point)
