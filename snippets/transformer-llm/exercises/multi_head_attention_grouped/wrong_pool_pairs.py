def grouped_attention(q, k, v):
    """这一步是对的"""
    group = q.shape[1] // k.shape[1]
    k = k.repeat_interleave(group, dim=1)
    v = v.repeat_interleave(group, dim=1)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return scores.softmax(dim=-1) @ v


def pool_heads(weight, n_head, n_kv_head):
    """错：一组里不管有几个头，只平均前两个"""
    rows, d_model = weight.shape
    d_k = rows // n_head
    grouped = weight.reshape(n_kv_head, n_head // n_kv_head, d_k, d_model)
    return grouped[:, :2].mean(dim=1).reshape(n_kv_head * d_k, d_model)
