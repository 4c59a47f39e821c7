"""把一段对话变成词元与标签

`encode_chat`：对话是 (角色, 文字) 的列表，角色是 "user" 或 "assistant"。
每一轮写成：角色词元、文字的每个字、（助手的话后面再加）`<eos>`。
整段最前面是 `<bos>`。为了短，用户的话后面不写 `<|end|>`。一个字一个词元，编号查 vocab，查不到的字用 `<unk>`。

标签与编号一样长：助手说的每个字和它后面的 `<eos>` 写编号，其余都是 −100。
不要自己错开一位，transformers 收到 labels 会错开。

`pad_batch`：把几段长短不一的对话在右边补齐。
"""


def encode_chat(turns, vocab):
    """turns 是 [(角色, 文字), …]，返回 (编号的列表, 标签的列表)"""
    raise NotImplementedError


def pad_batch(rows, pad):
    """rows 是 [(编号, 标签), …]，返回 (编号, 掩码, 标签)，各是等长的列表的列表

    掩码里真词元是 1，补的是 0；补的位置编号是 pad，标签是 −100
    """
    raise NotImplementedError


# 以下是检查，不用改
special = ["<pad>", "<bos>", "<eos>", "<unk>", "<|user|>", "<|assistant|>"]
vocab = {token: i for i, token in enumerate([*special, *"谁过生日？小红。在哪里家桥头"])}
names = list(vocab)


def words(ids):
    """编号 -> 词元的列表，−100 写成 ×"""
    return ["×" if i == -100 else names[i] for i in ids]


ids, labels = encode_chat([("user", "谁？"), ("assistant", "小红。")], vocab)
expected = ["<bos>", "<|user|>", "谁", "？", "<|assistant|>", "小", "红", "。", "<eos>"]
assert words(ids) == expected, f"词元应为 {expected}，实际是 {words(ids)}"
assert len(labels) == len(ids), f"标签有 {len(labels)} 个，编号有 {len(ids)} 个，应一样长：不要自己错开"
assert labels[-1] == vocab["<eos>"], f"最后一个标签应是 <eos>，实际是 {words(labels)[-1]}：不学它，模型就不知道停"
assert labels[4] == -100, "`<|assistant|>` 是我们给的提示，不用模型写出来，它的标签应是 −100"
expected = ["×"] * 5 + ["小", "红", "。", "<eos>"]
assert words(labels) == expected, f"标签应为 {expected}，实际是 {words(labels)}"

two = [("user", "谁？"), ("assistant", "小红。"), ("user", "家？"), ("assistant", "桥头。")]
ids, labels = encode_chat(two, vocab)
assert ids.count(vocab["<bos>"]) == 1, "`<bos>` 整段只有一个，不是每轮一个"
assert ids.count(vocab["<eos>"]) == 2, "每次助手说完都要有 `<eos>`"
learned = [w for w in words(labels) if w != "×"]
expected = ["小", "红", "。", "<eos>", "桥", "头", "。", "<eos>"]
assert learned == expected, f"两轮对话，要学的是 {expected}，实际是 {learned}：每一轮助手的话都要学"
ids, _ = encode_chat([("user", "龙")], vocab)
assert ids[-1] == vocab["<unk>"], "字表里没有的字应变成 <unk>"

rows = [([1, 4, 6], [-100, -100, 6]), ([1, 4, 6, 7, 2], [-100, -100, -100, 7, 2])]
ids, mask, labels = pad_batch(rows, 0)
assert ids == [[1, 4, 6, 0, 0], [1, 4, 6, 7, 2]], f"补齐之后的编号是 {ids}，应在短的那行右边补两个 0"
assert mask == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], f"掩码是 {mask}，补的位置才是 0"
assert labels[0] == [-100, -100, 6, -100, -100], (
    f"第 1 行的标签是 {labels[0]}：补的位置也要写 −100，否则模型会去学 <pad>"
)
assert pad_batch([([5], [5]), ([5, 5], [5, 5])], 9)[0][0] == [5, 9], "补的编号要用参数 pad，别写死成 0"
print("全部通过")
