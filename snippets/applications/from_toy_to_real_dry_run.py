"""租卡之前先演练：同样骨架、随机权重的小模型

照 Qwen3 的样子造一个很小的模型文件夹，把下载之后要做的事在笔记本上走一遍：
检查文件、核对显存的公式、搬到显卡上、套对话模板、生成、加 LoRA 训练几步。
跑通之后，把 MODEL 换成下载好的文件夹再运行一次，走的是同样的步骤。

来源：Qwen3 的公开配置与模型卡；transformers 与 peft 的文档
"""

# %% 准备
import hashlib
import json
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

FOLDER = Path(tempfile.mkdtemp()) / "tiny-qwen3"  # 演练用的，会被故意弄坏，别改成下载的
MODEL = FOLDER  # 有了真的就换成它的文件夹，如 "models/Qwen3-0.6B"；只读，不会改它


# %% 造一个同样骨架的小模型
def tiny_tokenizer():
    """字节级 BPE 加三个特殊词元与对话模板，与 Qwen3 的同类，只是很小。"""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["你好，我想学大语言模型。", "模型是什么？"], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    fast.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    return fast


torch.manual_seed(0)
tokenizer = tiny_tokenizer()
config = Qwen3Config(
    vocab_size=len(tokenizer),
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,  # 分组查询，与真的一样
    head_dim=32,  # 头的宽度不等于 64 / 4，也与真的一样
    intermediate_size=192,
    max_position_embeddings=512,
    tie_word_embeddings=True,
    initializer_range=0.2,  # 没有预训练过的骨架，初始得大一些 LoRA 才推得动
    eos_token_id=tokenizer.eos_token_id,
    pad_token_id=tokenizer.pad_token_id,
)
tiny = Qwen3ForCausalLM(config).to(torch.bfloat16)
tiny.generation_config = GenerationConfig(
    do_sample=True, temperature=0.6, top_k=20, top_p=0.95,
    eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
)
tiny.save_pretrained(FOLDER, max_shard_size="150KB")  # 故意切成几片，像大模型那样
tokenizer.save_pretrained(FOLDER)
for path in sorted(FOLDER.iterdir()):
    print(f"{path.name:34} {path.stat().st_size / 1000:7.1f} KB")


# %% 下载之后先查
def problems_of(folder):
    """列出一个模型文件夹里的毛病；没有就是空的。只读文件，不加载模型。"""
    folder = Path(folder)
    found = []
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        if not (folder / name).exists():
            found.append(f"缺 {name}")
    for path in sorted(folder.iterdir()):
        if path.suffix in {".bin", ".pt", ".pth", ".pkl"}:
            found.append(f"{path.name} 是 pickle，加载时能执行任意代码，只用 safetensors")
        if path.suffix == ".py":
            found.append(f"{path.name} 是随模型来的代码，读过再用")
    index = folder / "model.safetensors.index.json"
    if index.exists():
        shards = set(json.loads(index.read_text())["weight_map"].values())
    else:
        shards = {"model.safetensors"}
    for name in sorted(shards):
        path = folder / name
        if not path.exists():
            found.append(f"缺权重 {name}")
        elif path.stat().st_size != expected_size(path):
            found.append(f"{name} 不完整，重新下载它")
    return found


def expected_size(path):
    """由 safetensors 的开头算出文件该有多长；连开头都不完整，就返回 None。"""
    with path.open("rb") as file:
        header_length = int.from_bytes(file.read(8), "little")
        if 8 + header_length > path.stat().st_size:
            return None  # 空文件、断在开头的文件，或者只是一个指针
        header = json.loads(file.read(header_length))
    ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
    return 8 + header_length + max(ends)


print("毛病：", problems_of(MODEL))

# %% 弄坏它，看查不查得出
shard = sorted(FOLDER.glob("model-*.safetensors"))[1]
whole = shard.read_bytes()
shard.write_bytes(whole[: len(whole) // 2])  # 下载到一半断了
(FOLDER / "pytorch_model.bin").write_bytes(b"")  # 混进来一个 pickle
for problem in problems_of(FOLDER):
    print(problem)
(FOLDER / "pytorch_model.bin").unlink()
shard.write_bytes(whole)
print("修好之后：", problems_of(FOLDER))

# %% 与网站上的指纹核对
published = hashlib.sha256(whole).hexdigest()  # 真的下载时，从模型的文件页上抄来
shard.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))  # 只错一位，大小不变
print("大小看得出吗：", problems_of(FOLDER) != [])
print("指纹看得出吗：", hashlib.sha256(shard.read_bytes()).hexdigest() != published)
shard.write_bytes(whole)

# %% 加载并搬到显卡上
device = "cuda" if torch.cuda.is_available() else "cpu"  # 苹果的芯片写 "mps"
model = AutoModelForCausalLM.from_pretrained(MODEL)
print("文件里存的精度：", model.dtype)
model = model.float() if device == "cpu" else model.to(device)  # 有的处理器算不了 bf16
tokenizer = AutoTokenizer.from_pretrained(MODEL)
config = model.config


# %% 核对两个公式
def parameters(config):
    """Qwen3 的参数量，与上一个脚本同一个公式。"""
    width, q = config.hidden_size, config.num_attention_heads * config.head_dim
    kv = config.num_key_value_heads * config.head_dim
    layer = 2 * width * q + 2 * width * kv + 3 * width * config.intermediate_size
    layer += 2 * width + 2 * config.head_dim
    tables = 1 if config.tie_word_embeddings else 2
    return config.num_hidden_layers * layer + width + tables * config.vocab_size * width


size = model.dtype.itemsize  # 每个数几个字节
weight_bytes = sum(p.numel() * p.element_size() for p in model.parameters())
print(f"权重 {weight_bytes:,} 字节，公式 {parameters(config) * size:,} 字节")

with torch.inference_mode():
    cache = model(torch.ones(1, 100, dtype=torch.long, device=device), use_cache=True).past_key_values
cache_bytes = sum(
    t.numel() * t.element_size() for layer in cache.layers for t in (layer.keys, layer.values)
)
formula = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * size
print(f"100 个词元的缓存 {cache_bytes:,} 字节，公式 {formula * 100:,} 字节")

# %% 对话模板
messages = [{"role": "user", "content": "模型是什么？"}]
text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
print(text)
inputs = tokenizer(text, add_special_tokens=False, return_tensors="pt").to(device)
print("词元数：", inputs.input_ids.shape[1])

# %% 生成
torch.manual_seed(0)
with torch.inference_mode():
    first = model.generate(**inputs, max_new_tokens=8)
    second = model.generate(**inputs, max_new_tokens=8)
    greedy = [model.generate(**inputs, max_new_tokens=8, do_sample=False) for _ in range(2)]
print("两次生成相同：", torch.equal(first, second))
print("写明 do_sample=False，两次相同：", torch.equal(*greedy))

# %% 小模型没有对话模板 tags=["raises-exception"]
mini_gpt = AutoTokenizer.from_pretrained("models/mini-gpt")
mini_gpt.apply_chat_template(messages, tokenize=False)

# %% 微调也演练几步
torch.manual_seed(0)
linear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
tuned = get_peft_model(
    model, LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=linear)
)
trained = [p for p in tuned.parameters() if p.requires_grad]
print(f"训练 {sum(p.numel() for p in trained):,} 个参数")

messages.append({"role": "assistant", "content": "模型是一个函数。"})
whole_text = tokenizer.apply_chat_template(messages, tokenize=False)
ids = tokenizer(whole_text, add_special_tokens=False, return_tensors="pt").input_ids.to(device)
labels = ids.clone()
labels[:, : inputs.input_ids.shape[1]] = -100  # 只对回答算损失
optimizer = torch.optim.AdamW(trained, lr=0.01)
losses = []
for _ in range(30):
    loss = tuned(ids, labels=labels).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(f"损失从约 {losses[0]:.0f} 降下来了：", losses[-1] < losses[0] / 2)
