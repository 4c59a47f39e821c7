"""造 T5 的输入与目标

写出 `corrupt_spans`：给出一句话（字的列表）与要挖掉的几段，造出编码器的输入与解码器的目标。
每一段在输入里由一个哨兵顶替，哨兵依次是 `<X>`、`<Y>`、`<Z>`；目标是每个哨兵后面跟着它顶替的
字，最后再写一个没用过的哨兵收尾。

再写出 `shift_right`：由目标造出解码器的输入，也就是右移一位，开头补 `<pad>`。

例如 `corrupt_spans(list("今天天气很好"), [(2, 4)])` 应是
`["今", "天", "<X>", "很", "好"]` 与 `["<X>", "天", "气", "<Y>"]`。
"""

SENTINELS = ["<X>", "<Y>", "<Z>"]


def corrupt_spans(tokens, spans):
    """返回 (inputs, targets) 两个列表；spans 是 (起点, 终点) 的列表，从左到右，含起点不含终点"""
    raise NotImplementedError


def shift_right(targets):
    """目标 -> 解码器的输入，一样长"""
    raise NotImplementedError


# 以下是检查，不用改
def restore(inputs, targets):
    """把目标里的字填回输入，用来核对"""
    pieces, current = {}, None
    for token in targets:
        if token in SENTINELS:
            current = token
            pieces[current] = []
        else:
            pieces[current].append(token)
    return [t for token in inputs for t in pieces.get(token, [token])]


tokens = list("今天天气很好")
inputs, targets = corrupt_spans(tokens, [(2, 4)])
assert tokens == list("今天天气很好"), "传进来的 tokens 被改动了"
assert "<X>" in inputs, f"输入是 {inputs}，挖掉的那一段应由哨兵 <X> 占住位置"
assert inputs.count("<X>") == 1, f"输入是 {inputs}：一段不论多长，只用一个哨兵顶替"
assert inputs == ["今", "天", "<X>", "很", "好"], f"输入是 {inputs}，应是 今 天 <X> 很 好"
assert targets[:1] == ["<X>"], f"目标以 {targets[:1]} 开头，应先写哨兵 <X>，再写它顶替的字"
assert targets[-1:] == ["<Y>"], f"目标以 {targets[-1:]} 结尾，应再写一个没用过的哨兵 <Y> 收尾"
assert targets == ["<X>", "天", "气", "<Y>"], f"目标是 {targets}，应是 <X> 天 气 <Y>"

sentence = list("小红在河边看书，小明来找小红。")
inputs, targets = corrupt_spans(sentence, [(1, 4), (9, 11)])
assert [t for t in inputs if t in SENTINELS] == ["<X>", "<Y>"], (
    f"输入里的哨兵是 {[t for t in inputs if t in SENTINELS]}，两段应依次用 <X> 与 <Y>"
)
assert [t for t in targets if t in SENTINELS] == SENTINELS, "目标里应依次有 <X>、<Y>，最后是 <Z>"
assert inputs == list("小") + ["<X>"] + list("边看书，小") + ["<Y>"] + list("找小红。"), (
    f"输入是 {''.join(inputs)}：第二段的位置按原句数，不是按换过之后的列表数"
)
assert restore(inputs, targets) == sentence, "把目标填回输入，得不到原来的句子"
inputs, targets = corrupt_spans(sentence, [(0, 2), (13, 15)])
assert restore(inputs, targets) == sentence and inputs[0] == "<X>" and inputs[-1] == "<Y>", (
    "挖掉句首或句尾时错了：最后一段之后剩下的字（可能一个也没有）也要接上"
)
moved = shift_right(["<X>", "天", "气", "<Y>"])
assert len(moved) == 4, f"右移之后有 {len(moved)} 个，应与目标一样长：末尾的那个不用喂进去"
assert moved[0] == "<pad>", f"解码器的输入以 {moved[0]} 开头，应以 <pad> 开头"
assert moved == ["<pad>", "<X>", "天", "气"], f"右移之后是 {moved}，应是 <pad> <X> 天 气"
print("全部通过")
