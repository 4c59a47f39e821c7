def split_qkv(qkv, n_head):
    """错：直接 view 成 (B, n_head, T, d_k)，形状对，位置混了"""
    B, T, width = qkv.shape
    d_k = width // 3 // n_head
    return [part.reshape(B, n_head, T, d_k) for part in qkv.chunk(3, dim=-1)]


def merge_heads(out):
    """拼回这一步是对的"""
    B, n_head, T, d_k = out.shape
    return out.transpose(1, 2).reshape(B, T, n_head * d_k)
