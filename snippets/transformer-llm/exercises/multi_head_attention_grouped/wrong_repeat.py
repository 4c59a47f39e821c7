def grouped_attention(q, k, v):
    """错：repeat 得到 0、1、0、1 …，该是 0、0、0、0、1、1、1、1"""
    group = q.shape[1] // k.shape[1]
    k = k.repeat(1, group, 1, 1)
    v = v.repeat(1, group, 1, 1)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return scores.softmax(dim=-1) @ v


def pool_heads(weight, n_head, n_kv_head):
    """这一步是对的"""
    rows, d_model = weight.shape
    d_k = rows // n_head
    grouped = weight.reshape(n_kv_head, n_head // n_kv_head, d_k, d_model)
    return grouped.mean(dim=1).reshape(n_kv_head * d_k, d_model)
