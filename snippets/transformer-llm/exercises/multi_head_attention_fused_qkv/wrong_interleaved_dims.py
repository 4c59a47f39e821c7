def split_qkv(qkv, n_head):
    """错：把头放在了最后一维，每个头隔着取数，而不是取连着的一段"""
    B, T, width = qkv.shape
    d_k = width // 3 // n_head
    return [
        part.reshape(B, T, d_k, n_head).permute(0, 3, 1, 2)
        for part in qkv.chunk(3, dim=-1)
    ]


def merge_heads(out):
    """拼回这一步是对的"""
    B, n_head, T, d_k = out.shape
    return out.transpose(1, 2).reshape(B, T, n_head * d_k)
