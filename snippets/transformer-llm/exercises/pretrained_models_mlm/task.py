"""造 BERT 的输入与标签

写出 `mask_tokens`：照 BERT 的规则，选中 `rate` 的词元；选中的八成换成 `[MASK]`，一成换成
随机的普通词元，一成不动。不论怎样换，选中的都要猜；没选中的标签是 −100。特殊词元（编号
小于 `n_special`）既不选中，也不作随机替换的结果。

掷骰子的次序由你定，检查只看比例。
"""

import random

MASK = 3
IGNORE = -100


def mask_tokens(ids, rng, vocab_size, n_special, rate=0.15):
    """返回 (inputs, labels)，两个与 ids 一样长的新列表；ids 不能被改动

    rng 是 random.Random；`rng.random()` 给 [0, 1) 里的小数，`rng.randrange(a, b)` 给 [a, b) 里的整数
    """
    raise NotImplementedError


# 以下是检查，不用改
V, S = 50, 5
sentence = [1, *range(S, V), 2]  # 头尾是特殊词元
original = list(sentence)
out = mask_tokens(sentence, random.Random(0), V, S)
assert isinstance(out, tuple) and len(out) == 2, "应返回两个列表：(inputs, labels)"
assert sentence == original, "传进来的 ids 被改动了：先复制一份再换"
assert len(out[0]) == len(out[1]) == len(sentence), "inputs 与 labels 都应与 ids 一样长"

inputs, labels = mask_tokens(sentence * 4000, random.Random(1), V, S)
ids = sentence * 4000
ordinary = sum(i >= S for i in ids)
picked = [(i, a) for i, a, b in zip(ids, inputs, labels) if b != IGNORE]
for i, a, b in zip(ids, inputs, labels):
    assert b in (IGNORE, i), f"标签是 {b}，应是原来的词元 {i} 或 −100：标签要从没换过的 ids 里取"
    assert b != IGNORE or a == i, "没有选中的位置，输入也被换掉了"
    assert i >= S or (a == i and b == IGNORE), f"特殊词元 {i} 被选中了：开头、结尾、补齐都不该拿来猜"
share = len(picked) / ordinary
assert abs(share - 0.15) < 0.01, f"选中了 {share:.1%} 的普通词元，应约为 15%"
masked = sum(a == MASK for _, a in picked) / len(picked)
assert abs(masked - 0.8) < 0.02, f"选中的里有 {masked:.0%} 换成了 [MASK]，应约为 80%：三种情形要掷同一个骰子来分"
same = sum(a == i for i, a in picked) / len(picked)
assert abs(same - 0.1) < 0.02, f"选中的里有 {same:.0%} 原样不动，应约为 10%：它们也要有标签，否则模型看见原字就不必再想"
random_ones = [a for i, a in picked if a not in (MASK, i)]
assert abs(len(random_ones) / len(picked) - 0.1) < 0.02, "换成随机词元的应约为 10%"
assert min(random_ones) >= S, "随机替换用到了特殊词元：randrange 要从 n_special 开始"
assert set(random_ones) == set(range(S, V)), "随机替换应覆盖全部普通词元，第一个与最后一个也算"
more = mask_tokens(ids, random.Random(1), V, S, rate=0.4)[1]
assert abs(sum(b != IGNORE for b in more) / ordinary - 0.4) < 0.01, "rate=0.4 时选中的不是四成：15% 被写死了吗？"
print("全部通过")
