def split_qkv(qkv, n_head):
    """切开这一步是对的"""
    B, T, width = qkv.shape
    d_k = width // 3 // n_head
    return [
        part.reshape(B, T, n_head, d_k).transpose(1, 2)
        for part in qkv.chunk(3, dim=-1)
    ]


def merge_heads(out):
    """错：拼回时忘了把位置换到头的前面"""
    B, n_head, T, d_k = out.shape
    return out.reshape(B, T, n_head * d_k)
