"""这张卡放得下吗

`need_gb`：由层里的参数量、嵌入表的参数量与 KV 缓存，算推理要多少 GB。
层里的权重按 bits 位存，不足 8 位时每 group 个权重另存一个 2 字节的缩放；
嵌入表总是 16 位；缓存按 users 个人、每人 tokens 个词元算。1 GB 是 10⁹ 字节。

`longest`：一张卡只用九成，放下权重之后，剩下的全给 users 个人的缓存，
每人最多能有多少个词元；权重都放不下就返回 0。
"""


def need_gb(layers, embedding, bits, cache_bytes, tokens, users, group=128):
    """layers、embedding 是参数个数，cache_bytes 是一个词元的缓存字节数；返回 GB"""
    raise NotImplementedError


def longest(card_gb, layers, embedding, bits, cache_bytes, users, group=128):
    """返回每人最多的词元数（整数）"""
    raise NotImplementedError


# 以下是检查，不用改
close = lambda a, b: abs(a - b) < 1e-6 * max(1, abs(b))  # noqa: E731

got = need_gb(6_946_000_000, 1_244_000_000, 16, 147_456, 0, 1)
assert close(got, 16.38), f"8B 的权重存 16 位应是 16.38 GB，实际是 {got:.4g}：16 位是 2 字节，GB 是 10⁹"
got = need_gb(6_946_000_000, 1_244_000_000, 8, 147_456, 0, 1)
assert close(got, 9.434), (
    f"存 8 位应是 9.434 GB，实际是 {got:.4g}：只有层里的权重变成 1 字节，嵌入表还是 2 字节，8 位不另存缩放"
)
got = need_gb(6_946_000_000, 1_244_000_000, 4, 147_456, 0, 1)
assert close(got, 6.06953125), (
    f"存 4 位应是 6.0695 GB，实际是 {got:.5g}：每 128 个权重另有 2 字节的缩放，平均每个多 1/64 字节"
)
got = need_gb(6_400_000_000, 0, 4, 147_456, 0, 1, group=32)
assert close(got, 3.6), f"group 是 32 时应是 3.6 GB，实际是 {got:.4g}：缩放的开销要用 group 算，别写死 128"
got = need_gb(1_000_000_000, 0, 16, 147_456, 8192, 1) - 2
assert close(got, 1.207959552), f"8192 个词元的缓存应是 1.208 GB，实际是 {got:.4g}"
got = need_gb(1_000_000_000, 0, 16, 147_456, 8192, 8) - 2
assert close(got, 9.663676416), f"8 个人的缓存应是 9.664 GB，实际是 {got:.4g}：每人一份，权重只有一份"

got = longest(24, 6_946_000_000, 1_244_000_000, 16, 147_456, 1)
assert isinstance(got, int), f"词元数应是整数，实际是 {type(got).__name__}"
assert got == 35400, f"24 GB 的卡、一个人，最多 35400 个词元，实际是 {got}：先把 24 乘 0.9，再减权重，最后除以缓存"
got = longest(24, 6_946_000_000, 1_244_000_000, 16, 147_456, 8)
assert got == 4425, f"8 个人分，每人最多 4425 个词元，实际是 {got}：剩下的显存要除以人数，往下取整"
got = longest(16, 6_946_000_000, 1_244_000_000, 16, 147_456, 1)
assert got == 0, f"16 GB 的卡放不下 16 位的 8B，应返回 0，实际是 {got}"
got = longest(16, 6_946_000_000, 1_244_000_000, 4, 147_456, 2)
tight = need_gb(6_946_000_000, 1_244_000_000, 4, 147_456, got, 2)
more = need_gb(6_946_000_000, 1_244_000_000, 4, 147_456, got + 1, 2)
assert tight <= 14.4 < more, f"算出的 {got} 应当刚好放得下：它要 {tight:.4f} GB，再多一个词元要 {more:.4f} GB，卡能用 14.4 GB"
print("全部通过")
