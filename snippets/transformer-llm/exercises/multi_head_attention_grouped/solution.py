def grouped_attention(q, k, v):
    """每个键值头复制给它那一组查询头，然后照常计算"""
    group = q.shape[1] // k.shape[1]  # 一组里有几个查询头
    k = k.repeat_interleave(group, dim=1)  # (B, H_kv, T_k, d_k) -> (B, H, T_k, d_k)
    v = v.repeat_interleave(group, dim=1)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # -> (B, H, T_q, T_k)
    return scores.softmax(dim=-1) @ v


def pool_heads(weight, n_head, n_kv_head):
    """按（组、组内的头、头内的行）切开，在“组内的头”上取平均"""
    rows, d_model = weight.shape
    d_k = rows // n_head
    grouped = weight.reshape(n_kv_head, n_head // n_kv_head, d_k, d_model)
    return grouped.mean(dim=1).reshape(n_kv_head * d_k, d_model)
