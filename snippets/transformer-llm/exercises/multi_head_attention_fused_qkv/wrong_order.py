def split_qkv(qkv, n_head):
    """错：三份的次序当成了 K、Q、V"""
    B, T, width = qkv.shape
    d_k = width // 3 // n_head
    k, q, v = (
        part.reshape(B, T, n_head, d_k).transpose(1, 2)
        for part in qkv.chunk(3, dim=-1)
    )
    return q, k, v


def merge_heads(out):
    """拼回这一步是对的"""
    B, n_head, T, d_k = out.shape
    return out.transpose(1, 2).reshape(B, T, n_head * d_k)
