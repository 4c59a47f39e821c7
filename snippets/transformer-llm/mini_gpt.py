"""从零训练自己的小 GPT

先用一部小文法造出一千四百多万个很短的中文故事，算出它精确的熵：这是损失的下限。
再从零写一个今天形状的 GPT（RMSNorm、旋转位置编码、SwiGLU），证明它与
transformers 的 LlamaForCausalLM 打分相同，训练它，让文法的解析器给采样判分，
最后存成 Hugging Face 格式：后面的课都从 models/mini-gpt 加载这个模型。

来源：Llama，Touvron 等 2023（arXiv:2302.13971）；
RMSNorm，Zhang 与 Sennrich 2019（arXiv:1910.07467）；
旋转位置编码，Su 等 2021（arXiv:2104.09864）；
SwiGLU，Shazeer 2020（arXiv:2002.05202）；Muon，Jordan 等 2024
"""

# %% 准备
import json
import math
import os
import random
import re
import tempfile
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from torch import nn
from torch.nn import functional as F
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

MODEL = "models/mini-gpt"  # 训练得久一些的成品放在这里，后面的课都用它
STEPS, SIZE, SEED = 500, 12, 2  # 课上训练的步数、每步几个故事、随机种子
LONG_STEPS = 4000  # 成品训练的步数，每步 16 个故事，两三分钟
HELD_OUT = ("小明", "海边")  # 训练时故意不让这两个词出现在同一个故事里

# %% 故事的文法
GRAMMAR = json.loads(Path("data/stories.json").read_text(encoding="utf-8"))
WORDS = GRAMMAR["words"]
TEMPLATES = [story["text"] for story in GRAMMAR["stories"]]


def slots_of(template):
    """模板里的槽，按第一次出现的顺序排列，例如 ["时1", "人1", "地1"]。"""
    return list(dict.fromkeys(re.findall(r"{(.+?)}", template)))


def tell(rng):
    """讲一个故事：随机选一个模板，再给每个槽随机填一个词，同一个故事里不重复。"""
    template = rng.choice(TEMPLATES)
    filled = {}
    for slot in slots_of(template):
        kind = slot[0]  # 槽“人2”填“人”这一类的词
        free = [word for word in WORDS[kind] if word not in filled.values()]
        filled[slot] = rng.choice(free)
    return template.format(**filled)


def fold(text, width=20):
    """长的文字折成几行，印在窄屏上也看得全。"""
    pieces = [text[i : i + width] for i in range(0, len(text), width)]
    return "\n  ".join(pieces)


rng = random.Random(0)
print("模板")
print(" ", fold(TEMPLATES[0]))
for _ in range(4):
    print("故事")
    print(" ", fold(tell(rng)))


# %% 有多少故事，熵是多少
def count(template):
    """这个模板能讲出多少个不同的故事：同类的槽不重复，所以是排列数的乘积。"""
    kinds = Counter(slot[0] for slot in slots_of(template))
    return math.prod(math.perm(len(WORDS[kind]), n) for kind, n in kinds.items())


def mean_length(template):
    """这个模板的故事平均有多少个字：固定的字数，加上每处槽的平均词长。"""
    fixed = len(re.sub(r"{.+?}", "", template))
    kinds = [slot[0] for slot in re.findall(r"{(.+?)}", template)]
    return fixed + sum(sum(map(len, WORDS[k])) / len(WORDS[k]) for k in kinds)


toy = math.log(2) + (math.log(2) + math.log(6)) / 2  # 两个模板，各 2 与 6 个故事
print(f"小文法：每个故事 {toy:.3f}，每个字 {toy / 5.5:.3f}")

# 先等概率选模板，再等概率选词：熵是两步的熵之和（单位：奈特）
n = len(TEMPLATES)
story_entropy = math.log(n) + sum(math.log(count(t)) for t in TEMPLATES) / n
story_length = sum(mean_length(t) for t in TEMPLATES) / n + 1  # 加上结束符
FLOOR = story_entropy / story_length

print(f"{n} 个模板，{sum(map(count, TEMPLATES)):,} 个不同的故事")
print(f"平均 {story_length:.1f} 个字（含结束符），每个故事的熵 {story_entropy:.2f}")
print(f"每个字的熵 {FLOOR:.4f}，这就是损失的下限")


# %% 解析器
def pattern(template):
    """把模板变成正则表达式：槽第一次出现时匹配一个没用过的词，之后匹配同一个词。"""
    seen = []

    def group(match):
        slot = match[1]
        if slot in seen:
            return f"(?P={slot})"
        used = "".join(f"(?!(?P={other}))" for other in seen if other[0] == slot[0])
        seen.append(slot)
        return f"(?P<{slot}>{used}(?:{'|'.join(WORDS[slot[0]])}))"

    return re.compile(re.sub(r"{(.+?)}", group, template))


PATTERNS = [pattern(template) for template in TEMPLATES]


def is_story(text):
    """这段文字是不是文法能讲出来的故事。"""
    return any(p.fullmatch(text) for p in PATTERNS)


story = "早上，小明在河边迷路了。李叔叔问：“你家在哪里？”小明说：“我家在村口。”"
for end in ["李叔叔就把小明送回了村口。", "李叔叔就把小明送回了桥头。"]:
    text = story + end + "大家都很高兴。"
    print(is_story(text))
    print(" ", fold(text))
told = [tell(rng) for _ in range(1000)]
print("文法讲的 1000 个，全部通过：", all(map(is_story, told)))

# %% 字与编号
SPECIAL = GRAMMAR["special"]  # 补齐、开头、结尾、生字，以及以后对话要用的角色
ALPHABET = "".join(GRAMMAR["alphabet"])  # 故事用不到的字也先占好位置，以后要用
VOCAB = {token: i for i, token in enumerate([*SPECIAL, *ALPHABET])}
TOKENS = list(VOCAB)
PAD, BOS, EOS = VOCAB["<pad>"], VOCAB["<bos>"], VOCAB["<eos>"]


def encode(text):
    """文字 -> 编号的列表，头尾加上 `<bos>` 与 `<eos>`。"""
    return [BOS, *(VOCAB[char] for char in text), EOS]


def decode(ids):
    """编号的列表 -> 文字：到第一个 `<eos>` 为止，特殊词元不算。"""
    ids = ids[: ids.index(EOS)] if EOS in ids else ids
    return "".join(TOKENS[i] for i in ids if i >= len(SPECIAL))


def fresh(rng, size):
    """讲 size 个新故事，同时含有 HELD_OUT 那一对词的不要；返回列表。"""
    stories = []
    while len(stories) < size:
        story = tell(rng)
        if not all(word in story for word in HELD_OUT):
            stories.append(story)
    return stories


def batch(rng, size):
    """讲 size 个新故事，编成编号 (B, T)，右边用 `<pad>` 补齐。"""
    rows = [torch.tensor(encode(story)) for story in fresh(rng, size)]
    return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)


fixed = [re.sub(r"{.+?}", "", template) for template in TEMPLATES]
used = set("".join([*fixed, *(word for kind in WORDS.values() for word in kind)]))
print(f"故事只用到 {len(used)} 个字")
print(f"{len(SPECIAL)} 个特殊词元 + {len(ALPHABET)} 个字 = 词表 {len(VOCAB)}")
print("小红在河边 ->", encode("小红在河边"))
print("一批的形状：", tuple(batch(random.Random(0), 16).shape))


# %% 均方根归一化
class RMSNorm(nn.Module):
    """除以均方根，再逐维缩放：LayerNorm 去掉减均值与偏置（arXiv:1910.07467）。"""

    def __init__(self, width):
        """Width 是最后一个轴的长度。"""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        """(…, C) -> (…, C)。"""
        return self.weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)


x = torch.tensor([[3.0, 4.0], [30.0, 40.0]])
print("两行差 10 倍，归一化之后一样：")
print(RMSNorm(2)(x).detach())


# %% 旋转的角度
def rotation(length, d_head):
    """每个位置、每一对维度要转的角度，返回余弦与正弦，各 (T, d_head)。

    第 i 对维度每走一步转 10000^(-2i/d_head) 弧度（arXiv:2104.09864）
    """
    speed = 10000.0 ** (-torch.arange(0, d_head, 2) / d_head)  # (d_head / 2,)
    angle = torch.outer(torch.arange(length), speed)  # (T, d_head / 2)
    angle = torch.cat([angle, angle], dim=-1)  # (T, d_head)
    return angle.cos(), angle.sin()


def rotate(x, cos, sin):
    """把 x (…, T, d_head) 的第 i 维与第 i + d_head/2 维当成平面上的点来旋转。"""
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


torch.manual_seed(0)
cos, sin = rotation(50, 16)
q, k = torch.randn(2, 16)
for i, j in [(5, 3), (45, 43), (5, 5)]:
    score = rotate(q, cos[i], sin[i]) @ rotate(k, cos[j], sin[j])
    print(f"位置 {i:2} 与 {j:2}，相距 {i - j}：点积 {score:.4f}")


# %% 旋转的图
fig, axes = plt.subplots(1, 2, figsize=(6, 3.2))
fast = torch.tensor([1.0, 0.0])  # 第 0 对维度，每走一步转 1 弧度
for ax, (i, j) in zip(axes, [(0, 2), (3, 5)], strict=True):
    ax.add_patch(plt.Circle((0, 0), 1, fill=False, color="0.8"))
    arc = torch.linspace(i, j, 50)
    ax.plot(0.4 * arc.cos(), 0.4 * arc.sin(), color="C2")
    middle = torch.tensor((i + j) / 2)
    ax.text(0.55 * middle.cos(), 0.55 * middle.sin(), "2 弧度", color="C2", ha="center")
    for t, name, color in [(i, "键", "C0"), (j, "查询", "C1")]:
        end = rotate(fast, torch.tensor(t).cos(), torch.tensor(t).sin())
        arrow = {"arrowstyle": "->", "color": color, "lw": 2}
        ax.annotate("", end.tolist(), (0, 0), arrowprops=arrow)
        ax.text(*(1.3 * end).tolist(), f"{name} {t}", color=color, ha="center")
    ax.set(xlim=(-1.7, 1.7), ylim=(-1.6, 1.6), aspect="equal", title=f"位置 {i} 与 {j}")
    ax.axis("off")
    print(f"位置 {i} 与 {j}：夹角 {j - i} 弧度，点积 {math.cos(j - i):.3f}")
plt.show()


# %% 带旋转的因果注意力
class Attention(nn.Module):
    """多头因果注意力：没有偏置，位置由旋转带进来。"""

    def __init__(self, width, n_head):
        """Width 是总宽度 C，要能被 n_head 整除。"""
        super().__init__()
        self.n_head = n_head
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)

    def split(self, x):
        """(B, T, C) -> (B, H, T, d_head)。"""
        return x.unflatten(-1, (self.n_head, -1)).transpose(1, 2)

    def forward(self, x, cos, sin):
        """X (B, T, C) -> (B, T, C)；cos、sin 各 (T, d_head)。"""
        q = rotate(self.split(self.q_proj(x)), cos, sin)  # 只转 q 与 k，v 不转
        k = rotate(self.split(self.k_proj(x)), cos, sin)
        v = self.split(self.v_proj(x))  # (B, H, T, d_head)
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(out.transpose(1, 2).flatten(-2))  # 拼回 (B, T, C)


# %% 门控前馈网络
class SwiGLU(nn.Module):
    """前馈网络：一路算内容，一路算门，相乘后投影回来（arXiv:2002.05202）。"""

    def __init__(self, width, inner):
        """Width 是输入与输出的宽度，inner 是中间的宽度。"""
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        """(B, T, C) -> (B, T, C)。"""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


gate, up = torch.tensor([-4.0, 0.0, 4.0]), torch.tensor([2.0, 2.0, 2.0])
print("门放行的：", (F.silu(gate) * up).numpy().round(2))


# %% 一层与整个模型
class Block(nn.Module):
    """一层：先归一化，再注意力或前馈，各自加回残差。"""

    def __init__(self, width, n_head, inner):
        """参数的意思与 Attention、SwiGLU 相同。"""
        super().__init__()
        self.input_layernorm = RMSNorm(width)
        self.self_attn = Attention(width, n_head)
        self.post_attention_layernorm = RMSNorm(width)
        self.mlp = SwiGLU(width, inner)

    def forward(self, x, cos, sin):
        """X (B, T, C) -> (B, T, C)。"""
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class MiniGPT(nn.Module):
    """只有解码器的小语言模型；部件的名字照 Llama 起，权重可以直接互换。"""

    def __init__(self, vocab_size, width=64, n_layer=2, n_head=4, inner=176):
        """默认的大小约十四万个参数；输入与输出共用一张嵌入表。"""
        super().__init__()
        self.d_head = width // n_head
        self.embed_tokens = nn.Embedding(vocab_size, width)
        self.layers = nn.ModuleList(Block(width, n_head, inner) for _ in range(n_layer))
        self.norm = RMSNorm(width)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                # 写回残差的两个矩阵从小开始：一开始残差里保留着大半个嵌入
                small = "o_proj" in name or "down_proj" in name
                nn.init.normal_(weight, std=0.0125 if small else 0.1)

    def forward(self, ids):
        """编号 (B, T) -> 每个位置对下一个字的打分 (B, T, V)。"""
        cos, sin = rotation(ids.shape[1], self.d_head)
        x = self.embed_tokens(ids)  # (B, T, C)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.norm(x) @ self.embed_tokens.weight.T  # (B, T, C) @ (C, V)


torch.manual_seed(SEED)
net = MiniGPT(len(VOCAB))
for name, part in [*net.named_children(), ("合计", net)]:
    print(f"{name:12} {sum(p.numel() for p in part.parameters()):>7,} 个参数")


# %% 与 LlamaForCausalLM 对齐
def to_llama(net):
    """造一个同样大小的 LlamaForCausalLM，把 net 的权重装进去。"""
    layer = net.layers[0]
    config = LlamaConfig(
        vocab_size=net.embed_tokens.num_embeddings,
        hidden_size=net.embed_tokens.embedding_dim,
        intermediate_size=layer.mlp.up_proj.out_features,
        num_hidden_layers=len(net.layers),
        num_attention_heads=layer.self_attn.n_head,
        max_position_embeddings=256,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,  # 输入与输出共用嵌入表
        pad_token_id=PAD,
        bos_token_id=BOS,
        eos_token_id=EOS,
    )
    weights = {f"model.{name}": value for name, value in net.state_dict().items()}
    weights["lm_head.weight"] = net.embed_tokens.weight
    llama = LlamaForCausalLM(config).eval()
    llama.load_state_dict(weights)
    return llama


ids = batch(random.Random(0), 4)
with torch.no_grad():
    difference = (net(ids) - to_llama(net)(ids).logits).abs().max().item()
print("与官方的最大误差 < 1e-5：", difference < 1e-5)


# %% 起点的损失
def loss_of(net, ids):
    """每个位置预测下一个字的平均交叉熵（奈特），补齐的位置不算。"""
    logits = net(ids[:, :-1])  # (B, T - 1, V)
    return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=PAD)


ids = batch(random.Random(0), 64)
start = loss_of(net, ids).item()
print(f"训练前的损失 {start:.1f}，均匀猜是 {math.log(len(VOCAB)):.2f}")
# 输入与输出共用一张表，于是没训练的模型偏向把刚读到的字再猜一遍
same = (net(ids).argmax(-1) == ids)[ids != PAD].float().mean().item()
print(f"最看好刚读到的字：约 {same:.1%} 的位置")


# %% 采样
@torch.no_grad()
def sample(net, size, seed=0):
    """从 `<bos>` 开始逐字采样 size 个故事，返回文字的列表。"""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.full((size, 1), BOS)  # (B, 1)
    while ids.shape[1] <= 72 and not (ids == EOS).any(1).all():
        probs = net(ids)[:, -1].softmax(-1)  # 只要最后一个位置的概率 (B, V)
        ids = torch.cat([ids, torch.multinomial(probs, 1, generator=generator)], 1)
    return [decode(row) for row in ids.tolist()]


def mark(text):
    """解析器认不认：✓ 或 ✗。"""
    return "✓" if is_story(text) else "✗"


# %% 训练循环
def train(net, steps, size, seed=0, fixed=None, watch=()):
    """训练 steps 步，每一步讲 size 个新故事；返回每一步的损失。

    fixed 是一个固定的批次，给了就只学它；watch 里的步数，训练到那里讲一个故事看看
    """
    rng = random.Random(seed)
    matrices = [p for p in net.layers.parameters() if p.ndim == 2]
    others = [net.embed_tokens.weight] + [p for p in net.parameters() if p.ndim == 1]
    optimizers = [
        # Muon 只管隐藏层的矩阵，嵌入表与归一化的缩放交给 AdamW
        torch.optim.Muon(matrices, lr=0.01, momentum=0.9, weight_decay=0),
        torch.optim.AdamW(others, lr=0.004, betas=(0.9, 0.98), weight_decay=0),
    ]

    def factor(step):
        # 前 20 步线性升到 1（预热），之后按余弦降到 0
        return min((step + 1) / 20, (1 + math.cos(math.pi * step / steps)) / 2)

    schedules = [torch.optim.lr_scheduler.LambdaLR(o, factor) for o in optimizers]
    losses = []
    for step in range(steps):
        ids = batch(rng, size) if fixed is None else fixed
        loss = loss_of(net, ids)
        net.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for each in [*optimizers, *schedules]:
            each.step()
        losses.append(loss.item())
        if step + 1 in watch:
            (story,) = sample(net, 1, seed=step)
            print(f"{step + 1} 步，损失 {loss.item():.2f} {mark(story)}")
            print(" ", fold(story))
    return losses


# %% 先在一个批次上过拟合
one = batch(random.Random(0), 8)
torch.manual_seed(0)
tiny = train(MiniGPT(len(VOCAB)), 80, size=8, fixed=one)
lowest = 8 * math.log(8) / (one[:, 1:] != PAD).sum().item()  # 只剩“是哪一个故事”要猜
print(f"8 个故事读 80 遍：{tiny[0]:.1f} → {tiny[-1]:.2f}")
print(f"背熟了的下限 {lowest:.2f}，文法的熵 {FLOOR:.2f}")

# %% 训练 tags=["varies"]
losses = train(net, STEPS, size=SIZE, seed=SEED, watch=(25, 100, 200, STEPS))

# %% 训练的结果
print(f"{STEPS} 步看了 {STEPS * SIZE:,} 个故事，几乎都是新的")
print(f"最后 50 步的平均损失约 {sum(losses[-50:]) / 50:.2f}，下限 {FLOOR:.2f}")

# %% 损失曲线
text = [char for _ in range(2000) for char in [*tell(rng), "<eos>"]]
frequency = [n / len(text) for n in Counter(text).values()]
UNIGRAM = -sum(p * math.log(p) for p in frequency)  # 只知道每个字的频率时的熵
print(f"只看字频的熵约 {UNIGRAM:.1f}")

fig, ax = plt.subplots()
ax.plot(range(1, STEPS + 1), losses, color="C0", alpha=0.35, label="每一步的损失")
smooth = [sum(losses[i - 50 : i]) / 50 for i in range(50, STEPS + 1)]
ax.plot(range(50, STEPS + 1), smooth, color="C0", label="最近 50 步的平均")
ax.axhline(UNIGRAM, color="C5", linestyle=":", label="只看字频")
ax.axhline(FLOOR, color="C1", linestyle="--", label="文法的熵（下限）")
ax.set(xlabel="步", ylabel="损失（奈特每字）", yscale="log")
ax.set_yticks([0.3, 0.5, 1, 2, 4, 6], ["0.3", "0.5", "1", "2", "4", "6"])
ax.minorticks_off()
ax.legend()
plt.show()


# %% 讲两百个故事 tags=["varies"]
def write(llama, size):
    """用 transformers 的 generate 采样：每步只算新的字，比我们的 sample 快得多。"""
    torch.manual_seed(0)
    first = torch.full((size, 1), BOS)
    ids = llama.generate(first, do_sample=True, top_k=0, max_new_tokens=72)
    return [decode(row) for row in ids.tolist()]


stories = write(to_llama(net), 200)
for story in stories[:8]:
    print(mark(story), fold(story))
valid = sum(map(is_story, stories)) / len(stories)
print(f"200 个里合格的有 {valid:.0%}")


# %% 存成 Hugging Face 格式
def character_tokenizer():
    """一个字一个词元的分词器；编码时自动在开头加 `<bos>`，不加 `<eos>`。"""
    tokenizer = Tokenizer(models.WordLevel(VOCAB, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")  # 逐字切开
    tokenizer.decoder = decoders.Fuse()  # 解码时直接拼接，不加空格
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", BOS)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        extra_special_tokens=SPECIAL[4:],
        model_max_length=256,
    )


def save(net, folder):
    """把模型与分词器存成五个文件，from_pretrained 能直接读。"""
    llama = to_llama(net)
    llama.generation_config = GenerationConfig(bos_token_id=BOS, eos_token_id=EOS, pad_token_id=PAD)
    llama.save_pretrained(folder)
    character_tokenizer().save_pretrained(folder)


with tempfile.TemporaryDirectory() as folder:
    save(net, folder)
    for path in sorted(Path(folder).iterdir()):
        print(f"{path.name:24} {path.stat().st_size / 1000:6.1f} KB")
    loaded = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)

text = "早上，小红在河边"
ids = tokenizer(text, return_tensors="pt").input_ids
print("词元：", tokenizer.convert_ids_to_tokens(ids[0]))
print("编号与我们自己编的相同：", ids[0].tolist() == encode(text)[:-1])
with torch.no_grad():
    same = torch.allclose(loaded(ids).logits, net(ids), atol=1e-5)
print("读回来的模型，输出相同：", same)

# %% 成品
if "LLM_GUIDE_RECORD" in os.environ or not Path(MODEL).exists():
    torch.manual_seed(1)
    longer = MiniGPT(len(VOCAB))
    train(longer, LONG_STEPS, size=16, seed=1)
    save(longer, MODEL)

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
print(f"{MODEL}：{model.num_parameters():,} 个参数")

# %% 成品的采样 tags=["varies"]
finished = write(model, 200)
for story in finished[:4]:
    print(mark(story), fold(story))
print(f"200 个里合格的有 {sum(map(is_story, finished)) / len(finished):.0%}")
