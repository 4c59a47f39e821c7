"""读一份配置，安全地加载

从 Qwen3-0.6B 公开的 config.json 算出参数量、缓存与显存，和模型卡上的数核对；再拆开两种
权重文件：safetensors 里只有数，PyTorch 的老格式里可以藏着“加载时运行”的指令。

来源：huggingface.co/Qwen/Qwen3-0.6B 的 config.json、模型卡与 model.safetensors 的大小；
safetensors 的格式说明；PyTorch 文档 torch.load
"""

# %% 一份配置
import json
import pickletools
import tempfile
import textwrap
import zipfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, Qwen3Config

config = {  # 与大小有关的几行，抄自 Qwen/Qwen3-0.6B 的 config.json
    "vocab_size": 151936,
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": True,
}
V, d, d_ff = config["vocab_size"], config["hidden_size"], config["intermediate_size"]
L, d_k = config["num_hidden_layers"], config["head_dim"]
H, G = config["num_attention_heads"], config["num_key_value_heads"]

print(f"查询拼起来 {H} × {d_k} = {H * d_k}，宽度是 {d}")
print(f"每 {H // G} 个查询头共用一个键值头")

# %% 算参数
table = V * d
attention = 2 * d * H * d_k + 2 * d * G * d_k + 2 * d_k  # q、o；k、v；每个头的 q、k 归一化
feed_forward = 3 * d * d_ff
total = table + L * (attention + feed_forward + 2 * d) + d

with torch.device("meta"):
    built = AutoModelForCausalLM.from_config(Qwen3Config(**config)).num_parameters()
print(f"词表     {table:>13,}")
print(f"合计     {total:>13,}  与数出来的相同：{total == built}")
print(f"不算词表 {total - table:>13,}")
print(f"词表两遍 {total + table:>13,}")
stored = 1_503_264_768  # 仓库里 model.safetensors 的数据部分有多少字节，每个数 2 字节
print("文件里正好是两遍：", stored == 2 * (total + table))

# %% 算显存
cache = 2 * L * G * d_k * 2  # 键与值，每个数 2 字节
print(f"权重：{2 * total / 2**30:.2f} GiB")  # 每个数 2 字节；1 GiB 是 2³⁰ 字节
print(f"每个词元的缓存：{cache:,} 字节，即 {cache / 1024:.0f} KiB")
for length in [4096, 32768]:
    print(f"{length} 个词元的缓存：{cache * length / 2**30:.2f} GiB")

# %% 我们自己的配置
ours = AutoConfig.from_pretrained("models/mini-gpt")
for key in ["architectures", "hidden_size", "num_hidden_layers", "tie_word_embeddings"]:
    print(f"{key}：{getattr(ours, key)}")

# %% 拆开 safetensors
raw = Path("models/mini-gpt/model.safetensors").read_bytes()
size = int.from_bytes(raw[:8], "little")  # 前 8 个字节：表头有多长
header = json.loads(raw[8 : 8 + size])
info = header.pop("__metadata__", None)
print("附注：", info)
for name in list(header)[:2]:
    print(name)
    print("  ", *header[name].values())
numbers = sum(torch.Size(entry["shape"]).numel() for entry in header.values())
print(f"{len(header)} 个张量，{numbers:,} 个数，每个 4 字节")
print("表头加数据是整个文件：", 8 + size + 4 * numbers == len(raw))
print("没有另存输出层：", "lm_head.weight" not in header)


# %% 藏着指令的文件
class Surprise:
    """存盘时，它把自己变成一条指令：加载时请调用 print。"""

    def __reduce__(self):
        """返回 (要调用的函数, 参数)。"""
        return print, ("我在加载时运行了，本可以做任何事",)


folder = Path(tempfile.mkdtemp())
torch.save({"weight": torch.zeros(2), "note": Surprise()}, folder / "model.pt")

with zipfile.ZipFile(folder / "model.pt") as file:
    name = next(n for n in file.namelist() if n.endswith("data.pkl"))
    program = list(pickletools.genops(file.read(name)))  # 只读指令，不执行
start = next(i for i, (_, value, _) in enumerate(program) if value == "note")
for code, value, _ in program[start:]:
    if code.name not in {"BINPUT", "TUPLE1"}:  # 略去记账用的
        print(code.name, "" if value is None else value)

# %% 只要权重
try:
    torch.load(folder / "model.pt", weights_only=True)
except Exception as error:
    line = next(s for s in str(error).splitlines() if "Unsupported" in s)
    print(type(error).__name__)
    print(textwrap.fill(line.strip().partition(". ")[0], 38))
torch.save({"weight": torch.zeros(2)}, folder / "plain.pt")
print("只有张量时：", torch.load(folder / "plain.pt", weights_only=True))

# %% 存不进去
try:
    save_file({"weight": torch.zeros(2), "note": Surprise()}, folder / "model.safetensors")
except Exception as error:
    print(type(error).__name__, str(error).partition(",")[0])
save_file({"weight": torch.zeros(2)}, folder / "model.safetensors")
print(load_file(folder / "model.safetensors"))

# %% 名字写错了 tags=["raises-exception"]
AutoModelForCausalLM.from_pretrained("models/mini-gtp")
