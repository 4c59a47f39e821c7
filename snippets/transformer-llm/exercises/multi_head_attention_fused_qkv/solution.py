def split_qkv(qkv, n_head):
    """先切成三份，每份再切成头"""
    B, T, width = qkv.shape
    d_k = width // 3 // n_head
    return [
        part.reshape(B, T, n_head, d_k).transpose(1, 2)  # -> (B, n_head, T, d_k)
        for part in qkv.chunk(3, dim=-1)  # 三份各 (B, T, d_model)
    ]


def merge_heads(out):
    """先把位置换回头的前面，再合并最后两维"""
    B, n_head, T, d_k = out.shape
    return out.transpose(1, 2).reshape(B, T, n_head * d_k)
