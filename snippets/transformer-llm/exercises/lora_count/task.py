"""不搭模型，数出 LoRA 训练多少参数

`trainable`：layers 是 {层名: (输出, 输入)}，target_modules 的规则与 peft 相同：

- 列表：层名等于其中一项，或以“点 + 那一项”结尾，就算匹配
- "all-linear"：除了名字末段是 lm_head 的，全部匹配

每个匹配的层多出 r ×（输入 + 输出）个参数；一个也没匹配上，抛 ValueError。

`adapter_megabytes`：这么多参数用 16 位存成文件，有多少 MB（10⁶ 字节）。
"""


def trainable(layers, target_modules, r):
    """返回要训练的参数个数"""
    raise NotImplementedError


def adapter_megabytes(count):
    """参数个数 -> 适配器文件的 MB"""
    raise NotImplementedError


# 以下是检查，不用改
def model(depth, width, inner):
    """一个 Llama 形状的模型的线性层"""
    layers = {}
    for i in range(depth):
        for name in ["q_proj", "k_proj", "v_proj", "o_proj"]:
            layers[f"model.layers.{i}.self_attn.{name}"] = (width, width)
        for name in ["gate_proj", "up_proj"]:
            layers[f"model.layers.{i}.mlp.{name}"] = (inner, width)
        layers[f"model.layers.{i}.mlp.down_proj"] = (width, inner)
    layers["lm_head"] = (1000, width)
    return layers


one = {"a.q_proj": (6, 4)}
count = trainable(one, ["q_proj"], 2)
assert count == 20, f"(6, 4) 的一层、秩 2，应是 2 × (6 + 4) = 20，实际是 {count}"
big = model(32, 4096, 11008)
count = trainable(big, ["q_proj", "v_proj"], 8)
assert count == 4194304, f"7B、q 与 v、秩 8 应是 4,194,304，实际是 {count:,}：32 层都数了吗？两个层都算了吗？"
count = trainable(big, ["down_proj"], 8)
assert count == 32 * 8 * 15104, (
    f"只加 down_proj 应是 {32 * 8 * 15104:,}，实际是 {count:,}：它不是方阵，输入 11008、输出 4096"
)
count = trainable(big, "all-linear", 8)
assert count == 19988480, f"all-linear 应是 19,988,480，实际是 {count:,}：lm_head 不算"
tricky = {"x.v_proj": (4, 4), "x.conv_proj": (4, 4), "v_proj": (4, 4), "v_proj.x": (4, 4)}
count = trainable(tricky, ["v_proj"], 1)
assert count == 16, (
    f"v_proj 应匹配 x.v_proj 与 v_proj 两层，共 16，实际是 {count}：conv_proj 不以“.v_proj”结尾，v_proj.x 也不是"
)
same_end = {"h.0.attn.c_proj": (4, 4), "h.0.mlp.c_proj": (4, 16), "h.0.mlp.c_fc": (16, 4)}
count = trainable(same_end, ["attn.c_proj", "c_fc"], 1)
assert count == 28, (
    f"attn.c_proj 只匹配注意力里的那一层，加上 c_fc 共 28，实际是 {count}：一项里可以有点，不能只看层名的最后一段"
)
count = trainable(one, ["q_proj", "a.q_proj"], 2)
assert count == 20, f"同一层被两项匹配到，只加一次，应是 20，实际是 {count}"
try:
    count = trainable({"h.0.attn.c_attn": (48, 16)}, ["q_proj"], 8)
except ValueError:
    count = None
assert count is None, f"一个也没匹配上应抛 ValueError，不是返回 {count}：静静地什么也不训练最难查"
size = adapter_megabytes(4194304)
assert abs(size - 8.388608) < 1e-6, f"4,194,304 个 16 位的数应是 8.39 MB，实际是 {size}：16 位是 2 字节"
print("全部通过")
