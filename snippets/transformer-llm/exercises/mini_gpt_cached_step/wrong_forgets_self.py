def step(q, k, v, cache):
    """接上新的键与值，再用新的查询看全部"""
    if cache is not None:
        k = torch.cat([cache[0], k], dim=2)
        v = torch.cat([cache[1], v], dim=2)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, H, 1, t + 1)
    if scores.shape[-1] > 1:
        scores[..., -1] = -math.inf
    return scores.softmax(dim=-1) @ v, (k, v)
