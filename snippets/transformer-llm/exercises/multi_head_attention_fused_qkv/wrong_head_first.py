def split_qkv(qkv, n_head):
    """错：当成了 GPT-NeoX 的排法，每个头的 q、k、v 挨在一起"""
    B, T, width = qkv.shape
    d_k = width // 3 // n_head
    heads = qkv.reshape(B, T, n_head, 3, d_k)
    return [part.transpose(1, 2) for part in heads.unbind(dim=3)]


def merge_heads(out):
    """拼回这一步是对的"""
    B, n_head, T, d_k = out.shape
    return out.transpose(1, 2).reshape(B, T, n_head * d_k)
